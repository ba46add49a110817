/** What a schema calls secret stands nowhere: not in what is decoded or explained, not in a problem, an error or a log. */
import t, { type Test } from 'tap';
import { frameObject, frameText } from '../../generator/cli/frame-lines.js';
import { jsonLine } from '../../generator/cli/output.js';
import { type Explainer, explain, explainer } from '../../generator/explain/explain.js';
import { explainedJson, printExplained } from '../../generator/explain/print.js';
import { hideSecrets } from '../../generator/explain/secrets.js';
import { plain } from '../../generator/schema/colors.js';
import { decodeBytes, MASK, type MessageValue, type Protocol, Writer } from '../../src/codec/index.js';
import { loggable } from '../../src/protocol/index.js';
import { gen, type Run } from '../support/gw-gen.js';
import { loadCode, modelOf } from '../support/load.js';
import { oddSchemas } from '../support/odd-schemas.js';

/** A secret as it stands in a schema and in a value, and how it must not be seen. */
interface Secret {
  readonly type: string;
  readonly value: unknown;
  readonly forms: readonly (string | RegExp)[];
  /** A value that does not fit the type, and tells the secret. */
  readonly wrong?: unknown;
}

const text = (type: string): Secret => ({
  ...{ type, value: 'hunter2x', wrong: { hunter2x: 1 } },
  forms: [/hunter/, /68756e74/, /68 75 6e 74/],
});
/** 0x12d687 */
const NUMBER = [/1234567/, /12d687/i, /12 ?d6 ?87/i, /87 ?d6 ?12/i, /123456\.7/];

const SECRETS: readonly Secret[] = [
  text('str(u8)'),
  text('str(8)'),
  text('str(until "00")'),
  text('{ type: str(u16), lazy: true }'),
  { type: 'u32', value: 1234567, forms: NUMBER, wrong: 'the 1234567' },
  { type: '{ type: u32, valid: 0..2000000 }', value: 1234567, forms: NUMBER, wrong: 12345678 },
  { type: '{ type: u32, scale: 0.1, unit: m }', value: 123456.7, forms: NUMBER, wrong: 'the 1234567' },
  { type: 'varint', value: 1234567, forms: [/1234567/, /87 ?ad ?4b/i], wrong: -1234567 },
  { type: '{ type: u64, as: bigint }', value: 1234567n, forms: NUMBER, wrong: 1234567.5 },
  { type: 'hex(4)', value: 'cafebabe', forms: [/cafe/i, /ca fe/], wrong: 'cafebabe1234' },
  { type: 'bcd(4)', value: '31415926', forms: [/3141/, /31 41/], wrong: '314159265' },
  { type: 'bytes(u8)', value: Uint8Array.of(0xca, 0xfe, 0xba), forms: [/cafe/i, /ca fe/, /202,254/], wrong: 'cafe' },
  { type: 'u16(u8)', value: [4660, 22136], forms: [/4660/, /1234/, /12 34/, /22136/], wrong: [4660, 'x4660'] },
  { type: '{ type: u32, enum: { one: 1 }, open: true }', value: 1234567, forms: NUMBER, wrong: '1234567' },
  { type: 'time(bcd yyMMddHHmmss)', value: Date.UTC(2031, 2, 14), forms: [/2031/, /31 ?03 ?14/], wrong: '2031-03-14' },
  {
    type: '{ bits: u32, fields: { spare: 8, pin: 24 } }',
    value: { pin: 1234567 },
    forms: NUMBER,
    wrong: { pin: 1234567.5 },
  },
];

/** `yaml` as one more key of a field. */
function withKey(type: string, yaml: string): string {
  return type.startsWith('{') ? type.replace(/ \}$/, `, ${yaml} }`) : `{ type: ${type}, ${yaml} }`;
}

/** A place where a secret can stand: `SECRET` is the secret field, `PLAIN` the same, which is secret only by what it stands in. */
interface Place {
  readonly types?: string;
  readonly fields: string;
  /** Between the id and the body. */
  readonly layout?: string;
  /** Only such types can stand there. */
  readonly only?: readonly string[];
  wrap(secret: unknown): MessageValue;
}

