/**
 * The form of a schema file as a JSON Schema, for completion and checks in editors. Keys and their descriptions come from the
 * tables that `gw-gen check` uses. It is looser than the check: what it refuses is wrong, what it lets through may be.
 */
import { checkAlgorithms } from '../model/check-algorithms.js';
import * as keys from './keys.js';

/** A JSON Schema or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer' };
const yes: JsonSchema = { type: 'boolean' };
const names: JsonSchema = { anyOf: [text, { type: 'array', items: text }] };
const expression: JsonSchema = { type: ['string', 'number', 'boolean'] };
const bytes: JsonSchema = { type: 'string', description: 'bytes: pairs of hexadecimal digits and quoted text' };
const duration: JsonSchema = { type: 'string', pattern: '^\\d+\\s*(ms|s|m|h)$' };
const byteCount: JsonSchema = { anyOf: [whole, { type: 'string', pattern: '^\\d+\\s*(B|KiB|MiB)$' }] };
const range: JsonSchema = { type: 'string', pattern: '^\\s*\\w+\\s*(\\.\\.\\s*\\w+\\s*)?$' };

const oneOf = (...values: readonly string[]): JsonSchema => ({ enum: values });
/** Values to offer; others are let through. */
const suggest = (...values: readonly string[]): JsonSchema => ({ anyOf: [oneOf(...values), text] });
const mapOf = (value: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: value });
const listOf = (value: JsonSchema): JsonSchema => ({ type: 'array', items: value });
const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });

/** A map with the keys of a table and no others; `known` says of some what stands there. */
function shape<T extends keys.KeyTable>(
  table: T,
  known: JsonSchema = {},
  required: readonly string[] = [],
): JsonSchema {
  const stray = [...Object.keys(known), ...required].find(key => !Object.hasOwn(table, key));
  if (stray !== undefined) throw new Error(`the key tables have no "${stray}"`);
  const properties = Object.fromEntries(
    Object.entries(table).map(([key, description]) => [key, { ...(known[key] as JsonSchema), description }]),
  );
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

const NUMBERS = ['u8', 'u16', 'u24', 'u32', 'u40', 'u48', 'u64', 'i8', 'i16', 'i24', 'i32', 'i40', 'i48', 'i64'];
const typeText = suggest(
  ...NUMBERS,
  ...['f32', 'f64', 'bool', 'varint', 'svarint', 'word', 'rest', 'body'],
  ...['str(u8)', 'str(*)', 'bytes(u16)', 'bytes(*)', 'hex(8)', 'bcd(8)'],
  ...['time(u32 s)', 'time(u64 ms)', 'time(u32 s 2010-01-01)', 'time(u8 yyMMddHHmmss)', 'time(bcd yyMMddHHmmss)'],
);
const charset = suggest('utf8', 'ascii', 'latin1');

/** What describes a value, of a field as of a tagged item. */
const element: JsonSchema = {
  type: { anyOf: [typeText, { type: 'object', required: ['when'], additionalProperties: text }] },
  doc: text,
  if: expression,
  const: { type: ['number', 'string'] },
  magic: { anyOf: [bytes, mapOf(bytes)] },
  role: oneOf('id', 'serial', 'identity'),
  covers: range,
  csv: { anyOf: [yes, shape(keys.csvKeys, { between: text })] },
  kv: { anyOf: [yes, shape(keys.kvKeys, { pair: text, equals: text })] },
  check: {
    anyOf: [
      oneOf(...checkAlgorithms.map(a => a.name)),
      shape(
        keys.crcKeys,
        {
          width: { type: 'integer', minimum: 3 },
          poly: whole,
          init: whole,
          refin: yes,
          refout: yes,
          xorout: whole,
        },
        ['width', 'poly'],
      ),
    ],
  },
  over: range,
  as: suggest('bigint'),
  bad: suggest('drop', 'warn'),
  auto: { anyOf: [text, mapOf(text)] },
  default: { type: ['number', 'string', 'boolean'] },
  valid: { anyOf: [text, shape({ len: 'least..greatest length', match: 'regular expression' }, { match: text })] },
  enum: { anyOf: [text, ref('enum')] },
  open: yes,
  flags: text,
  bits: suggest('u8', 'u16', 'u24', 'u32', 'hexint(2)', 'hexint(4)', 'hexint(8)'),
  fields: { type: 'object' },
  lsb: yes,
  scale: { type: ['number', 'string'] },
  offset: { type: 'number' },
  unit: text,
  negative: text,
  none: { type: ['integer', 'string'] },
  trim: oneOf('left0', 'spaces'),
  pad: bytes,
  max: { type: 'integer', minimum: 1 },
  secret: yes,
  inline: yes,
  optional: yes,
  since: text,
  until: text,
  deprecated: { type: ['string', 'boolean'] },
};

const definitions: JsonSchema = {
  field: { anyOf: [typeText, shape(keys.elementKeys, element)] },
  fields: mapOf(ref('field')),
  enum: mapOf({ type: ['integer', 'string'] }),
  item: shape({ ...keys.elementKeys, ...keys.tlvItemKeys }, { ...element, name: text }, ['name']),
  tagged: shape(
    keys.tlvTypeKeys,
    {
      tlv: shape(
        keys.tlvKeys,
        {
          tag: oneOf('u8', 'u16', 'u24', 'u32'),
          size: oneOf('u8', 'u16', 'u24', 'u32'),
          first: oneOf('tag', 'size'),
          covers: oneOf('value', 'tag..value', 'size..value'),
          unknown: oneOf('keep'),
          repeat: names,
          require: names,
          tail: oneOf('keep'),
        },
        ['tag', 'size'],
      ),
      of: mapOf(ref('item')),
    },
    ['tlv', 'of'],
  ),
  textType: shape(keys.textTypeKeys, { text, fields: ref('fields'), as: oneOf('degrees') }, ['text', 'fields']),
  type: {
    type: 'object',
    if: { required: ['tlv'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: ref('tagged'),
    else: {
      if: { properties: { text: { type: 'string', pattern: '\\{' } }, required: ['text'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: ref('textType'),
      else: ref('fields'),
    },
  },
  frame: shape(keys.frameKeys, {
    split: shape(
      keys.splitKeys,
      {
        by: suggest(
          'length',
          'line',
          'flag',
          'slip',
          'cobs',
          'hex',
          'until',
          'fixed',
          'table',
          'json',
          'quiet',
          'custom',
        ),
        end: names,
        start: names,
        empty: oneOf('skip'),
        overflow: oneOf('discard'),
        confirm: text,
        rescue: text,
        shared: yes,
        flag: bytes,
        size: { type: 'integer', minimum: 1 },
        sizes: mapOf({ type: 'integer', minimum: 1 }),
        after: duration,
        max: { type: 'integer', minimum: 1 },
        use: text,
      },
      ['by'],
    ),
    filter: { type: 'array', items: oneOf('telnet-iac', 'backspace') },
    spelling: oneOf('keep'),
    emit: bytes,
    layout: ref('fields'),
    pick: mapOf(expression),
    dir: oneOf('up', 'down', 'both'),
    when: shape(keys.whenKeys, {
      state: oneOf('new', 'open'),
      is: bytes,
      at: whole,
      not: shape(keys.whenKeys, { is: bytes, at: whole }),
      awaiting: names,
    }),
    message: text,
    lenient: names,
    opaque: expression,
    learn: mapOf(expression),
    escape: shape(keys.escapeKeys, { lead: bytes, map: mapOf(bytes), bad: oneOf('drop') }, ['lead', 'map']),
  }),
  fragments: shape(keys.fragmentKeys, {
    when: expression,
    key: names,
    index: expression,
    total: expression,
    join: text,
    limits: shape(keys.fragmentLimitKeys, { bytes: byteCount, open: whole, ttl: duration }),
  }),
  answer: { anyOf: [text, shape(keys.answerKeys, { message: text, with: mapOf(expression) }, ['message'])] },
  message: shape(
    keys.messageKeys,
    {
      dir: oneOf('up', 'down', 'both'),
      id: {
        anyOf: [
          { type: ['integer', 'string'] },
          listOf({ type: ['integer', 'string'] }),
          shape({ ...keys.maskedIdKeys, same: 'request: the id of the request' }, { same: oneOf('request') }),
        ],
      },
      when: expression,
      rules: names,
      fragments: ref('fragments'),
      text,
      fields: ref('fields'),
      doc: text,
      auth: shape(
        keys.authKeys,
        {
          identity: text,
          ok: ref('answer'),
          fail: ref('answer'),
          early: ref('answer'),
          within: duration,
          tries: { type: 'integer', minimum: 1 },
        },
        ['identity'],
      ),
      heartbeat: shape(
        keys.heartbeatKeys,
        { reply: text, with: mapOf(expression), every: duration, miss: { type: 'integer', minimum: 1 } },
        ['every'],
      ),
      reply: shape(
        keys.replyKeys,
        { send: text, with: mapOf(expression), mode: oneOf('auto', 'after-handler', 'manual') },
        ['send'],
      ),
      expects: shape(
        keys.expectsKeys,
        { message: names, match: mapOf(text), within: duration, retries: { type: 'integer', minimum: 0 } },
        ['message'],
      ),
      serial: oneOf('echo'),
      access: oneOf('any'),
      close: yes,
      delivery: oneOf('at-most-once'),
      error: yes,
      otherwise: yes,
      since: text,
      until: text,
      deprecated: { type: ['string', 'boolean'] },
    },
    ['dir'],
  ),
  vector: shape(
    keys.vectorKeys,
    {
      dir: oneOf('up', 'down'),
      raw: bytes,
      is: text,
      value: { type: 'object' },
      bad: text,
      note: text,
      state: oneOf('new', 'open'),
      awaiting: text,
      request: { type: 'object' },
      conn: { type: 'object' },
    },
    ['dir', 'raw'],
  ),
};

export const wireJsonSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Framegate wire protocol, version 1',
  ...shape(
    keys.topKeys,
    {
      wire: { const: 1 },
      protocol: shape(
        keys.protocolKeys,
        {
          id: { type: 'string', pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' },
          version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
          doc: text,
        },
        ['id'],
      ),
      defaults: shape(keys.defaultsKeys, {
        endian: oneOf('big', 'little'),
        text: charset,
        zone: { type: 'string', pattern: '^[+-]\\d\\d:\\d\\d$' },
      }),
      limits: shape(keys.limitsKeys, { frame: byteCount, list: byteCount, string: byteCount, idle: duration }),
      frame: ref('frame'),
      frames: mapOf(ref('frame')),
      enums: mapOf(ref('enum')),
      flags: mapOf({ type: 'object', required: ['size'], additionalProperties: { type: ['integer', 'string'] } }),
      types: mapOf(ref('type')),
      messages: mapOf(ref('message')),
      fragments: ref('fragments'),
      unknown: shape(keys.unknownKeys, { id: oneOf('keep'), body: oneOf('keep'), reply: ref('answer') }),
      session: shape(keys.sessionKeys, { auth: oneOf('none'), identity: oneOf('peer') }),
      vectors: listOf(ref('vector')),
    },
    ['wire', 'protocol', 'messages'],
  ),
  definitions,
};

/** As it stands in `wire.schema.json`. */
export function jsonSchemaText(): string {
  return `${JSON.stringify(wireJsonSchema, undefined, 2)}\n`;
}
