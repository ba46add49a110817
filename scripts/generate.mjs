// Regenerates everything that this repository generates for itself. With --check it writes nothing and fails when
// something is not up to date.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

// Chat and gt06 are generated where the examples use them; tests take them from there.
const runs = [
  [
    '--codec-only',
    '--out',
    'test/fixtures/generated',
    'protocols/game.wire.yaml',
    'protocols/modbus-tcp.wire.yaml',
    'protocols/nmea.wire.yaml',
    'protocols/tlv-sensor.wire.yaml',
  ],
  [
    '--codec-only',
    '--out',
    'bench/generated',
    'bench/crowd.wire.yaml',
    'bench/echo.wire.yaml',
    'protocols/jt808.wire.yaml',
    'protocols/link.wire.yaml',
    'protocols/teltonika.wire.yaml',
  ],
  ['--codec-only', '--out', 'test/simulation/generated', 'test/simulation/story.wire.yaml'],
  ['--codec-only', '--out', 'test/soak/generated', 'test/soak/soak.wire.yaml'],
  ['--out', 'examples/telnet-chat', 'protocols/chat.wire.yaml'],
  ['--out', 'examples/tracker', 'protocols/gt06.wire.yaml'],
];

for (const run of runs) {
  execFileSync(process.execPath, ['dist/generator/cli/main.js', 'generate', ...process.argv.slice(2), ...run], {
    stdio: 'inherit',
  });
}

const JSON_SCHEMA = 'wire.schema.json';
const wanted = execFileSync(process.execPath, ['dist/generator/cli/main.js', 'json-schema'], { encoding: 'utf8' });
if (!existsSync(JSON_SCHEMA) || readFileSync(JSON_SCHEMA, 'utf8') !== wanted) {
  if (process.argv.includes('--check')) {
    console.error(`stale ${JSON_SCHEMA}`);
    process.exit(1);
  }
  writeFileSync(JSON_SCHEMA, wanted);
  console.log(`wrote ${JSON_SCHEMA}`);
}
