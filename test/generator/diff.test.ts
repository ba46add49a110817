/** `gw-gen diff`: every rule, shown by one change to a small schema. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { compareModels } from '../../generator/diff/compare.js';
import { compareFrameLists } from '../../generator/diff/compare-frames.js';
import { type Finding, Findings } from '../../generator/diff/findings.js';
import { type DiffCode, diffRules } from '../../generator/diff/rules.js';
import type { Field, ProtocolModel } from '../../generator/model/model.js';
import { resolveSchema } from '../../generator/model/resolve.js';
import { plain } from '../../generator/schema/colors.js';
import { formatDiagnostics } from '../../generator/schema/diagnostics.js';
import { allSchemas } from '../support/corpus.js';
import { gen, noStack } from '../support/gw-gen.js';

const METER = `wire: 1
protocol: { id: meter, version: 1.0.0 }
defaults: { endian: big, text: ascii, zone: "+01:00" }
limits: { frame: 1KiB, list: 100, string: 64, idle: 15m }
frame:
  split: { by: length, confirm: stop }
  layout:
    form: { magic: { short: "aa 55", long: "aa 56" } }
    size: { type: u16, covers: id..crc }
    id: { type: u8, role: id }
    serial: { type: u8, role: serial }
    body: body
    crc: { check: crc16/modbus, over: size..body }
    stop: { magic: "0d" }
  pick: { form: "size(body) > 9 ? long : short" }
enums:
  Tariff: { day: 1, night: 2 }
flags:
  State: { size: u8, low: 0, open: 1 }
types:
  Reading: { at: time(u32 s), energy: { type: u32, scale: 0.01, unit: kWh } }
  Extra:
    tlv: { tag: u8, size: u8, repeat: [temp], require: [uptime] }
    of:
      0x01: { name: uptime, type: u32 }
      0x10: { name: temp, type: i16 }
      0x11: { name: note, type: str(*) }
messages:
  login:
    dir: up
    id: 0x01
    fields: { number: bcd(6), firmware: str(u8), key: { type: hex(4), secret: true }, more1: { type: u8, if: more(1) } }
    auth: { identity: number, ok: loginOk, within: 20s, tries: 3 }
  loginOk: { dir: down, id: 0x81, serial: echo, fields: { tariff: { type: u8, enum: Tariff } } }
  readings:
    dir: up
    id: [0x02, 0x12]
    fields: { readings: Reading(u8), state: { type: u8, flags: State } }
    reply: { send: readingsOk }
  readingsOk: { dir: down, id: 0x82, serial: echo }
  extra: { dir: up, id: 0x03, fields: { extra: { type: Extra(*), inline: true } } }
  beat: { dir: up, id: 0x04, fields: { t: u8 }, heartbeat: { reply: beatOk, with: { t: t }, every: 60s, miss: 3 } }
  beatOk: { dir: down, id: 0x84, fields: { t: u8 } }
  values:
    dir: up
    id: 0x05
    access: any
    fields:
      mask: { bits: u8, fields: { spare: 6, hot: 1, wide: 1 } }
      wide: { type: u16, if: mask.wide }
      big: u64
      level: { type: i16, none: -1, scale: 0.1, valid: -40..85, bad: warn }
      kind: { type: u8, const: 7 }
      len: { type: u8, auto: size(name) }
      name: { type: str(len), valid: { len: 1..8 } }
      label: { type: str(8), pad: "00" }
      code: { type: bcd(2), trim: left0 }
      when: time(u8 yyMMddHHmmss)
      ratio: f32
  set:
    dir: down
    id: 0x20
    fields: { period: { type: u16, default: 10 }, mode: { type: u8, enum: { slow: 0, fast: 1 }, open: true } }
    expects: { message: setOk, match: { period: period }, within: 10s, retries: 2 }
  setOk: { dir: up, id: 0xa0, fields: { period: u16 } }
  say: { dir: both, id: 0x30, fields: { line: str(u8) } }
unknown: { id: keep }
`;

const CHAT = `wire: 1
protocol: { id: chat, version: 1.0.0 }
defaults: { text: ascii }
frame: { split: { by: line }, filter: [backspace], emit: "0d 0a" }
messages:
  tell: { dir: up, text: "/tell {to} {line}", fields: { to: word, line: rest } }
  say: { dir: up, text: "{line}", fields: { line: rest }, otherwise: true }
  other: { dir: up, text: ">{line}", fields: { line: rest } }
  bye: { dir: down, text: BYE, close: true }
  spot: { dir: up, text: "spot {at} {on}", fields: { at: hexint(4), on: { type: hexint(2), flags: On } } }
flags: { On: { size: u8, a: 0 } }
session: { auth: none }
`;

/** What the others have not: parts, lists of several kinds, ids by mask, sums of expressions. */
const PARTS = `wire: 1
protocol: { id: parts, version: 1.0.0 }
limits: { frame: 1KiB }
frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: attrs..sum }
    attrs: { bits: u8, fields: { split: 1, spare: 7 }, auto: { split: present(part) } }
    id: { type: u8, role: id }
    serial: { type: u16, role: serial }
    part: { if: attrs.split, fields: { total: u16, index: u16 } }
    body: body
    sum: { check: crc16/x25, over: size..body }
fragments: { when: attrs.split, key: [id, serial - part.index + 1], index: part.index, total: part.total, join: body, limits: { open: 4, ttl: 60s } }
types:
  Step: { angle: i16, last: u8 }
  Pair: { x: u8, y: { type: u8, default: 1 } }
messages:
  steps:
    dir: up
    id: 0x01
    fields:
      total: { type: u8, auto: count(steps) + count(more) }
      steps: Step(until last == 1)
      more: sized(u16 Step)(u8)
      relays: { type: bool(12), packed: lsb }
      pair: Pair
      image: bytes(u8)
      copied: { type: bytes(u8), view: true }
  ask: { dir: down, id: 0x02, expects: { message: [fault, told] } }
  fault: { dir: up, id: { mask: 0x80, equals: 0x80, as: of }, fields: { code: u8 }, error: true }
  told: { dir: up, id: 0x03 }
  what: { dir: down, id: 0x04 }
unknown: { id: keep, reply: what }
session: { auth: none }
`;

