/** `gw-gen generate --watch`: a process that writes again on every save, whatever the editor does. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { gen, Running } from '../support/gw-gen.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-watch-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const schema = (word: string): string => `wire: 1
protocol: { id: meter, version: 1.0.0 }
frame: { split: { by: line } }
messages: { ${word}: { dir: up, text: "${word} {value}", fields: { value: word } } }
session: { auth: none }
`;

t.test('saves in place and by renaming, errors, and a file that goes and comes back', async t => {
  mkdirSync(join(folder, 'protocols'));
  const file = join(folder, 'protocols/meter.wire.yaml');
  const types = join(folder, 'src/meter/types.ts');
  writeFileSync(file, schema('one'));
  const run = new Running(['generate', '--watch', '--codec-only', 'protocols/meter.wire.yaml'], folder);
  t.teardown(() => run.kill());
  await run.says('codec.ts\n');
  t.equal(run.err, 'watching; Ctrl-C ends it\n');
  t.equal(run.out, 'protocols/meter.wire.yaml: wrote src/meter/types.ts, src/meter/codec.ts\n');
  t.match(readFileSync(types, 'utf8'), 'export interface One ');

  run.out = '';
  writeFileSync(file, schema('two'));
  await run.says('codec.ts\n');
  t.match(readFileSync(types, 'utf8'), 'export interface Two ');

  run.out = '';
  writeFileSync(`${file}.tmp`, schema('three'));
  renameSync(`${file}.tmp`, file);
  await run.says('codec.ts\n');
  t.equal(run.out, 'protocols/meter.wire.yaml: wrote src/meter/types.ts, src/meter/codec.ts\n', 'one line a round');
  t.match(readFileSync(types, 'utf8'), 'export interface Three ');

  run.out = '';
  writeFileSync(`${file}.tmp`, schema('four').replace('fields:', 'feilds:'));
  renameSync(`${file}.tmp`, file);
  await run.says('nothing written\n');
  t.match(run.out, /^protocols\/meter\.wire\.yaml: \d errors?, nothing written\n$/);
  t.match(run.err, '[UNKNOWN_KEY]');
  t.match(readFileSync(types, 'utf8'), 'export interface Three ');

  run.out = '';
  renameSync(file, `${file}.bak`);
  await run.says('Cannot find the schema');
  writeFileSync(file, schema('five'));
  await run.says('codec.ts\n');
  t.match(readFileSync(types, 'utf8'), 'export interface Five ');

  run.process.kill('SIGINT');
  t.equal(await run.ended(), 0);
  t.notMatch(run.err, /\n\s+at /, 'no stack');
});

t.test('two schemas in one folder, and the end by SIGTERM', async t => {
  const [a, b] = [join(folder, 'a.wire.yaml'), join(folder, 'b.wire.yaml')];
  for (const file of [a, b]) writeFileSync(file, schema('one'));
  const run = new Running(['generate', '--watch', '--out', 'out', 'a.wire.yaml', 'b.wire.yaml'], folder);
  t.teardown(() => run.kill());
  await run.says('out/b/PROTOCOL.md\n');
  run.out = '';
  writeFileSync(b, schema('other'));
  await run.says('has no handler for "other"');
  t.match(run.err, /b\/events\.ts has no handler for "other"/);
  t.notMatch(run.out, 'out/a', 'only what was saved');
  run.process.kill('SIGTERM');
  t.equal(await run.ended(), 0);
});

t.test('what cannot be watched is wrong at once', async t => {
  t.match(gen(['generate', '--watch', 'nowhere.wire.yaml']), { code: 1, err: 'Cannot find the schema' });
  for (const other of ['--check', '--dry-run']) {
    t.match(gen(['generate', '--watch', other, 'protocols/chat.wire.yaml']), { code: 2, err: 'give one of them' });
  }
  t.notOk(existsSync('src/chat'));
});
