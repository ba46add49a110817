/** `gw-gen format`: one look, the same meaning, and nothing left to do the second time. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { isScalar, parseDocument, visit } from 'yaml';
import { formatSchema } from '../../generator/format/format.js';
import { writeText } from '../../generator/run/generate.js';
import { SchemaError } from '../../generator/schema/diagnostics.js';
import { allSchemas } from '../support/corpus.js';
import { gen, noStack } from '../support/gw-gen.js';
import { SEED } from '../support/properties.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-format-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const format = (text: string): string => formatSchema('test.wire.yaml', text);
const meaning = (text: string): unknown => parseDocument(text, { uniqueKeys: false }).toJS();

/** Every scalar as it is spelled, without quotes. */
function spellings(text: string): string[] {
  const found: string[] = [];
  visit(parseDocument(text, { uniqueKeys: false }), {
    Scalar: (_, node) => {
      if (isScalar(node)) found.push(`${node.type} ${node.source}`);
    },
  });
  return found;
}

const comments = (text: string): string[] =>
  [...text.matchAll(/(?:^|\s)#(?!.*["'].*)(.*)$/gm)].map(m => m[1]!.trim()).sort();

t.test('all schemas keep their meaning, spelling and comments, and are formatted once', async t => {
  const schemas = allSchemas();
  t.ok(schemas.length >= 4);
  for (const file of schemas) {
    const text = readFileSync(file, 'utf8');
    const formatted = format(text);
    t.same(meaning(formatted), meaning(text), file);
    t.same(spellings(formatted), spellings(text), file);
    t.same(comments(formatted), comments(text), file);
    t.equal(format(formatted), formatted, file);
  }
});

t.test('spaces, blank lines, comments and line ends between the lines of a schema do not matter', async t => {
  const lines = allSchemas().map(file => readFileSync(file, 'utf8').split('\n'));
  const noise = fc.record({
    lines: fc.constantFrom(...lines),
    ends: fc.array(fc.constantFrom('\n', '\n', '  \n', '\n\n', '\n\n\n\n', '\r\n', '\n# said\n', '\n\n# said\n'), {
      minLength: 1,
      maxLength: 40,
    }),
    wide: fc.boolean(),
  });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(noise, ({ lines, ends, wide }) => {
        const noisy = lines.map((line, i) => (wide ? line.replaceAll(/ \{ /g, ' {   ') : line) + ends[i % ends.length]);
        const text = noisy.join('');
        const formatted = format(text);
        assert.deepEqual(meaning(formatted), meaning(text));
        assert.equal(format(formatted), formatted);
        assert.equal(formatted.includes('\r'), !/(?<!\r)\n/.test(text), 'Windows line ends stay where all are such');
        assert.doesNotMatch(formatted.replaceAll('\r\n', '\n'), /[ \t\r]$|\n\n\n/m);
      }),
      { numRuns: 60, seed: SEED },
    ),
  );
});

t.test('a text that has lost some letters is refused, or keeps its meaning', async t => {
  const texts = allSchemas().map(file => readFileSync(file, 'utf8'));
  const cut = fc.record({
    text: fc.constantFrom(...texts),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 30 }),
    put: fc.constantFrom('', '', '\n', ':', ' - ', '"', '{', '}', ']', '#', ' # ', '&a ', '*a', '| \n', '? ', ','),
  });
  let formatted = 0;
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(cut, ({ text, at, length, put }) => {
        const start = Math.floor(at * text.length);
        const broken = text.slice(0, start) + put + text.slice(start + length);
        let once: string;
        try {
          once = format(broken);
        } catch (e) {
          assert.ok(e instanceof SchemaError, String(e));
          return;
        }
        formatted++;
        assert.deepEqual(meaning(once), meaning(broken), broken);
        assert.equal(format(once), once, broken);
      }),
      { numRuns: 150, seed: SEED },
    ),
  );
  t.ok(formatted > 0);
});

