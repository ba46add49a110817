/**
 * A protocol full of secrets, for a running system: `secret:` fields of many types, up and down, in requests and answers; and
 * how a value that was planted would look if it were shown somewhere.
 */

import { Names } from '../../generator/emit/names.js';
import type { MessageValue } from '../../src/codec/index.js';
import { modelOf, moduleOf } from './load.js';

/** Fields and what is planted in them; `wrong` does not fit, and tells it all the same. */
const FIELDS: readonly { name: string; type: string; value: unknown; wrong: unknown }[] = [
  { name: 'word', type: 'str(u8)', value: 'sesame-9f31', wrong: { 'sesame-9f31': 1 } },
  { name: 'cell', type: 'str(12)', value: 'crocus-77a12', wrong: 'crocus-77a1 is far too long' },
  { name: 'late', type: '{ type: str(u16), lazy: true, secret: true }', value: 'tulip-5e20x', wrong: 5202020202 },
  { name: 'pin', type: '{ type: u32, valid: 0..2000000000 }', value: 1934567891, wrong: '1934567891' },
  { name: 'big', type: '{ type: u64, as: bigint }', value: 7308332245997345109n, wrong: 'the 7308332245997345109' },
  { name: 'price', type: '{ type: u32, scale: 0.1 }', value: 123456789.7, wrong: 'the 123456789.7' },
  { name: 'var', type: 'varint', value: 1876543219, wrong: -1876543219 },
  { name: 'hex', type: 'hex(8)', value: 'c0ffee11deadbea7', wrong: 'c0ffee11deadbea7c0ffee11' },
  { name: 'digits', type: 'bcd(6)', value: '314159265358', wrong: '3141592653589' },
  { name: 'raw', type: 'bytes(u8)', value: Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0x91, 0x27), wrong: 'cafebabe9127' },
  { name: 'list', type: 'u32(u8)', value: [2718281828, 1618033988], wrong: [2718281828, 'x1618033988'] },
  {
    name: 'kind',
    type: '{ type: u32, enum: { one: 1 }, open: true }',
    value: 1414213562,
    wrong: '1414213562',
  },
];

/** Its session and login have these. */
export const PASSWORD = 'opensesame-4d2b';
export const TOKEN = 'token-of-gold-81c7';
export const SESSION = 'kept-in-session-c4e1';

export const planted: MessageValue = Object.fromEntries(FIELDS.map(f => [f.name, f.value]));

/** One field wrong, the others good. */
export const misfits: readonly MessageValue[] = FIELDS.map(({ name, wrong }) => ({ ...planted, [name]: wrong }));

const secret = (type: string): string =>
  type.includes('secret')
    ? type
    : type.startsWith('{')
      ? type.replace(/ \}$/, ', secret: true }')
      : `{ type: ${type}, secret: true }`;
const fields = FIELDS.map(({ name, type }) => `${name}: ${secret(type)}`).join(', ');

/** What a message asks its handler to do. */
export const deeds = ['throw', 'reject', 'object', 'misfit', 'late', 'session', 'give', 'ask', 'die'] as const;

const schema = `wire: 1
protocol: { id: vault, version: 1.0.0 }
limits: { frame: 600, list: 4, string: 60 }
frame:
  split: { by: length }
  layout: { start: { magic: "a5 5a" }, size: { type: u16, covers: id..sum }, id: { type: u8, role: id }, body: body, sum: { check: sum8, over: id..body } }
messages:
  login:
    dir: up
    id: 1
    fields: { name: str(u8), pass: { type: str(u8), secret: true } }
    auth: { identity: name, ok: welcome, fail: no, within: 5s, tries: 3 }
  welcome: { dir: down, id: 0x81, fields: { token: { type: str(u8), secret: true } } }
  no: { dir: down, id: 0x82, fields: { hint: { type: str(u8), secret: true } } }
  put: { dir: up, id: 2, fields: { deed: str(u8), n: u8, ${fields} } }
  give: { dir: down, id: 0x83, fields: { ${fields} } }
  ask: { dir: down, id: 0x84, fields: { key: { type: str(u8), secret: true } }, expects: { message: [told, denied], within: 400ms } }
  told: { dir: up, id: 4, fields: { key: { type: hex(6), secret: true }, more: { type: u8, valid: 1..2 } } }
  denied: { dir: up, id: 5, fields: { key: { type: str(u8), secret: true } }, error: true }
  done: { dir: down, id: 0x85, fields: { deed: str(u8), n: u8 } }
`;

const model = modelOf(schema);

/** The codec of it as a JavaScript module, with the protocol as `vault`. */
export const vaultModule = (): string =>
  `${moduleOf(model)}\nexport { ${new Names(model).constant} as vaultProtocol };\n`;

/** Each way in which a value could be shown, long enough that nothing else is it. */
export function formsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(formsOf);
  if (value instanceof Uint8Array) return formsOfBytes(value);
  const plain = String(value);
  const forms = [plain, ...formsOfBytes(Buffer.from(plain))];
  if (/^(?:[0-9a-f]{2}){5,}$/.test(plain)) forms.push(...formsOfBytes(Buffer.from(plain, 'hex')));
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const hex = BigInt(value as number).toString(16);
    const even = hex.padStart(Math.ceil(hex.length / 2) * 2, '0');
    const bytes = Buffer.from(even, 'hex');
    forms.push(hex, ...formsOfBytes(bytes), ...formsOfBytes(Buffer.from(bytes).reverse()));
  }
  return [...new Set(forms)].filter(form => form.length >= 5);
}

function formsOfBytes(bytes: Uint8Array): string[] {
  const b = Buffer.from(bytes);
  const hex = b.toString('hex');
  const spaced = hex.replace(/..(?=.)/g, '$& ');
  const forms = [hex, hex.toUpperCase(), spaced, spaced.toUpperCase(), [...b].join(','), [...b].join(', ')];
  // In base64 it looks different at each of three places; what its neighbours are part of is left out.
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), b])
      .toString('base64')
      .replace(/=+$/, '');
    const inner = text.slice(before === 0 ? 0 : before + 1, (before + b.length) % 3 === 0 ? undefined : -1);
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
