/** What is said about a wrong schema: where, what, and what to try. */
import t from 'tap';
import { resolveSchema } from '../../generator/model/resolve.js';
import { loadProtocol } from '../../generator/run/load-protocol.js';
import { plain } from '../../generator/schema/colors.js';
import { type Diagnostic, formatDiagnostic, formatDiagnostics } from '../../generator/schema/diagnostics.js';
import { decodeBytes } from '../../src/codec/index.js';
import { loadCode } from '../support/load.js';
import { binary, fields, mistakes } from '../support/mistakes.js';

function diagnose(text: string): readonly Diagnostic[] {
  return resolveSchema('odd.wire.yaml', text).source.diagnostics;
}

/** `5:37 UNKNOWN_TYPE unknown type "uint8" / u8`. */
function brief(d: Diagnostic): string {
  return `${d.line}:${d.column} ${d.code} ${d.message}${d.hint === undefined ? '' : ` / ${d.hint}`}`;
}

for (const [title, text, wanted] of mistakes) {
  t.test(title, async t => {
    t.same(diagnose(text).map(brief), wanted);
  });
}

t.test('the caret stands under what is wrong', async t => {
  for (const [title, text] of mistakes) {
    for (const d of diagnose(text)) {
      const [, source, caret] = formatDiagnostic(d, plain).split('\n');
      const line = text.split('\n')[d.line - 1] ?? '';
      const shown = source!.slice(source!.indexOf('|') + 2);
      const at = caret!.indexOf('^') - (caret!.indexOf('|') + 2);
      // Of a long line, what stands around the mistake.
      if (line.length <= 200) t.same([shown, at], [line, d.column - 1], title);
      else t.ok(line.slice(d.column - 1).startsWith(shown.slice(at).replace(/\.{3}$/, '')), title);
      t.ok(caret!.length <= Math.max(1, shown.length) + caret!.indexOf('|') + 2, `${title}: not beyond the line`);
    }
  }
  const [d] = diagnose(fields('a: uint16'));
  t.equal(
    formatDiagnostic(d!, plain),
    `odd.wire.yaml:5:47 error unknown type "uint16" [UNKNOWN_TYPE]
5 | messages: { m: { dir: up, id: 1, fields: { a: uint16 } } }
  |                                               ^^^^^^
  hint: u16`,
  );
});

t.test('all mistakes of a file are found at once, sorted, and twenty are shown', async t => {
  const wrong = Array.from({ length: 30 }, (_, i) => `  m${i}: { dir: up, id: ${i}, fields: { a: uint8 } }`);
  const found = diagnose(binary(`messages:\n${wrong.join('\n')}`));
  t.equal(found.length, 30);
  t.same(
    found.map(d => d.line),
    wrong.map((_, i) => 6 + i),
  );
  const shown = formatDiagnostics(found, plain);
  t.equal(shown.match(/\[UNKNOWN_TYPE\]/g)?.length, 20);
  t.match(shown, /10 more not shown\n\n30 errors$/);
});

t.test('Windows line ends do not disturb places', async t => {
  const text = fields('a: uint16').replaceAll('\n', '\r\n');
  const [d] = diagnose(text);
  t.match(d, { line: 5, code: 'UNKNOWN_TYPE', source: /\} \}$/ });
  const hash = (s: string): string => resolveSchema('odd.wire.yaml', s).source.hash;
  t.equal(hash(text), hash(fields('a: uint16')), 'nor the hash');
});

t.test('a message of thousands of fields is read like any other', async t => {
  const many = Array.from({ length: 4000 }, (_, i) => `f${i}: u8`);
  const { source, model } = resolveSchema('odd.wire.yaml', fields(many.join(', ')));
  t.same(source.diagnostics, []);
  const protocol = await loadProtocol(model!);
  const frame = new Uint8Array(4003).fill(1);
  frame.set([0x0f, 0xa1]);
  t.match(decodeBytes(protocol, 'up', frame), [{ ok: true, value: { f0: 1, f3999: 1 } }]);
});