/** Layouts of text. */
const REPORT = `wire: 1
protocol: { id: report, version: 1.0.0 }
defaults: { text: ascii }
frame:
  split: { by: line }
  text: "{id},{body}"
  layout: { id: { type: word, role: id }, body: { csv: true } }
types:
  Lat: { text: "{v},{h}", fields: { v: dm(2), h: { type: char, in: NS } }, as: degrees }
  Ratio: { text: "{of}/{all}", fields: { of: int, all: int } }
messages:
  fix: { dir: up, id: [FIX, GPS], fields: { lat: Lat, part: Ratio, speed: dec, note: { type: word, optional: true } } }
  view: { dir: up, id: VIEW, fields: { sats: { group: { prn: int }, repeat: 1..4 } } }
session: { auth: none }
`;

const PAIRS = REPORT.replace('{ csv: true }', '{ kv: true }')
  .replace(/ {2}view:.*\n/, '')
  .replace('lat: Lat, ', '');

function modelOf(text: string): ProtocolModel {
  const { source, model } = resolveSchema('test.wire.yaml', text);
  if (model === undefined) throw new Error(formatDiagnostics(source.diagnostics, plain));
  return model;
}

function diff(text: string, changes: readonly (readonly [string, string])[]): readonly Finding[] {
  let now = text;
  for (const [from, to] of changes) {
    if (now.split(from).length !== 2) throw new Error(`"${from}" must stand in the schema once`);
    now = now.replace(from, () => to);
  }
  return compareModels(modelOf(text), modelOf(now));
}

type Case = readonly [
  code: DiffCode,
  at: string,
  from: string,
  to: string,
  also?: readonly (readonly [string, string])[],
];