/** Types whose size is in their name. */
const FIXED = ['u32', '{ type: u32, scale: 0.1, unit: m }', 'hex(4)', 'bcd(4)'];

const PLACES: Readonly<Record<string, Place>> = {
  message: { fields: 'k: SECRET', wrap: k => ({ k }) },
  'text around it': {
    fields: 'a: { type: str(u8), valid: { match: "^a+$" } }, k: SECRET, b: { type: str(u8), valid: { match: "^b+$" } }',
    wrap: k => ({ a: 'aaa', k, b: 'bb' }),
  },
  group: { fields: 'g: { fields: { n: u8, k: SECRET } }', wrap: k => ({ g: { n: 1, k } }) },
  type: { types: 'S: { n: u8, k: SECRET }', fields: 's: S', wrap: k => ({ s: { n: 1, k } }) },
  'type in a type': {
    types: 'S: { k: SECRET, n: u8 }\n  T: { s: S, m: u8 }',
    fields: 't: T',
    wrap: k => ({ t: { s: { k, n: 1 }, m: 2 } }),
  },
  list: {
    types: 'S: { n: u8, k: SECRET }',
    fields: 'list: S(u8)',
    wrap: k => ({
      list: [
        { n: 1, k },
        { n: 2, k },
      ],
    }),
  },
  'rest of a message': { types: 'S: { n: u8, k: SECRET }', fields: 'list: S(*)', wrap: k => ({ list: [{ n: 1, k }] }) },
  sized: { types: 'S: { k: SECRET }', fields: 's: sized(u16 S), n: u8', wrap: k => ({ s: { k }, n: 1 }) },
  'list of sized': {
    types: 'S: { k: SECRET }',
    fields: 'list: sized(u8 S)(u8)',
    wrap: k => ({ list: [{ k }, { k }] }),
  },
  inline: {
    types: 'S: { n: u8, k: SECRET }',
    fields: 's: { type: S, inline: true }',
    wrap: k => ({ n: 1, k }),
  },
  parameters: {
    types: 'S(w): { n: w, k: SECRET }',
    fields: 'a: S(u8), b: S(u16)(u8)',
    wrap: k => ({ a: { n: 1, k }, b: [{ n: 2, k }] }),
  },
  'list up to an item': {
    types: 'S: { k: SECRET, last: u8 }',
    fields: 'list: S(until last == 1)',
    wrap: k => ({ list: [{ k, last: 1 }] }),
  },
  'type that is read later': {
    types: 'S: { k: SECRET }',
    fields: 's: { type: sized(u16 S), lazy: true }',
    wrap: k => ({ s: { k } }),
  },
  'group that is secret': {
    fields: 'g: { type: S, secret: true }, n: u8',
    types: 'S: { n: u8, k: PLAIN }',
    wrap: k => ({ g: { n: 1, k }, n: 1 }),
  },
  'list that is secret': {
    types: 'S: { t: T }\n  T: { k: PLAIN }',
    fields: 'list: { type: S(u8), secret: true }',
    wrap: k => ({ list: [{ t: { k } }] }),
  },
  'tagged type': {
    types: `Tags: { tlv: { tag: u8, size: u8, tail: keep }, of: { 0x01: ITEM, 0x02: { name: n, type: u8 } } }`,
    fields: 'tags: Tags(*)',
    only: FIXED,
    wrap: k => ({ tags: { k, n: 1 } }),
  },
  'tagged type in a list': {
    types: `Tags: { tlv: { tag: u8, size: u8, repeat: [k] }, of: { 0x01: ITEM } }\n  S: { tags: Tags(u8) }`,
    fields: 'list: S(u8)',
    only: FIXED,
    wrap: k => ({ list: [{ tags: { k: [k, k] } }] }),
  },
  'group of a tagged type': {
    types: `Tags: { tlv: { tag: u8, size: u8 }, of: { 0x01: { name: g, fields: { n: u8, k: SECRET } } } }`,
    fields: 'tags: { type: Tags(*), inline: true }',
    only: FIXED,
    wrap: k => ({ g: { n: 1, k } }),
  },
  'tagged type that is secret': {
    types: `Tags: { tlv: { tag: u8, size: u8, tail: keep }, of: { 0x01: { name: g, fields: { n: u8, k: PLAIN } } } }`,
    fields: 'tags: { type: Tags(*), inline: true, secret: true }',
    only: FIXED,
    wrap: k => ({ g: { n: 1, k } }),
  },
  layout: { layout: 'k: SECRET', fields: 'n: u8', only: FIXED, wrap: k => ({ k, n: 1 }) },
  'inline that is secret': {
    types: 'S: { n: u8, k: PLAIN }',
    fields: 's: { type: S, inline: true, secret: true }',
    wrap: k => ({ n: 1, k }),
  },
};