t.test('weird input never throws, and a schema without errors can be loaded', async t => {
  const weird = [
    'hello',
    '~',
    '42',
    'a: &a [*a]',
    'a: &a { b: *a }',
    '? [a, b]\n: 1',
    '? \n: 1',
    '{',
    '"',
    'wire: 1\nwire: 1',
    '%YAML 9.9\n---\na',
    '!!binary aGk=',
    '\u0000',
    '\ufeffwire: 1',
    'wire: 1e999',
    'a: !unknown b',
    binary('messages:'),
    binary('messages: 7'),
    binary('messages: []'),
    binary('messages: { a: }'),
    binary('messages: { a: [] }'),
    binary('messages: { ? [x] : { dir: up, id: 1 } }'),
    binary('messages: { a: { dir: up, id: [[1]] } }'),
    binary('messages: { a: { dir: up, id: { same: 7 } } }'),
    binary('messages: { a: { dir: up, id: 1, heartbeat: 7, auth: [], reply: x, expects: ~ } }'),
    binary('messages: { a: &x { dir: up, id: 1 }, b: { <<: *x, id: 2 } }'),
    binary(
      'enums: { E: [1] }\nflags: { F: 7 }\ntypes: { T: u8 }\nmessages: { a: { dir: up, id: 1, fields: { t: T } } }',
    ),
    binary('vectors: [1, ~, {}, { dir: up, raw: 12 }]\nmessages: { a: { dir: up, id: 1 } }'),
    'wire: 1\nprotocol: []\nframe: []\nmessages: {}',
    'wire: 1\nprotocol: { id: x }\nframe: { split: { by: [] } }\nmessages: {}',
    'wire: 1\nprotocol: { id: x }\nframe: { split: { by: length }, layout: { a: 7 } }\nmessages: {}',
    ...['a: ~', 'a: []', 'a: { type: {} }', 'a: { type: [] }', 'a: { bits: [] }', 'a: { bits: u8, fields: [] }'].map(
      fields,
    ),
    ...[
      'a: { type: u8, if: [] }',
      'a: { type: u8, enum: [] }',
      'a: { type: u8, valid: [] }',
      'a: { type: u8, enum: {} }',
    ].map(fields),
    ...[
      'a: { type: u8, scale: x }',
      'a: { type: u8, scale: 1/0 }',
      'a: { type: u8, scale: 1e400 }',
      'a: { magic: {} }',
    ].map(fields),
    ...['a: { type: u8, auto: 7 }', 'a: { type: u8, auto: size() }', 'a: str(0)', 'a: u8(-1)', 'a: str(u8)(u8)'].map(
      fields,
    ),
    ...[
      'a: str(b)',
      'a: str(1 + )',
      'a: time(x y)',
      'a: hex(*), b: u8',
      'a: bcd(u8)',
      'a: { type: u8, pad: "00 00" }',
    ].map(fields),
    ...[
      'a: { type: u8, negative: 7 }',
      'a: { type: u8, default: {} }',
      'a: { type: str(u8), valid: { match: "(" } }',
    ].map(fields),
    ...['s: str(u8), a: { type: u8, if: size(s) > 3 }', 'o: { type: u8, if: more(1) }, a: { type: u8, if: o > 3 }'].map(
      fields,
    ),
    ...['m: { bits: u8, fields: { x: 1, spare: 7 }, if: more(1) }, a: { type: u8, if: m.x }'].map(fields),
    ...[
      'o: { type: u8, if: more(1) }, a: { type: u8, if: present(o) }',
      'x: u8, a: { type: u8, if: "!present(x)" }',
    ].map(fields),
  ];
  for (const text of weird) {
    try {
      const { source, model } = resolveSchema('odd.wire.yaml', text);
      formatDiagnostics(source.diagnostics, plain);
      t.equal(model === undefined, source.hasErrors, JSON.stringify(text.slice(-80)));
      for (const d of source.diagnostics) t.ok(d.line >= 1 && d.column >= 1 && d.length >= 1);
      if (model !== undefined) await loadCode(model);
    } catch (e) {
      t.fail(`${(e as Error).message.split('\n')[0]}: ${text.slice(text.indexOf('messages'))}`);
    }
  }
});

t.test('a good schema with one thing changed never throws', async t => {
  const good = fields(
    'a: { type: u8, valid: 1..9 }, s: str(u8), m: { bits: u8, fields: { x: 1, spare: 7 } }, b: { type: u8, if: m.x }',
  );
  const words = good.match(/[\w.]+|[^\s\w]/g) ?? [];
  for (const [i] of words.entries()) {
    for (const instead of ['', '7', '[', 'x', '~', 'u8', '*']) {
      const changed = words.map((w, k) => (k === i ? instead : w));
      let n = 0;
      const text = good.replace(/[\w.]+|[^\s\w]/g, () => changed[n++]!);
      try {
        formatDiagnostics(diagnose(text), plain);
      } catch (e) {
        t.fail(`${(e as Error).message}: ${text}`);
      }
    }
  }
  t.pass(`${words.length} words`);
});