const METER_CASES: readonly Case[] = [
  ['RESYNC_CHANGED', 'frame', 'confirm: stop }', 'confirm: stop, rescue: stop }'],
  ['PICK_CHANGED', 'frame', 'size(body) > 9', 'size(body) > 99'],
  ['MARKER_CHANGED', 'frame.stop', '"0d"', '"0e"'],
  ['CHECKSUM_CHANGED', 'frame.crc', 'over: size..body', 'over: id..body'],
  ['CHECKSUM_CHANGED', 'frame.crc', 'crc16/modbus', 'crc16/x25'],
  ['COVERS_CHANGED', 'frame.size', 'covers: id..crc', 'covers: id..stop'],
  ['MESSAGE_ADDED', 'hello', 'unknown:', '  hello: { dir: up, id: 0x40 }\nunknown:'],
  ['MESSAGE_REMOVED', 'say', '  say: { dir: both, id: 0x30, fields: { line: str(u8) } }\n', ''],
  ['MESSAGE_RENAMED', 'say', '  say:', '  line:'],
  ['DIRECTION_NARROWED', 'say', 'dir: both', 'dir: up'],
  ['DIRECTION_WIDENED', 'extra', '  extra: { dir: up', '  extra: { dir: both'],
  ['ID_CHANGED', 'say', '0x30', '0x31'],
  ['ID_CHANGED', 'readings', '[0x02, 0x12]', '[0x12, 0x02]'],
  ['ID_ADDED', 'readings', '[0x02, 0x12]', '[0x02, 0x12, 0x22]'],
  ['FIELD_ADDED', 'login.extra', 'firmware: str(u8),', 'extra: u8, firmware: str(u8),'],
  ['FIELD_ADDED', 'setOk.extra', '{ period: u16 } }', '{ period: u16, extra: u8 } }'],
  ['FIELD_APPENDED', 'login.extra', 'if: more(1) } }', 'if: more(1) }, extra: { type: u16, if: more(2) } }'],
  [
    'FIELD_APPENDED',
    'values.heat',
    '      big: u64\n',
    '      heat: { type: u8, if: mask.cold }\n      big: u64\n',
    [['spare: 6, hot', 'spare: 5, cold: 1, hot']],
  ],
  ['FIELD_REMOVED', 'login.firmware', 'firmware: str(u8), ', ''],
  ['FIELD_RENAMED', 'login.firmware', 'firmware: str(u8)', 'version: str(u8)'],
  ['FIELD_RENAMED', 'Extra.note', 'name: note', 'name: text'],
  ['FIELDS_MOVED', 'login', 'number: bcd(6), firmware: str(u8)', 'firmware: str(u8), number: bcd(6)'],
  ['TYPE_CHANGED', 'login.number', 'bcd(6)', 'bcd(7)'],
  ['TYPE_CHANGED', 'setOk.period', '{ period: u16 } }', '{ period: u32 } }'],
  ['TYPE_CHANGED', 'beatOk.t', 'id: 0x84, fields: { t: u8 }', 'id: 0x84, fields: { t: i8 }'],
  ['TYPE_CHANGED', 'values.ratio', 'f32', 'f64'],
  ['TYPE_CHANGED', 'Reading.at', 'time(u32 s)', 'time(u64 ms)'],
  ['TYPE_CHANGED', 'Reading.at', 'time(u32 s)', 'time(u32 s 2010-01-01)'],
  ['TYPE_CHANGED', 'say.line', '{ line: str(u8) }', '{ line: u8 }'],
  ['ENDIAN_CHANGED', 'setOk.period', '{ period: u16 } }', '{ period: u16le } }'],
  ['ENDIAN_CHANGED', 'values.ratio', 'f32', 'f32le'],
  ['SIZE_CHANGED', 'login.firmware', 'firmware: str(u8)', 'firmware: str(u16)'],
  ['SIZE_CHANGED', 'readings.readings', 'Reading(u8)', 'Reading(u16)'],
  ['ZONE_CHANGED', 'values.when', '+01:00', '+02:00'],
  ['SCALE_CHANGED', 'Reading.energy', 'scale: 0.01', 'scale: 0.1'],
  ['NONE_CHANGED', 'values.level', 'none: -1', 'none: -2'],
  ['CONST_CHANGED', 'values.kind', 'const: 7', 'const: 8'],
  ['CONDITION_CHANGED', 'values.wide', 'if: mask.wide', 'if: mask.hot'],
  [
    'ROLE_CHANGED',
    'frame.serial',
    ', role: serial',
    ', default: 1',
    [
      ['loginOk: { dir: down, id: 0x81, serial: echo,', 'loginOk: { dir: down, id: 0x81,'],
      ['id: 0x82, serial: echo', 'id: 0x82'],
    ],
  ],
  ['PAD_CHANGED', 'values.label', 'pad: "00"', 'pad: "20"'],
  ['TAG_CHANGED', 'Extra.note', '0x11:', '0x12:'],
  ['ITEM_ADDED', 'Extra.hum', '      0x11:', '      0x20: { name: hum, type: u8 }\n      0x11:'],
  ['ITEM_REMOVED', 'Extra.note', '      0x11: { name: note, type: str(*) }\n', ''],
  ['ITEM_FORM_CHANGED', 'Extra', 'size: u8, repeat', 'size: u16, repeat'],
  ['ITEM_FORM_CHANGED', 'Extra', 'size: u8, repeat', 'size: u8, tail: keep, repeat'],
  ['ITEM_FORM_CHANGED', 'Extra', 'size: u8, repeat', 'size: u8, covers: tag..value, repeat'],
  ['ITEM_FORM_CHANGED', 'Extra', 'size: u8, repeat', 'size: u8, first: size, repeat'],
  ['ITEM_REQUIRED', 'Extra.note', 'require: [uptime]', 'require: [uptime, note]'],
  ['ITEM_OPTIONAL', 'Extra.uptime', 'require: [uptime]', 'require: []'],
  ['ITEM_REPEATS_CHANGED', 'Extra.note', 'repeat: [temp]', 'repeat: [temp, note]'],
  ['MEMBER_CHANGED', 'Tariff.night', 'night: 2', 'night: 3'],
  ['MEMBER_CHANGED', 'State.open', 'open: 1 }', 'open: 2 }'],
  ['MEMBER_REMOVED', 'Tariff.night', ', night: 2', ''],
  ['MEMBER_ADDED', 'Tariff.peak', 'night: 2', 'night: 2, peak: 3'],
  ['MEMBER_ADDED', 'values.mask.cold', 'spare: 6, hot', 'spare: 5, cold: 1, hot'],
  ['MEMBER_RENAMED', 'Tariff.night', 'night: 2', 'dark: 2'],
  ['MEMBER_RENAMED', 'values.mask.hot', 'hot: 1', 'warm: 1'],
  ['ENUM_CHANGED', 'loginOk.tariff', ', enum: Tariff', ''],
  ['ENUM_CLOSED', 'set.mode', ', open: true', ''],
  ['ENUM_OPENED', 'loginOk.tariff', 'enum: Tariff', 'enum: Tariff, open: true'],
  ['VALUE_TYPE_CHANGED', 'values.big', 'big: u64', 'big: { type: u64, as: bigint }'],
  ['VALUE_TYPE_CHANGED', 'login.key', 'hex(4)', 'bytes(4)'],
  ['VALUE_TYPE_CHANGED', 'readings.state', 'state: { type: u8, flags: State }', 'state: u8'],
  ['TYPE_RENAMED', 'readings.readings', 'Reading(u8)', 'Sample(u8)', [['  Reading: {', '  Sample: {']]],
  ['TYPE_RENAMED', 'loginOk.tariff', 'enum: Tariff', 'enum: Price', [['  Tariff: {', '  Price: {']]],
  ['INLINE_CHANGED', 'extra.extra', ', inline: true', ''],
  ['PROTOCOL_RENAMED', 'protocol', 'id: meter', 'id: counter'],
  ['DEFAULT_ADDED', 'setOk.period', '{ period: u16 } }', '{ period: { type: u16, default: 1 } } }'],
  ['DEFAULT_REMOVED', 'set.period', ', default: 10', ''],
  ['DEFAULT_CHANGED', 'set.period', 'default: 10', 'default: 11'],
  ['VALID_NARROWED', 'values.level', '-40..85', '-40..80'],
  ['VALID_NARROWED', 'values.name', 'len: 1..8', 'len: 1..8, match: "^a"'],
  ['VALID_NARROWED', 'set.period', 'default: 10', 'default: 10, valid: 1..99'],
  ['VALID_WIDENED', 'values.level', '-40..85', '-41..86'],
  ['VALID_WIDENED', 'values.name', ', valid: { len: 1..8 }', ''],
  ['BAD_TIGHTENED', 'values.level', ', bad: warn', ''],
  ['BAD_LOOSENED', 'values.name', 'valid: { len: 1..8 }', 'valid: { len: 1..8 }, bad: warn'],
  ['BAD_LOOSENED', 'frame.crc', 'over: size..body }', 'over: size..body, bad: warn }'],
  ['BAD_LOOSENED', 'frame.crc', 'confirm: stop }', 'confirm: stop }\n  lenient: [crc]'],
  ['BAD_TIGHTENED', 'frame.crc', 'over: size..body }', 'over: size..body, bad: close }'],
  ['BAD_TIGHTENED', 'values.len', 'auto: size(name) }', 'auto: size(name), bad: close }'],
  ['ROUND_CHANGED', 'Reading.energy', 'scale: 0.01,', 'scale: 0.01, round: down,'],
  ['LAZY_CHANGED', 'login.firmware', 'firmware: str(u8)', 'firmware: { type: str(u8), lazy: true }'],
  ['IDENTITY_CHANGED', 'session', 'unknown: { id: keep }', 'unknown: { id: keep }\nsession: { identity: peer }'],
  ['TRIM_CHANGED', 'values.code', ', trim: left0', ''],
  ['UNIT_CHANGED', 'Reading.energy', 'unit: kWh', 'unit: J'],
  ['SECRET_ADDED', 'login.number', 'number: bcd(6)', 'number: { type: bcd(6), secret: true }'],
  ['SECRET_DROPPED', 'login.key', ', secret: true', ''],
  ['LIMIT_LOWERED', 'limits.frame', 'frame: 1KiB', 'frame: 512'],
  ['LIMIT_LOWERED', 'limits.idle', 'idle: 15m', 'idle: 14m'],
  ['LIMIT_LOWERED', 'login.auth.within', 'within: 20s', 'within: 10s'],
  ['LIMIT_LOWERED', 'beat.heartbeat.miss', 'miss: 3', 'miss: 2'],
  ['LIMIT_RAISED', 'limits.list', 'list: 100', 'list: 200'],
  ['LIMIT_RAISED', 'login.auth.tries', 'tries: 3', 'tries: 4'],
  ['LIMIT_RAISED', 'set.expects.within', 'within: 10s', 'within: 11s'],
  ['SERIAL_CHANGED', 'readingsOk', 'id: 0x82, serial: echo', 'id: 0x82'],
  ['ACCESS_NARROWED', 'values', '    access: any\n', ''],
  ['ACCESS_WIDENED', 'extra', '  extra: { dir: up', '  extra: { dir: up, access: any'],
  ['WHEN_CHANGED', 'extra', '  extra: { dir: up, id: 0x03', '  extra: { dir: up, id: 0x03, when: size != 9'],
  ['RULES_CHANGED', 'beatOk', '  beatOk: { dir: down, id: 0x84', '  beatOk: { dir: down, id: 0x84, rules: t != 3'],
  ['CLOSE_CHANGED', 'loginOk', '  loginOk: { dir: down', '  loginOk: { dir: down, close: true'],
  ['DELIVERY_CHANGED', 'extra', '  extra: { dir: up', '  extra: { dir: up, delivery: at-most-once'],
  ['AUTH_ADDED', 'setOk', '{ period: u16 } }', '{ period: u16 }, auth: { identity: period } }'],
  ['IDENTITY_CHANGED', 'login', 'identity: number', 'identity: firmware'],
  ['ANSWER_CHANGED', 'login.auth.fail', 'ok: loginOk', 'ok: loginOk, fail: readingsOk'],
  ['ANSWER_CHANGED', 'beat.heartbeat.reply', 'with: { t: t }', 'with: { t: t + 1 }'],
  ['HEARTBEAT_ADDED', 'setOk', '{ period: u16 } }', '{ period: u16 }, heartbeat: { every: 1m } }'],
  ['HEARTBEAT_REMOVED', 'beat', ', heartbeat: { reply: beatOk, with: { t: t }, every: 60s, miss: 3 }', ''],
  ['REPLY_ADDED', 'setOk', '{ period: u16 } }', '{ period: u16 }, reply: { send: readingsOk } }'],
  ['REPLY_REMOVED', 'readings', '    reply: { send: readingsOk }\n', ''],
  ['REPLY_MODE_CHANGED', 'readings', 'send: readingsOk', 'send: readingsOk, mode: auto'],
  ['EXPECTS_ADDED', 'say', '{ line: str(u8) } }', '{ line: str(u8) }, expects: { message: setOk, within: 1s } }'],
  [
    'EXPECTS_REMOVED',
    'set',
    '    expects: { message: setOk, match: { period: period }, within: 10s, retries: 2 }\n',
    '',
  ],
  ['EXPECTS_CHANGED', 'set', ', match: { period: period }', ''],
  ['UNKNOWN_KEPT', 'unknown.body', 'id: keep', 'id: keep, body: keep'],
  ['UNKNOWN_REFUSED', 'unknown.id', 'unknown: { id: keep }\n', ''],
  ['AUTO_CHANGED', 'values.len', 'size(name)', 'size(name..label)', [['str(len)', 'str(len - 8)']]],
];