const schema = ({ types, fields, layout }: Place, { type }: Secret): string => {
  const secret = withKey(type, 'secret: true');
  const filled = (yaml: string): string =>
    yaml
      .replaceAll('SECRET', secret)
      .replaceAll('PLAIN', type)
      .replaceAll('ITEM', `{ name: k,${secret.slice(1)}`);
  return `wire: 1
protocol: { id: hush, version: 1.0.0 }
session: { auth: none }
limits: { frame: 600, list: 3, string: 40 }
frame:
  split: { by: length }
  layout: { start: { magic: "a5 5a" }, size: { type: u16, covers: id..sum }, id: { type: u8, role: id }, ${layout === undefined ? '' : `${filled(layout)}, `}body: body, sum: { check: sum8, over: id..body } }
${types === undefined ? '' : `types:\n  ${filled(types)}\n`}messages:
  m: { dir: up, id: 1, fields: { ${filled(fields)} } }
  w: { dir: down, id: 1, fields: { ${filled(fields)} } }
`;
};

/** All that is ever shown of some bytes. */
function shown(by: Explainer, protocol: Protocol, bytes: Uint8Array): string {
  const parts = hideSecrets(explain(by, 'up', bytes));
  const results = decodeBytes(protocol, 'up', bytes);
  return [
    ...results.flatMap(r => [frameText(r), frameObject(r)]),
    printExplained(parts, 'up', plain),
    ...parts.map(part => jsonLine(explainedJson(part))),
  ].join('\n');
}

function tells(shown: string, { forms }: Secret): string | undefined {
  const found = forms.find(form => (typeof form === 'string' ? shown.includes(form) : form.test(shown)));
  return found === undefined ? undefined : `${String(found)} in\n${shown}`;
}

/** A protocol, and a frame of its first message. */
interface Case {
  readonly about: string;
  readonly by: Explainer;
  readonly protocol: Protocol;
  readonly frame: Uint8Array;
}

async function caseOf(about: string, yaml: string, value: MessageValue): Promise<Case> {
  const model = modelOf(yaml);
  const protocol = await loadCode(model);
  const w = new Writer(64);
  protocol.down[0]!.write(w, value);
  return { about, by: await explainer(model), protocol, frame: w.slice() };
}

/** Good, cut short at each place, and with each byte wrong. */
function checkShown(t: Test, { about, by, protocol, frame }: Case, secret: Secret): void {
  const whole = shown(by, protocol, frame);
  t.equal(tells(whole, secret), undefined, about);
  t.ok(whole.includes(MASK), `${about} is masked`);
  t.match(decodeBytes(protocol, 'up', frame), [{ ok: true }], `${about} is good`);
  for (let i = 0; i < frame.length; i++) {
    const other = Uint8Array.from(frame, (b, at) => (at === i ? b ^ 0x81 : b));
    const sum = other.subarray(4, -1).reduce((a, b) => a + b, 0) & 0xff;
    for (const bytes of [frame.slice(0, i), other, Uint8Array.of(...other.subarray(0, -1), sum)]) {
      const told = tells(shown(by, protocol, bytes), secret);
      if (told !== undefined) t.fail(`${about}, byte ${i} wrong or missing: ${told}`);
    }
  }
}

