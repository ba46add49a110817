/** `spelling: keep`: text that says the same in other characters is written as it came, for as long as it says the same. */
import t from 'tap';
import { type Decoded, type Protocol, Writer } from '../../src/codec/index.js';
import { loadCode, modelOf } from '../support/load.js';
import { encode } from '../support/properties.js';

const load = (frame: string, messages: string, charset = 'utf8'): Promise<Protocol> =>
  loadCode(
    modelOf(`wire: 1
protocol: { id: odd, version: 1.0.0 }
defaults: { text: ${charset} }
session: { auth: none }
${frame}
messages:
${messages}
`),
  );

const COLUMNS = `frame:
  split: { by: until, start: "'$'", end: ["'#'", "0a"] }
  spelling: keep
  text: "\${id},{body}*{sum}"
  layout:
    id: { type: word, role: id }
    body: { csv: true, short: allow }
    sum: { check: xor8, over: id..body, as: hex2, missing: allow }`;

const LEVEL =
  '  level: { dir: both, id: [L, M], fields: { litres: dec, clock: { type: time(hhmmss.sss), optional: true }, state: { type: hexint(4), optional: true } } }';

function read(protocol: Protocol, text: string): Decoded {
  const bytes = Buffer.from(text);
  const decoded = protocol.decode('up', bytes, 0, bytes.length);
  if (decoded === undefined) throw new Error(`refused: ${text}`);
  return decoded;
}

function written(protocol: Protocol, decoded: Pick<Decoded, 'name' | 'value'>): string {
  return Buffer.from(encode(protocol.up.find(m => m.name === decoded.name)!, decoded.value)).toString();
}

t.test('what is spelt as an encoder would is no different, and what is not comes back as it was', async t => {
  const protocol = await load(COLUMNS, LEVEL);
  const usual = read(protocol, '$L,0.5,120000.000,00FF*56');
  t.notOk('$text' in usual.value);
  for (const text of [
    '$L,000.50',
    '$L,.5,120000,00ff',
    '$M,+0.5,,',
    '$L,0.5,120000.000,00FF',
    '$L,0.5,120000.000,00ff*56',
  ]) {
    const decoded = read(protocol, text);
    t.equal(decoded.value.$text, text);
    t.equal(decoded.value.litres, 0.5);
    t.equal(written(protocol, decoded), `${text}#`);
  }
});

t.test('a value that was changed is written in the usual way', async t => {
  const protocol = await load(COLUMNS, LEVEL);
  const { name, value } = read(protocol, '$L,000.50');
  t.equal(written(protocol, { name, value: { ...value, litres: 0.25 } }), '$L,0.25,,*79#');
  t.equal(written(protocol, { name, value: { ...value, id: 'M' } }), '$M,0.5,,*4A#');
  t.equal(written(protocol, { name, value: { ...value, clock: 0 } }), '$L,0.5,000000.000,*55#');
});

t.test('a text that says something else, or nothing, is not written', async t => {
  const protocol = await load(COLUMNS, `${LEVEL}\n  other: { dir: both, id: O, fields: { litres: dec } }`);
  const value = { litres: 0.5, id: 'L' };
  for (const $text of ['$L,0.6', '$O,0.5', '$L,0.5#', '$L,0.5#$L,0.5', 'L,0.5', '', '$L,0.5,,\u20ac', '$L,0.5*00', 7])
    t.equal(written(protocol, { name: 'level', value: { ...value, $text } }), '$L,0.5,,*4B#', String($text));
  t.equal(written(protocol, { name: 'other', value: { litres: 0.5, $text: '$O,00.5' } }), '$O,00.5#');
});

t.test('templates, names and values, and JSON keep theirs as well', async t => {
  const cases: [string, string, string[]][] = [
    [
      'frame: { split: { by: line }, spelling: keep }',
      '  m: { dir: both, text: "mv {x} {name}", fields: { x: int, name: rest } }',
      ['mv 007 \u00fcber', 'mv +7 7'],
    ],
    [
      'frame: { split: { by: line }, spelling: keep, text: "{id}?{body}", layout: { id: { type: word, role: id }, body: { kv: true } } }',
      '  m: { dir: both, id: m, fields: { a: int, b: { type: rest, optional: true } } }',
      ['m?b=x;a=01', 'm?a=1;;', 'm?z=1;a=1'],
    ],
    [
      'frame: { split: { by: json }, spelling: keep, layout: { body: { json: true, id: t } } }',
      '  m: { dir: both, id: m, fields: { a: dec } }',
      ['{ "a": 1.50, "t":"m" }', '{"t":"m","a":15e-1}', '{"t":"m","a":1,"\\u007a":[ ]}'],
    ],
  ];
  for (const [frame, messages, texts] of cases) {
    const protocol = await load(frame, messages);
    for (const text of texts) {
      const decoded = read(protocol, text);
      t.equal(decoded.value.$text, text);
      t.equal(written(protocol, decoded).trimEnd(), text);
    }
  }
});

t.test('in other character sets and among several shapes too', async t => {
  const shapes = `frames:
  raw: { when: { is: "01" }, split: { by: fixed, size: 2 }, message: raw }
  text:
    split: { by: line }
    spelling: keep
    text: "{id},{body}"
    layout: { id: { type: word, role: id }, body: { csv: true } }`;
  for (const charset of ['latin1', 'gbk', 'ascii']) {
    const protocol = await load(
      shapes,
      '  raw: { dir: both, fields: { a: u16 } }\n  m: { dir: both, id: m, fields: { a: int, b: rest } }',
      charset,
    );
    const bytes = Buffer.from(
      charset === 'latin1' ? '6d2c30312ce9' : charset === 'gbk' ? '6d2c30312cc4e3' : '6d2c30312c65',
      'hex',
    );
    const decoded = protocol.decode('up', bytes, 0, bytes.length)!;
    t.equal(decoded.value.a, 1);
    const w = new Writer();
    t.equal(protocol.up.find(m => m.name === 'm')!.write(w, decoded.value), true);
    t.same(Buffer.from(w.slice()), Buffer.concat([bytes, Buffer.from('\r\n')]), charset);
  }
});

t.test('what is secret in a message is so in its text', async t => {
  const protocol = await load(
    'frame: { split: { by: line }, spelling: keep }',
    '  login: { dir: up, text: "login {n} {pass}", fields: { n: int, pass: { type: word, secret: true } } }',
  );
  t.same(protocol.up[0]?.secrets, ['pass', '$text']);
});