const CHAT_CASES: readonly Case[] = [
  ['FILTER_CHANGED', 'frame', ', filter: [backspace]', ''],
  ['LINE_END_CHANGED', 'frame', '"0d 0a"', '"0a"'],
  ['SPLIT_CHANGED', 'frame', 'by: line', 'by: line, empty: skip'],
  ['TEMPLATE_CHANGED', 'tell', '/tell {to} {line}', '/msg {to} {line}'],
  ['TEMPLATE_CHANGED', 'other', '>{line}', '>{line}.'],
  ['TEMPLATE_CHANGED', 'spot', 'at: hexint(4)', 'at: hexint(5)'],
  ['TEMPLATE_CHANGED', 'spot', '{ type: hexint(2), flags: On }', '{ type: int, flags: On }'],
  ['VALUE_TYPE_CHANGED', 'spot.on', '{ type: hexint(2), flags: On }', 'hexint(2)'],
  ['MEMBER_RENAMED', 'On.a', 'a: 0', 'b: 0'],
  ['FIELD_RENAMED', 'tell.to', '{to}', '{name}', [['to: word', 'name: word']]],
  ['CHARSET_CHANGED', 'defaults', 'text: ascii', 'text: latin1'],
  ['CLOSE_CHANGED', 'bye', ', close: true', ''],
  ['MESSAGE_RENAMED', 'tell', '  tell:', '  whisper:'],
  ['VALID_NARROWED', 'tell.to', 'to: word', 'to: { type: word, valid: { len: 1..9 } }'],
  [
    'LOGIN_REQUIRED',
    'session',
    'session: { auth: none }\n',
    '',
    [['fields: { to: word, line: rest } }', 'fields: { to: word, line: rest }, auth: { identity: to } }']],
  ],
];