/** What encoders say of a value that does not fit, and what a log says of a handler that tells the secret. */
function checkSaid(t: Test, { about, protocol }: Case, secret: Secret, wrap: Place['wrap']): void {
  try {
    protocol.down[0]!.write(new Writer(64), wrap(secret.wrong));
    t.fail(`${about}: ${String(secret.wrong)} is written`);
  } catch (error) {
    t.equal(tells(String(error), secret), undefined, about);
  }
  if (typeof secret.value === 'object') return;
  const thrown = new Error(`no good: ${String(secret.value)}`);
  t.equal(tells(loggable(thrown, protocol.up[0], { value: wrap(secret.value) }), secret), undefined, about);
}

for (const [name, place] of Object.entries(PLACES)) {
  t.test(`a secret in binary is shown nowhere: ${name}`, async t => {
    for (const secret of SECRETS.filter(s => place.only?.includes(s.type) !== false)) {
      const one = await caseOf(secret.type, schema(place, secret), place.wrap(secret.value));
      checkShown(t, one, secret);
      checkSaid(t, one, secret, place.wrap);
    }
  });
}

interface TextPlace {
  readonly frame: string;
  readonly types?: string;
  readonly message: string;
  wrap(secret: unknown): MessageValue;
}

const CSV =
  '{ split: { by: line }, text: "{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true } } }';
const KV = '{ split: { by: line }, text: "{id}:{body}", layout: { id: { type: word, role: id }, body: { kv: true } } }';
const JSONS = '{ split: { by: line }, layout: { body: { json: true, id: type } } }';

const TEXT_PLACES: Readonly<Record<string, TextPlace>> = {
  template: {
    frame: '{ split: { by: line } }',
    message: 'text: "m {n} {k}", fields: { n: int, k: SECRET }',
    wrap: k => ({ n: 1, k }),
  },
  'text type': {
    frame: '{ split: { by: line } }',
    types: 'S: { text: "{n}/{k}", fields: { n: int, k: SECRET } }',
    message: 'text: "m {s}", fields: { s: S }',
    wrap: k => ({ s: { n: 1, k } }),
  },
  column: { frame: CSV, message: 'id: m, fields: { n: int, k: SECRET }', wrap: k => ({ n: 1, k }) },
  'group of columns': {
    frame: CSV,
    message: 'id: m, fields: { g: { group: { n: int, k: SECRET }, repeat: 0..3 } }',
    wrap: k => ({
      g: [
        { n: 1, k },
        { n: 2, k },
      ],
    }),
  },
  'secret group of columns': {
    frame: CSV,
    message: 'id: m, fields: { g: { group: { n: int, k: PLAIN }, repeat: 0..3, secret: true } }',
    wrap: k => ({ g: [{ n: 1, k }] }),
  },
  'value behind a name': { frame: KV, message: 'id: m, fields: { n: int, k: SECRET }', wrap: k => ({ n: 1, k }) },
  member: { frame: JSONS, message: 'id: m, fields: { n: int, k: SECRET }', wrap: k => ({ n: 1, k }) },
  'list of objects': {
    frame: JSONS,
    message: 'id: m, fields: { g: { group: { n: int, k: SECRET }, repeat: 0..3 } }',
    wrap: k => ({
      g: [
        { n: 1, k },
        { n: 2, k },
      ],
    }),
  },
  'element of a layout': {
    frame:
      '{ split: { by: line }, text: "{id},{k},{body}", layout: { id: { type: word, role: id }, k: SECRET, body: { csv: true } } }',
    message: 'id: m, fields: { n: int }',
    wrap: k => ({ k, n: 1 }),
  },
};

const WORDS: readonly Secret[] = [
  { type: 'word', value: 'hunter2x', forms: [/hunter/, /68 ?75 ?6e/], wrong: ['hunter2x'] },
  {
    type: '{ type: word, valid: { len: 1..9, match: "^[a-z0-9]+$" } }',
    value: 'hunter2x',
    forms: [/hunter/],
    wrong: 'hunter!',
  },
  { type: 'int', value: 1234567, forms: [/123456/, /31 32 33 34/], wrong: 'the 1234567' },
  { type: '{ type: dec, valid: 0..1300000 }', value: 1234567, forms: [/123456/, /31 32 33 34/], wrong: 12345678 },
];

