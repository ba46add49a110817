/** `wire.schema.json`: it lets every good schema through, and refuses the keys that `gw-gen check` refuses. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { resolveSchema } from '../../generator/model/resolve.js';
import { jsonSchemaText, wireJsonSchema } from '../../generator/schema/json-schema.js';
import * as keys from '../../generator/schema/keys.js';
import { allSchemas } from '../support/corpus.js';
import { gen } from '../support/gw-gen.js';
import { problemsOf } from '../support/json-schema.js';

const problems = (text: string): string[] => problemsOf(wireJsonSchema, parse(text, { uniqueKeys: false }));

t.test('every schema fits', async t => {
  for (const file of allSchemas()) t.same(problems(readFileSync(file, 'utf8')), [], file);
});

t.test('keys that do not exist are refused where the check refuses them', async t => {
  const whole = (part: string): string => {
    const base = { wire: '1', protocol: '{ id: x }', frame: '{ split: { by: line } }', messages: '{}' };
    const given = part.slice(0, part.indexOf(':'));
    const others = Object.entries(base).filter(([key]) => key !== given && !part.includes(`\n${key}:`));
    return `${part}\n${others.map(([key, value]) => `${key}: ${value}\n`).join('')}`;
  };
  const places: Readonly<Record<string, (key: string) => string>> = {
    topKeys: key => `${key}: x`,
    protocolKeys: key => `protocol: { id: x, ${key}: x }`,
    defaultsKeys: key => `defaults: { ${key}: x }`,
    limitsKeys: key => `limits: { ${key}: x }`,
    frameKeys: key => `frame: { split: { by: line }, ${key}: x }`,
    splitKeys: key => `frame: { split: { by: line, ${key}: x } }`,
    whenKeys: key => `frame: { split: { by: line }, when: { state: new, ${key}: x } }`,
    crcKeys: key =>
      `frame: { split: { by: line }, layout: { a: { check: { width: 8, poly: 7, ${key}: x }, over: a } } }`,
    escapeKeys: key => `frame: { split: { by: flag, flag: "7e" }, escape: { lead: "7d", map: {}, ${key}: x } }`,
    maskedIdKeys: key =>
      `frame: { split: { by: length }, layout: { size: { type: u16, covers: body }, id: { type: u8, role: id }, body: body } }\nmessages: { m: { dir: up, id: { mask: 1, equals: 1, as: a, ${key}: x } } }`,
    fragmentKeys: key => `fragments: { key: [a], index: a, total: a, join: body, ${key}: x }`,
    fragmentLimitKeys: key =>
      `fragments: { key: [a], index: a, total: a, join: body, limits: { bytes: 1KiB, ${key}: x } }`,
    elementKeys: key => `types: { X: { a: { type: u8, ${key}: x } } }`,
    tlvTypeKeys: key => `types: { X: { tlv: { tag: u8, size: u8 }, of: {}, ${key}: x } }`,
    csvKeys: key =>
      `frame: { split: { by: line }, text: "{id} {body}", layout: { id: { type: word, role: id }, body: { csv: { between: ";", ${key}: x } } } }`,
    kvKeys: key =>
      `frame: { split: { by: line }, text: "{id} {body}", layout: { id: { type: word, role: id }, body: { kv: { pair: ";", ${key}: x } } } }`,
    textTypeKeys: key => `types: { X: { text: "{v}", fields: { v: dec }, ${key}: x } }`,
    tlvKeys: key => `types: { X: { tlv: { tag: u8, size: u8, ${key}: x }, of: {} } }`,
    tlvItemKeys: key => `types: { X: { tlv: { tag: u8, size: u8 }, of: { 1: { name: a, type: u8, ${key}: x } } } }`,
    messageKeys: key => `messages: { m: { dir: up, text: a, ${key}: x } }`,
    authKeys: key => `messages: { m: { dir: up, text: a, auth: { identity: a, ${key}: x } } }`,
    answerKeys: key => `messages: { m: { dir: up, text: a, auth: { identity: a, ok: { message: a, ${key}: x } } } }`,
    heartbeatKeys: key => `messages: { m: { dir: up, text: a, heartbeat: { every: 1s, ${key}: x } } }`,
    replyKeys: key => `messages: { m: { dir: up, text: a, reply: { send: a, ${key}: x } } }`,
    expectsKeys: key => `messages: { m: { dir: up, text: a, expects: { message: a, ${key}: x } } }`,
    unknownKeys: key => `unknown: { ${key}: x }`,
    sessionKeys: key => `session: { ${key}: x }`,
    vectorKeys: key => `vectors: [{ dir: up, raw: "00", ${key}: x }]`,
  };
  t.same(
    Object.keys(places).sort(),
    Object.entries(keys)
      .flatMap(([name, table]) => (typeof table === 'object' ? [name] : []))
      .sort(),
    'every table of keys has a place',
  );
  for (const [name, place] of Object.entries(places)) {
    const text = whole(place('nonsense'));
    t.not(problems(text).length, 0, `${name}: unknown to the JSON Schema`);
    t.match(
      resolveSchema('x', text).source.diagnostics.map(d => d.code),
      /UNKNOWN_KEY/,
      `${name}: unknown to the check`,
    );
    t.same(problems(whole(place('nonsense')).replace(/,? *nonsense: x/, '')), [], `${name}: right without it`);
  }
});

t.test('values that cannot be are refused', async t => {
  const text = readFileSync('protocols/gt06.wire.yaml', 'utf8');
  for (const [from, to] of [
    ['wire: 1', 'wire: 2'],
    ['id: gt06', 'id: GT06'],
    ['version: 1.8.0', 'version: 1.8'],
    ['endian: big', 'endian: middle'],
    ['idle: 600s', 'idle: 600'],
    ['frame: 4KiB', 'frame: 4KB'],
    ['check: crc16/x25', 'check: crc16/x26'],
    ['role: serial', 'role: counter'],
    ['dir: up', 'dir: upwards'],
    ['serial: echo', 'serial: copy'],
    ['mode: auto', 'mode: automatic'],
    ['within: 10s', 'within: soon'],
    ['open: true', 'open: perhaps'],
    ['identity: imei, ', ''],
  ] as const) {
    t.ok(text.includes(from), from);
    t.not(problems(text.replace(from, to)).length, 0, to);
  }
});

t.test('every key has a description, and is offered', async t => {
  const top = wireJsonSchema.properties as Record<string, { description: string }>;
  t.same(Object.keys(top), Object.keys(keys.topKeys));
  for (const [key, { description }] of Object.entries(top)) t.equal(description, keys.topKeys[key]);
});

t.test('the command prints what the package has', async t => {
  t.same(gen(['json-schema']), { code: 0, out: jsonSchemaText(), err: '' });
  t.equal(readFileSync('wire.schema.json', 'utf8'), jsonSchemaText(), 'run npm run generate');
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
  t.ok(files.includes('wire.schema.json'));
});