const RTCM = readFileSync('test/fixtures/declared/rtcm3.wire.yaml', 'utf8');

const PARTS_CASES: readonly Case[] = [
  ['FRAGMENTS_CHANGED', 'fragments', 'serial - part.index + 1', 'serial - part.index'],
  ['LIMIT_LOWERED', 'fragments.open', 'open: 4', 'open: 3'],
  ['LIMIT_RAISED', 'fragments.ttl', 'ttl: 60s', 'ttl: 90s'],
  ['AUTO_CHANGED', 'steps.total', 'count(steps) + count(more)', 'count(more) + count(steps)'],
  ['SIZE_CHANGED', 'steps.steps', 'until last == 1', 'until last == 2'],
  ['SIZE_CHANGED', 'steps.more', 'sized(u16 Step)(u8)', 'sized(u8 Step)(u8)'],
  ['TYPE_CHANGED', 'steps.relays', '{ type: bool(12), packed: lsb }', 'bool(12)'],
  ['INLINE_CHANGED', 'steps.pair', 'pair: Pair', 'pair: { type: Pair, inline: true }'],
  ['VIEW_ADDED', 'steps.image', 'image: bytes(u8)', 'image: { type: bytes(u8), view: true }'],
  ['VIEW_DROPPED', 'steps.copied', ', view: true', ''],
  ['ERROR_CHANGED', 'fault', ', error: true', ''],
  ['ID_CHANGED', 'fault', 'equals: 0x80', 'equals: 0'],
  ['FIELD_RENAMED', 'fault.id', 'as: of', 'as: request'],
  ['ANSWER_CHANGED', 'unknown.reply', ', reply: what', ''],
];