for (const [name, place] of Object.entries(TEXT_PLACES)) {
  t.test(`a secret in text is shown nowhere: ${name}`, async t => {
    for (const secret of WORDS) {
      const filled = (yaml: string): string =>
        yaml.replaceAll('SECRET', withKey(secret.type, 'secret: true')).replaceAll('PLAIN', secret.type);
      const yaml = `wire: 1
protocol: { id: hush, version: 1.0.0 }
session: { auth: none }
frame: ${filled(place.frame)}
${place.types === undefined ? '' : `types:\n  ${filled(place.types)}\n`}messages:
  m: { dir: both, ${filled(place.message)} }
`;
      const one = await caseOf(secret.type, yaml, place.wrap(secret.value));
      checkShown(t, one, secret);
      checkSaid(t, one, secret, place.wrap);
    }
  });
}

t.test('what is computed from a secret is one, and so are the bytes of a time that cannot be', async t => {
  const text = modelOf(`wire: 1
protocol: { id: hush, version: 1.0.0 }
session: { auth: none }
frame: ${CSV}
messages:
  m: { dir: up, id: m, fields: { day: { type: date(ddMMyy), secret: true }, clock: time(hhmmss.sss) }, derive: { at: "join(day, clock)" } }
`);
  const protocol = await loadCode(text);
  const seen = shown(await explainer(text), protocol, Buffer.from('m,310326,120000\n'));
  t.notMatch(seen, /2026|310326|17749/);
  t.match(seen, /at: \*\*\*/);
  const time = modelOf(schema(PLACES.type!, { type: 'time(bcd yyMMddHHmmss)', value: 0, forms: [] }));
  const impossible = shown(
    await explainer(time),
    await loadCode(time),
    Uint8Array.from(Buffer.from('a55a0009010131991234567851', 'hex')),
  );
  t.notMatch(impossible, /319912|31 99 12/);
});

t.test('what is no message hides what may be one', async t => {
  const yaml = schema(PLACES.message!, SECRETS[0]!).replace(
    'messages:',
    'unknown: { id: keep, body: keep }\nmessages:',
  );
  const model = modelOf(yaml);
  const protocol = await loadCode(model);
  const by = await explainer(model);
  // Its size is too long for the frame; then an id that no message has.
  const unread = Uint8Array.from(Buffer.from('a55a000b010a68756e7465723278', 'hex'));
  const of = (b: Uint8Array): Uint8Array => Uint8Array.of(...b, b.subarray(4).reduce((a, c) => a + c, 0) & 0xff);
  const [kept] = decodeBytes(protocol, 'up', of(unread));
  t.match(kept, { ok: true, message: 'unknown', secrets: ['k', 'body'] });
  t.equal(tells(shown(by, protocol, of(unread)), SECRETS[0]!), undefined);
  const other = Uint8Array.from(Buffer.from('a55a000b070968756e7465723278', 'hex'));
  t.match(shown(by, protocol, of(other)), /68756e74/, "what has no name is nobody's secret");
});

