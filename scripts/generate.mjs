// Regenerates everything that this repository generates for itself. With --check it writes nothing and fails when
// something is not up to date.
import { execFileSync } from 'node:child_process';

// Chat and gt06 are generated where the examples use them; tests take them from there.
const runs = [
  ['--codec-only', '--out', 'test/fixtures/generated', 'protocols/game.wire.yaml', 'protocols/tlv-sensor.wire.yaml'],
  ['--codec-only', '--out', 'bench/generated', 'bench/echo.wire.yaml'],
  ['--out', 'examples/telnet-chat', 'protocols/chat.wire.yaml'],
  ['--out', 'examples/tracker', 'protocols/gt06.wire.yaml'],
];

for (const run of runs) {
  execFileSync(process.execPath, ['dist/generator/cli/main.js', 'generate', ...process.argv.slice(2), ...run], {
    stdio: 'inherit',
  });
}