const REPORT_CASES: readonly Case[] = [
  ['ID_ADDED', 'fix', '[FIX, GPS]', '[FIX, GPS, POS]'],
  ['ID_CHANGED', 'fix', '[FIX, GPS]', '[GPS, FIX]'],
  ['ITEM_OPTIONAL', 'fix.speed', 'speed: dec', 'speed: { type: dec, optional: true }'],
  ['ITEM_REQUIRED', 'fix.note', ', optional: true', ''],
  ['TEMPLATE_CHANGED', 'Ratio', '{of}/{all}', '{of}-{all}'],
  ['VALID_WIDENED', 'view.sats', 'repeat: 1..4', 'repeat: 1..5'],
  ['VALID_NARROWED', 'view.sats', 'repeat: 1..4', 'repeat: 2..5'],
  ['CHARSET_CHANGED', 'defaults', 'text: ascii', 'text: latin1'],
  ['FIELD_RENAMED', 'fix.speed', 'speed: dec', 'knots: dec'],
];

const PAIRS_CASES: readonly Case[] = [
  ['FIELD_APPENDED', 'fix.more', 'speed: dec', 'more: { type: int, optional: true }, speed: dec'],
  ['FIELD_ADDED', 'fix.more', 'speed: dec', 'speed: dec, more: int'],
  ['FIELD_REMOVED', 'fix.speed', 'speed: dec', 'knots: dec'],
];

const RTCM_CASES: readonly Case[] = [
  ['AUTO_CHANGED', 'frame.head.size', 'size(number..body)', 'size(body)'],
  ['MEMBER_CHANGED', 'frame.head.size', '{ spare: 6, size: 10 }', '{ spare: 4, size: 10, spare2: 2 }'],
];

/** Found beside the one that the case is about. */
const BESIDES: Readonly<Record<string, readonly DiffCode[]>> = {
  'FIELD_APPENDED values.heat': ['MEMBER_ADDED'],
  'LOGIN_REQUIRED session': ['AUTH_ADDED'],
  'AUTO_CHANGED values.len': ['SIZE_CHANGED'],
  'FIELD_REMOVED fix.speed': ['FIELD_ADDED'],
  'ROLE_CHANGED frame.serial': ['DEFAULT_ADDED', 'SERIAL_CHANGED', 'SERIAL_CHANGED'],
};

const seen = new Set<string>();

for (const [name, text, cases] of [
  ['with sizes', METER, METER_CASES],
  ['in lines', CHAT, CHAT_CASES],
  ['with a size in bits', RTCM, RTCM_CASES],
  ['in parts', PARTS, PARTS_CASES],
  ['in columns', REPORT, REPORT_CASES],
  ['of names and values', PAIRS, PAIRS_CASES],
] as const) {
  t.test(`each change to a protocol ${name} is found, and nothing else`, async t => {
    for (const [code, at, from, to, also = []] of cases) {
      const found = diff(text, [[from, to], ...also]).filter(f => f.code !== 'VERSION_KEPT');
      const besides = BESIDES[`${code} ${at}`] ?? [];
      t.same(found.map(f => f.code).sort(), [code, ...besides].sort(), `${code} ${at}`);
      const it = found.find(f => f.code === code)!;
      t.equal(it?.at, at, code);
      t.match(it, {
        severity: diffRules[code].severity,
        category: diffRules[code].category,
        text: diffRules[code].text,
      });
      t.ok(it?.old !== it?.new || (it?.old === undefined && it?.new === undefined), `${code} shows what differs`);
      seen.add(code);
    }
  });
}

t.test('changes that go both ways are told both ways', async t => {
  const codes = (old: string, now: string): string[] => compareModels(modelOf(old), modelOf(now)).map(f => f.code);
  const login = CHAT.replace('session: { auth: none }\n', '').replace(
    'fields: { to: word, line: rest } }',
    'fields: { to: word, line: rest }, auth: { identity: to } }',
  );
  t.same(codes(login, CHAT), ['AUTH_REMOVED', 'LOGIN_DROPPED', 'VERSION_KEPT']);
  const otherwise = CHAT.replace(', otherwise: true', '').replace(
    '">{line}", fields: { line: rest }',
    '">{line}", fields: { line: rest }, otherwise: true',
  );
  t.match(codes(CHAT, otherwise), ['OTHERWISE_CHANGED', 'OTHERWISE_CHANGED']);
  for (const code of ['AUTH_REMOVED', 'LOGIN_DROPPED', 'OTHERWISE_CHANGED']) seen.add(code);
  t.match(codes(METER, CHAT), /SPLIT_CHANGED/);
});

t.test('shapes of frames come and go by name', async t => {
  const frame = modelOf(CHAT).frames[0]!;
  const one = { name: 'lines', frame };
  const two = { name: 'beat', frame };
  const found = new Findings();
  compareFrameLists(found, [one], [two]);
  t.match(found.all, [
    { code: 'FRAME_REMOVED', at: 'lines' },
    { code: 'FRAME_ADDED', at: 'beat' },
  ]);
  const changed = new Findings();
  compareFrameLists(changed, [one], [{ name: 'lines', frame: { ...frame, dir: 'up' } }]);
  t.match(changed.all, [{ code: 'FRAME_CHANGED', at: 'lines', new: 'dir: "up"' }]);
  for (const code of ['FRAME_REMOVED', 'FRAME_ADDED', 'FRAME_CHANGED']) seen.add(code);
});

