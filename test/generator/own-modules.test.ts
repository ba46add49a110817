/** Where the language ends: a splitter and a codec of the user's own, named by the schema. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { renderProtocol } from '../../generator/emit/render.js';
import { loadSchema } from '../../generator/run/load-schema.js';
import { decodeBytes, EncodeError, Writer } from '../../src/codec/index.js';
import { cuttings, hexBytes, toHex } from '../support/bytes.js';
import { decodeStream } from '../support/properties.js';

const SCHEMA = 'test/fixtures/own/own.wire.yaml';

t.test('a frame is cut, decoded and encoded by code of its own', async t => {
  const { protocol } = await loadSchema(SCHEMA);
  const hello = (hex: string) => decodeBytes(protocol, 'up', hexBytes(hex));
  t.match(hello("06 01 03 'cba' 07 03 01 00 09"), [
    { message: 'hello', value: { word: 'abc', n: 7 } },
    { message: 'hello', value: { word: '', n: 9 } },
  ]);
  t.match(hello("06 01 03 'c1a' 07"), [
    {
      ok: false,
      code: 'CODEC',
      field: 'word',
      offset: 2,
      text: 'the codec of the field has no value for these bytes: got "a1c" has more than letters',
    },
  ]);
  t.match(hello("ff 01 03 'cba' 07"), [{ ok: false, bytes: 7 }], 'the splitter waits for what it was promised');
  const w = new Writer();
  protocol.down[0]!.write(w, { word: 'abc', n: 7 });
  t.equal(toHex(w.slice()), '06010363626107', 'the splitter puts its size around the frame');
  const before = w.length;
  t.throws(() => protocol.down[0]!.write(w, { word: 5, n: 7 }), new EncodeError('TYPE', 'word', 'want a word'));
  t.equal(w.length, before, 'and nothing is left of it');
});

t.test('strings behind their sizes in decimal digits are cut at every place, and what is none is skipped', async t => {
  const { protocol, diagnostics } = await loadSchema('test/fixtures/own/resp.wire.yaml');
  t.same(diagnostics, []);
  const echo = Buffer.from('*2\r\n$4\r\nECHO\r\n$7\r\nh\r\nllo\u00e9\r\n'.replace('$7', '$8'));
  const ping = Buffer.from('*1\r\n$4\r\nPING\r\n');
  const stream = Buffer.concat([echo, ping, echo]);
  const said = [['ECHO', 'h\r\nllo\u00e9'], ['PING'], ['ECHO', 'h\r\nllo\u00e9']];
  for (const { title, chunks } of cuttings(stream)) {
    const { results } = decodeStream(protocol, 'up', chunks);
    t.same(
      results.map(r => r.ok && r.value.words),
      said,
      title,
    );
  }
  const w = new Writer();
  protocol.up[0]!.write(w, { words: ['PING'] });
  t.same(w.slice(), ping);
  for (const noise of ['x', '*x\r\n', '*1\r\n$9999\r\n', '*1\r\n$2\r\nabc\r\n']) {
    const { results } = decodeStream(protocol, 'up', [Buffer.concat([Buffer.from(noise), ping])]);
    t.same(
      results.flatMap(r => (r.ok ? [r.value.words] : [])),
      [['PING']],
      JSON.stringify(noise),
    );
    t.ok(results.some(r => !r.ok));
  }
});

t.test('generated code finds the modules from where it stands', async t => {
  const { model } = await loadSchema(SCHEMA);
  const files = renderProtocol(model, { folder: 'test/fixtures/generated/own' });
  const lines = (name: string): string[] =>
    files
      .find(f => f.name === name)!
      .text.split('\n')
      .filter(l => l.includes('/own/'));
  t.same(lines('codec.ts'), [
    "import { split as splitSplit } from '../../own/split.js';",
    "import { codec as backwardsCodec } from '../../own/backwards.js';",
  ]);
  t.same(lines('types.ts'), ["import type { codec as backwardsCodec } from '../../own/backwards.js';"]);
});

t.test('a module that is not there is missed by name', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'own-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'own.wire.yaml');
  writeFileSync(file, readFileSync(SCHEMA, 'utf8'));
  await t.rejects(loadSchema(file), {
    message: `Cannot read the module "${join(folder, 'split.ts')}" that the schema names: it is not there`,
  });
});