t.test(
  'what is no message hides the secrets around its body, and all of a line, which may be one with a slip',
  async t => {
    const secret = text('word');
    const seen = async (yaml: string, line: string): Promise<string> => {
      const model = modelOf(
        `wire: 1\nprotocol: { id: hush, version: 1.0.0 }\nsession: { auth: none }\nunknown: { id: keep, body: keep }\n${yaml}`,
      );
      const protocol = await loadCode(model);
      const bytes = Buffer.from(`${line}\n`);
      t.match(decodeBytes(protocol, 'up', bytes), [{ ok: true, message: 'unknown' }], line);
      return shown(await explainer(model), protocol, bytes);
    };
    const layouts = {
      'csv: true': 'id: m, fields: { n: int }',
      'kv: true': 'id: m, fields: { n: int }',
    };
    for (const [body, message] of Object.entries(layouts)) {
      const yaml = `frame: { split: { by: line }, text: "{id} {k}:{body}", layout: { id: { type: word, role: id }, k: { type: word, secret: true }, body: { ${body} } } }\nmessages: { m: { dir: up, ${message} } }`;
      t.equal(tells(await seen(yaml, 'other hunter2x:n'), secret), undefined, body);
      t.equal(tells(await seen(yaml, 'm hunter2x:n=x'), secret), undefined, `${body}, which cannot be read`);
    }
    const json = `frame: { split: { by: line }, text: "{k}: {body}", layout: { k: { type: word, secret: true }, body: { json: true, id: type } } }\nmessages: { m: { dir: up, id: m, fields: { n: int } } }`;
    t.equal(tells(await seen(json, 'hunter2x: {"type":"other"}'), secret), undefined);
    const line = `frame: { split: { by: line } }\nmessages:\n  m: { dir: up, text: "/login {name} {k}", fields: { name: word, k: { type: word, secret: true } } }\n  d: { dir: down, text: "/told {name}", fields: { name: word } }`;
    t.equal(tells(await seen(line, '/login ann hunter2x x'), secret), undefined);
    const model = modelOf(
      `wire: 1\nprotocol: { id: hush, version: 1.0.0 }\nsession: { auth: none }\nunknown: { id: keep }\n${line}`,
    );
    const down = decodeBytes(await loadCode(model), 'down', Buffer.from('hello\n'));
    t.same(
      down.map(r => r.ok && r.secrets),
      [[]],
      'no secret goes down',
    );
  },
);

t.test('elements around a kept body that cannot be read are not shown with it', async t => {
  const model = modelOf(oddSchemas['elements of a kept frame that can fail']!);
  const protocol = await loadCode(model);
  const by = await explainer(model);
  const good = Uint8Array.from(Buffer.from('0007096162636405ff', 'hex'));
  t.match(decodeBytes(protocol, 'up', good), [{ message: 'unknown', value: { name: 'abcd' }, secrets: ['name'] }]);
  t.notMatch(shown(by, protocol, good), /abcd|61 ?62 ?63/);
  // 0xff is no ASCII.
  const bad = Uint8Array.from(Buffer.from('00070961ff636405ff', 'hex'));
  t.match(decodeBytes(protocol, 'up', bad), [{ message: 'unknown', value: { body: bad }, secrets: ['name', 'body'] }]);
  t.notMatch(shown(by, protocol, bad), /61 ?ff/);
});

t.test('a checksum that is secret tells neither what it is nor what it should be', async t => {
  for (const bad of ['drop', 'warn']) {
    const model = modelOf(`wire: 1
protocol: { id: hush, version: 1.0.0 }
session: { auth: none }
limits: { frame: 200 }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: id..sum }, id: { type: u8, role: id }, body: body, sum: { check: sum8, over: id..body, secret: true, bad: ${bad} } }
messages: { a: { dir: up, id: 1, fields: { pin: { type: u8, secret: true } } } }
`);
    const seen = shown(
      await explainer(model),
      await loadCode(model),
      Uint8Array.from(Buffer.from('000301a7ff', 'hex')),
    );
    t.match(seen, /sum: it is wrong|the checksum is wrong/, bad);
    t.notMatch(seen, /168|a8|255|"ff"|\bff\b/, bad);
  }
});