t.test('what a rule does not know of a message or field is told all the same', async t => {
  const old = modelOf(CHAT);
  const [first, ...others] = old.messages;
  const added = { ...old, messages: [{ ...first!, novel: 1 }, ...others] };
  t.match(compareModels(old, added), [{ code: 'MESSAGE_CHANGED', at: 'tell', new: 'novel: 1' }, {}]);
  const meter = modelOf(METER);
  const [login, ...rest] = meter.messages;
  const fields = [{ ...login!.fields[0]!, novel: 1 }, ...login!.fields.slice(1)];
  t.match(compareModels(meter, { ...meter, messages: [{ ...login!, fields }, ...rest] }), [
    { code: 'FIELD_CHANGED', at: 'login.number', new: 'novel: 1' },
    {},
  ]);
  const type = (value: object): ProtocolModel => ({
    ...meter,
    messages: [{ ...login!, fields: [{ ...login!.fields[0]!, type: { kind: 'novel', ...value } as never }] }, ...rest],
  });
  const [place, other] = [{ place: { start: 1 } }, { place: { start: 2 } }];
  t.same(compareModels(type({ of: place }), type({ of: other })), [], 'where it stands in the file does not matter');
  t.match(compareModels(type({ of: 1 }), type({ of: 2 })), [{ code: 'TYPE_CHANGED', old: 'of: 1', new: 'of: 2' }, {}]);
  for (const code of ['MESSAGE_CHANGED', 'FIELD_CHANGED']) seen.add(code);
});

t.test('a break wants a version that tells of it', async t => {
  const of = (old: string, now: string): DiffCode[] =>
    compareModels(
      modelOf(METER.replace('1.0.0', old)),
      modelOf(METER.replace('1.0.0', now).replace('0x30', '0x31')),
    ).map(f => f.code);
  for (const [old, now] of [
    ['1.0.0', '2.0.0'],
    ['0.1.0', '0.2.0'],
    ['0.0.1', '0.0.2'],
    ['0.9.0', '1.0.0'],
  ] as const)
    t.same(of(old, now), ['ID_CHANGED'], `${old} to ${now}`);
  for (const [old, now] of [
    ['1.0.0', '1.0.0'],
    ['1.0.0', '1.1.0'],
    ['2.0.0', '1.0.0'],
    ['0.1.0', '0.1.1'],
  ] as const)
    t.same(of(old, now), ['ID_CHANGED', 'VERSION_KEPT'], `${old} to ${now}`);
  seen.add('VERSION_KEPT');
});

t.test('every rule was shown', async t => {
  t.same([...seen].sort(), Object.keys(diffRules).sort());
});

t.test('a schema does not differ from itself, nor by comments and spelling', async t => {
  for (const file of allSchemas()) {
    const text = readFileSync(file, 'utf8');
    const { model } = resolveSchema(file, text);
    if (model === undefined) continue;
    t.same(compareModels(model, resolveSchema(file, `# said\n${text}`).model!), [], file);
  }
  t.same(diff(METER, [['0x30', '48']]), []);
  t.same(diff(METER, [['unit: kWh', 'unit: kWh, doc: Energy']]), []);
  t.same(diff(METER, [['{ line: str(u8) }', '{ line: { type: str(u8), since: 1.1.0, example: hello } }']]), []);
  t.same(diff(METER, [['firmware: str(u8)', 'firmware: { type: str(u8), encoding: ascii }']]), []);
  t.same(diff(METER, [['{ period: u16 } }', '{ period: { type: u16, scale: 1 } } }']]), []);
  t.same(diff(PARTS, [['crc16/x25', 'crc16/iso-hdlc']]), [], 'another name of the same sum');
  t.same(diff(PARTS, [['angle: i16', 'angle: { type: i16, doc: Where it points }']]), []);
  t.same(diff(PAIRS, [['part: Ratio, speed: dec', 'speed: dec, part: Ratio']]), [], 'names are found anywhere');
});

/** Keys that are for readers, that say again what stands elsewhere, or that a device and code cannot tell. */
const SILENT: ReadonlySet<string> = new Set(
  'place doc file folder hash version vectors since deprecated example ruleTexts outer structs enums flags kind bigint function'.split(
    ' ',
  ),
);

interface Slot {
  readonly owner: Record<string, unknown>;
  readonly key: string;
  readonly at: string;
}

/** Every value in a model that a schema could have said otherwise. */
function slotsOf(model: ProtocolModel): Slot[] {
  const slots: Slot[] = [];
  const visited = new Set<object>();
  const walk = (owner: Record<string, unknown>, path: string): void => {
    if (visited.has(owner)) return;
    visited.add(owner);
    for (const [key, value] of Object.entries(owner)) {
      const at = Array.isArray(owner) ? `${path}.` : `${path}.${key}`;
      if (SILENT.has(key) || isSilent(owner, key, at)) continue;
      if (value === null || typeof value !== 'object' || value instanceof Uint8Array) slots.push({ owner, key, at });
      else walk(value as Record<string, unknown>, at);
    }
  };
  walk(model as unknown as Record<string, unknown>, '');
  return slots;
}