t.test('what a formatted schema looks like', async t => {
  const cases: [string, string, string][] = [
    ['indentation', 'a:\n      b:\n         - c\n', 'a:\n  b:\n    - c\n'],
    ['braces', 'a: {b: 1,c: [ 2,3 ]}\n', 'a: { b: 1, c: [2, 3] }\n'],
    ['columns', 'a:    1   # one\nlong: 2 # two\n', 'a: 1 # one\nlong: 2 # two\n'],
    ['numbers', 'a: [0x0012, 1e-6, 1.50, 0o17, +1, .5, -90..90]\n', 'a: [0x0012, 1e-6, 1.50, 0o17, +1, .5, -90..90]\n'],
    ['keys that are numbers', 'of:\n  0x01: a\n  0x0A: b\n', 'of:\n  0x01: a\n  0x0A: b\n'],
    ['bytes and quotes', `a: "0d 0a"\nb: '''$GP'' 0d'\nc: "\\u0041"\n`, `a: "0d 0a"\nb: '''$GP'' 0d'\nc: "\\u0041"\n`],
    ['nothing', 'a:\nb: ~\nc: {}\n', 'a:\nb: ~\nc: {}\n'],
    ['blank lines', '\n\na: 1\n\n\n\nb: 2\nc:\n\n  d: 3\n', 'a: 1\n\nb: 2\n\nc:\n  d: 3\n'],
    [
      'sections',
      'enums:\n  A: { b: 1 }\ntypes:\n  B: { c: u8 }\nmessages:\n  m: 1\n',
      'enums:\n  A: { b: 1 }\ntypes:\n  B: { c: u8 }\n\nmessages:\n  m: 1\n',
    ],
    ['a comment before a section', 'a: 1\n# about b\nb:\n  c: 1\n', 'a: 1\n\n# about b\nb:\n  c: 1\n'],
    [
      'long braces',
      `m: { dir: up, doc: "${'a'.repeat(50)}", fields: { a: u8, b: "${'b'.repeat(40)}" } } # said\n`,
      `m:\n  dir: up\n  doc: "${'a'.repeat(50)}"\n  fields: { a: u8, b: "${'b'.repeat(40)}" }\n  # said\n`,
    ],
    [
      'long braces in long braces',
      `m: { dir: up, fields: { a: "${'a'.repeat(80)}", b: "${'b'.repeat(80)}" } }\n`,
      `m:\n  dir: up\n  fields:\n    a: "${'a'.repeat(80)}"\n    b: "${'b'.repeat(80)}"\n`,
    ],
    [
      'long braces in a list',
      `vectors:\n  - { dir: up, raw: "${'a'.repeat(80)}", is: m, value: { a: 1 }, note: as sent }\n`,
      `vectors:\n  - dir: up\n    raw: "${'a'.repeat(80)}"\n    is: m\n    value: { a: 1 }\n    note: as sent\n`,
    ],
    [
      'long braces in brackets',
      `list: [{ a: "${'a'.repeat(80)}", b: "${'b'.repeat(80)}" }]\n`,
      `list:\n  - a: "${'a'.repeat(80)}"\n    b: "${'b'.repeat(80)}"\n`,
    ],
    ['literal text', 'doc: |\n     two\n     lines\n', 'doc: |\n  two\n  lines\n'],
    ['anchors', 'a: &x { b: 1 }\nc: *x\n', 'a: &x { b: 1 }\nc: *x\n'],
    ['no content', '', ''],
    ['comments alone', '# said\n', '# said\n'],
    [
      'a first line for editors',
      '# yaml-language-server: $schema=x\nwire: 1\n',
      '# yaml-language-server: $schema=x\nwire: 1\n',
    ],
    ['windows', 'a:  1\r\nb: 2\r\n', 'a: 1\r\nb: 2\r\n'],
    ['mixed line ends', 'a: 1\r\nb: 2\n', 'a: 1\nb: 2\n'],
  ];
  for (const [name, from, to] of cases) {
    t.equal(format(from), to, name);
    t.equal(format(to), to, `${name}, formatted`);
  }
});

t.test('the command rewrites, checks, prints, and reads stdin', async t => {
  const good = join(folder, 'good.wire.yaml');
  const loose = join(folder, 'loose.wire.yaml');
  writeFileSync(good, 'wire: 1\n');
  writeFileSync(loose, 'wire:   1\n');
  const check = gen(['format', '--check', good, loose]);
  t.equal(check.code, 1);
  t.equal(check.out, `${loose}\n`);
  t.match(check.err, 'error 1 schema not formatted\n  hint: run gw-gen format\n');
  t.equal(readFileSync(loose, 'utf8'), 'wire:   1\n', '--check writes nothing');
  t.same(gen(['format', '--stdout', loose]), { code: 0, out: 'wire: 1\n', err: '' });
  t.equal(readFileSync(loose, 'utf8'), 'wire:   1\n', '--stdout writes no file');
  t.same(gen(['format', good, loose]), { code: 0, out: `formatted ${loose}\n`, err: '' });
  t.equal(readFileSync(loose, 'utf8'), 'wire: 1\n');
  t.same(gen(['format', '--check', good, loose]), { code: 0, out: '', err: '' });
  writeFileSync(loose, '\ufeffwire:   1 # one\r\nlimits: {frame: 0x40}\r\n');
  t.match(gen(['format', loose]), { code: 0 });
  t.equal(readFileSync(loose, 'utf8'), 'wire: 1 # one\r\nlimits: { frame: 0x40 }\r\n', 'Windows line ends stay');
  t.same(gen(['format', '-'], 'wire:  1'), { code: 0, out: 'wire: 1\n', err: '' });
  t.match(gen(['format', '--check', '-'], 'wire:  1'), { code: 1, out: 'stdin\n' });
});

t.test('a link stays a link, a mode stays a mode, and no draft is left behind', async t => {
  const inner = mkdtempSync(join(folder, 'linked-'));
  const [file, link] = [join(inner, 'real.wire.yaml'), join(inner, 'link.wire.yaml')];
  writeFileSync(file, 'wire:   1\n');
  chmodSync(file, 0o640);
  symlinkSync('real.wire.yaml', link);
  t.same(gen(['format', link]), { code: 0, out: `formatted ${link}\n`, err: '' });
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(readFileSync(file, 'utf8'), 'wire: 1\n');
  t.equal(statSync(file).mode & 0o777, 0o640);
  t.same(readdirSync(inner).sort(), ['link.wire.yaml', 'real.wire.yaml']);
  t.throws(() => writeText(join(inner, 'none', 'x.ts'), ''), /^Cannot write ".*x\.ts" \(ENOENT\): /);
});

t.test('the command refuses what is no YAML, and still formats the others', async t => {
  const broken = join(folder, 'broken.wire.yaml');
  const loose = join(folder, 'other.wire.yaml');
  writeFileSync(broken, 'wire: [1\n');
  writeFileSync(loose, 'wire:   1\n');
  const run = gen(['format', broken, loose]);
  noStack(t, run);
  t.equal(run.code, 1);
  t.match(run.err, '[YAML]');
  t.equal(run.out, `formatted ${loose}\n`);
  t.equal(readFileSync(broken, 'utf8'), 'wire: [1\n');
  t.match(gen(['format', 'nowhere.wire.yaml']), { code: 1, err: 'Cannot find the schema' });
  t.match(gen(['format', '--check', '--stdout', loose]), { code: 2 });
  t.match(gen(['format']), { code: 2, err: "missing required argument 'schema'" });
});