t.test('decode and explain show secrets only when asked to', async t => {
  const line = `${Buffer.from('/login bob hunter2x').toString('hex')}0a`;
  // The end of the line is missing.
  const cut = Buffer.from('/login bob hunter2x').toString('hex');
  for (const command of [['decode'], ['decode', '--json'], ['explain'], ['explain', '--format', 'json']]) {
    for (const hex of [line, cut]) {
      const run = (...more: string[]): Run => gen([...command, ...more, 'protocols/chat.wire.yaml', hex]);
      const hidden = run();
      t.notMatch(hidden.out + hidden.err, /hunter|68 ?75 ?6e/, `${command.join(' ')} ${hex}`);
      if (hex === line) t.match(hidden.out, /\*\*\*/);
      if (hex === line || command[0] === 'explain') t.match(run('--show-secrets').out, /hunter|68 ?75 ?6e/);
    }
  }
  t.match(gen(['decode', 'protocols/chat.wire.yaml', cut]).out, /--show-secrets shows them$/m);
  t.match(
    gen(['decode', '--show-secrets', 'protocols/chat.wire.yaml', cut]).out,
    /2f 6c 6f 67 69 6e 20 62 6f 62 20 68 75 6e/,
  );
  t.equal(gen(['explain', 'protocols/chat.wire.yaml', line]).err, '  hint: --show-secrets shows what is secret\n');
  t.equal(gen(['explain', '--show-secrets', 'protocols/chat.wire.yaml', line]).err, '');
});

t.test('a slip in what is given to a command is told without what stands there', async t => {
  const chat = 'protocols/chat.wire.yaml';
  const sensor = 'protocols/tlv-sensor.wire.yaml';
  const typo = '2f6c6f67696e20626f622068756e7465723278xa';
  const slips: [readonly string[], RegExp][] = [
    [['encode', chat, 'login', 'hunter2x'], /no JSON; a secret may stand there, so it is not shown$/m],
    [['encode', chat, 'login', '{"name":"bob","pass":hunter2x}'], /no JSON; a secret may stand there/],
    [['encode', chat, 'login', '{"name":"bob" "pass":"hunter2x"}'], /no JSON at character 15; a secret/],
    [['encode', sensor, 'hello', '{"key":"hunter2x"}'], /"hello\.key" is not written as bytes; its value is secret$/m],
    [['encode', chat, 'welcome', '{}', '--request', typo], /--request: character 39 is no hexadecimal digit; a secret/],
    [['decode', chat, typo], /The bytes: character 39 is no hexadecimal digit; a secret may stand there/],
    [['explain', chat, typo.slice(0, -3)], /The bytes: an odd number of hexadecimal digits$/m],
  ];
  for (const [args, said] of slips) {
    const { code, out, err } = gen(args);
    t.equal(code, 2, args.join(' '));
    t.match(err, said);
    t.notMatch(out + err, /hunter|68756e/, args.join(' '));
  }
  t.match(gen(['decode', '--show-secrets', chat, typo]).err, `"${typo}" is no run`);
  t.match(gen(['decode', '--dir', 'down', chat, typo]).err, `"${typo}" is no run`, 'no secret goes down');
  t.match(gen(['encode', chat, 'say', '{line}']).err, /no JSON: .*property name/, 'nor is one in this message');
});

t.test('what a device sends does not steer a terminal', async t => {
  const json = modelOf(`wire: 1
protocol: { id: hush, version: 1.0.0 }
session: { auth: none }
frame: ${JSONS}
messages: { m: { dir: up, id: m, fields: { n: int, s: word } } }
`);
  const protocol = await loadCode(json);
  const by = await explainer(json);
  const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
  const nasty = '\u001b[2J\u0007\u009b31m\u202egnp.exe\u2066\u200b\u2028\u007f\u061c\ufeffx';
  for (const value of [
    { type: 'm', n: 1, s: `ok${nasty}` },
    { type: 'm', n: 1, s: 'x', [nasty]: nasty },
    { type: 'm', n: nasty, s: 'x' },
    { type: nasty, n: 1, s: 'x' },
  ]) {
    const all = shown(by, protocol, Buffer.from(`${JSON.stringify(value)}\n`));
    for (const line of all.split('\n')) if (UNSAFE.test(line)) t.fail(JSON.stringify(line));
    t.match(all, /\\u202egnp\.exe\\u2066/);
  }
  const [object] = decodeBytes(protocol, 'up', Buffer.from(`${JSON.stringify({ type: 'm', n: 1, s: nasty })}\n`));
  t.match(JSON.parse(frameObject(object!)), { value: { s: nasty } }, 'JSON still says what it was');
});