/** What means nothing where it stands, or is told where it stands a second time. */
function isSilent(owner: Record<string, unknown>, key: string, at: string): boolean {
  const { type, valid, auto, covers, bytes, spare, tlv, spelled } = owner as Partial<Field> & {
    [key: string]: unknown;
  };
  if (key === 'bad') return valid === undefined && auto === undefined && covers === undefined && type?.kind !== 'check';
  if (key === 'endian' && bytes === 1) return true;
  if (key === 'fields' && tlv !== undefined) return true;
  if (key === 'word' && spelled !== undefined) return true;
  if (spare === true) return true;
  return /^\.charset$|\.set\.word$|\.algorithm\.(?:name|bytes)$|\.size\.type\.max$|\.items\.\.field\.(?:name|optional)$/.test(
    at,
  );
}

function another(key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.of(...value, 1);
  if (key === 'endian') return value === 'big' ? 'little' : 'big';
  if (key === 'perUnit') return value === 1 ? 1000 : 1;
  if (key === 'bad') return value === 'warn' ? 'drop' : 'warn';
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${value}x`;
}

t.test('whatever differs in two models is told by some rule', async t => {
  const shipped = ['chat', 'game', 'tlv-sensor', 'modbus-tcp', 'nmea', 'teltonika'];
  const texts = [
    METER,
    CHAT,
    PARTS,
    REPORT,
    PAIRS,
    ...shipped.map(n => readFileSync(`protocols/${n}.wire.yaml`, 'utf8')),
  ];
  let tried = 0;
  for (const text of texts) {
    const model = modelOf(text);
    const changed = structuredClone(model);
    for (const { owner, key, at } of slotsOf(changed)) {
      const was = owner[key];
      owner[key] = another(key, was);
      if (compareModels(model, changed).length === 0) t.fail(`${model.id}${at}: nothing is told`);
      owner[key] = was;
      tried++;
    }
    t.same(compareModels(model, changed), [], 'all is as it was');
  }
  t.ok(tried > 3000, `${tried} values`);
});

t.test('the page has every rule, with what it is', async t => {
  const page = readFileSync('docs/reference/diff.md', 'utf8');
  const sections = page.split(/^### /m).slice(1);
  t.same(
    sections.map(s => s.split('\n')[0]),
    Object.keys(diffRules).toSorted((a, b) => order(a) - order(b)),
  );
  for (const part of sections) {
    const [code = '', ...lines] = part.split('\n');
    const text = lines.join('\n').split(/^## /m)[0]!.trim();
    t.match(
      text,
      new RegExp(`^${diffRules[code as DiffCode].severity === 'breaking' ? 'Breaking' : 'Compatible'}\\. \\S`),
      code,
    );
  }
  function order(code: string): number {
    const categories = ['wire', 'types', 'behaviour'];
    return categories.indexOf(diffRules[code as DiffCode].category);
  }
});

t.test('the command groups what it found, and exits with 1 when something breaks', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-diff-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const old = write('old.wire.yaml', METER);
  const broken = write('now.wire.yaml', METER.replace('0x30', '0x31').replace('idle: 15m', 'idle: 20m'));
  const run = gen(['diff', old, broken]);
  t.equal(
    run.out,
    `Devices in the field
  breaking   say: the message is sent under another id, or an id of it is gone: 0x30 -> 0x31 [ID_CHANGED]

Behaviour
  compatible limits.idle: a bound is looser: 15m -> 20m [LIMIT_RAISED]
  compatible protocol: the change breaks something, and the version does not tell: 1.0.0 -> 1.0.0 [VERSION_KEPT]
`,
  );
  t.equal(run.err, '2 changes, 1 breaking\n');
  t.equal(run.code, 1);
  const json = gen(['diff', '--format', 'json', old, broken]);
  t.equal(json.code, 1);
  t.match(
    (JSON.parse(json.out) as Finding[]).find(f => f.code === 'ID_CHANGED'),
    {
      code: 'ID_CHANGED',
      severity: 'breaking',
      category: 'wire',
      at: 'say',
      message: 'say',
      old: '0x30',
      new: '0x31',
    },
  );
  const good = write('good.wire.yaml', METER.replace('idle: 15m', 'idle: 20m'));
  t.match(gen(['diff', old, good]), { code: 0, err: '1 change, 0 breaking\n' });
  t.same(gen(['diff', old, old]), { code: 0, out: '', err: 'no difference that matters\n' });
  t.same(gen(['diff', '--format', 'json', old, old]), { code: 0, out: '[]\n', err: '' });
  const wrong = write('wrong.wire.yaml', METER.replace('bcd(6)', 'bdc(6)'));
  const refused = gen(['diff', old, wrong]);
  noStack(t, refused);
  t.match(refused, { code: 1, out: '', err: 'UNKNOWN_TYPE' });
  t.match(gen(['diff', old]), { code: 2, err: "missing required argument 'new'" });
});
