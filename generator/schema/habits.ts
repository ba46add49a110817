/** What people write by habit, from other languages and from manuals, and what is meant by it here. */

type Habits = Readonly<Record<string, string>>;

/** Keys of a field. */
export const fieldKeyHabits: Habits = {
  length: 'the size stands with the type: str(8), bytes(u16), u8(4)',
  len: 'the size stands with the type: str(8), bytes(u16), u8(4)',
  size: 'the size stands with the type: str(8), bytes(u16), u8(4)',
  count: 'the size stands with the type: u16(8), Point(u8)',
  array: 'the size stands with the type: u16(8), Point(u8)',
  items: 'the size stands with the type: u16(8), Point(u8)',
  width: 'a number says its bits: u16; parts of one: { bits: u8, fields: { name: 3, spare: 5 } }',
  mask: 'parts of a number: { bits: u8, fields: { name: 3, spare: 5 } }',
  bit: 'parts of a number: { bits: u8, fields: { name: 3, spare: 5 } }',
  endian: 'the type says it: u16le, u32be',
  endianness: 'the type says it: u16le, u32be',
  byteorder: 'the type says it: u16le, u32be',
  signed: 'the type says it: i16',
  unsigned: 'the type says it: u16',
  values: 'enum: { off: 0, on: 1 }',
  factor: 'scale: 0.1',
  multiplier: 'scale: 0.1',
  resolution: 'scale: 0.1',
  divisor: 'scale: 1/10',
  decimals: 'scale: 0.01',
  min: 'valid: 0..100',
  range: 'valid: 0..100',
  minimum: 'valid: 0..100',
  maximum: 'valid: 0..100',
  units: 'unit: m/s',
  description: 'doc: one line about it',
  desc: 'doc: one line about it',
  comment: 'doc: one line about it',
  note: 'doc: one line about it',
  value: 'const: 1, if it is always the same; default: 1, if it need not be given',
  fixed: 'const: 1',
  literal: 'const: 1, or magic: "5a a5"',
  condition: 'if: an expression over what stands before',
  when: 'if: an expression over what stands before',
  charset: 'encoding: ascii',
  crc: 'check: crc16/modbus, over: id..body',
  checksum: 'check: crc16/modbus, over: id..body',
};

/** Keys of a message. */
export const messageKeyHabits: Habits = {
  direction: 'dir: up (client to server), down, or both',
  command: 'id: 0x01',
  cmd: 'id: 0x01',
  opcode: 'id: 0x01',
  type: 'id: 0x01',
  code: 'id: 0x01',
  body: 'fields: { name: type }',
  payload: 'fields: { name: type }',
  data: 'fields: { name: type }',
  params: 'fields: { name: type }',
  login: 'auth: { identity: field, ok: message }',
  response: 'reply: { send: message }',
  answer: 'reply: { send: message }',
  ack: 'reply: { send: message }',
  keepalive: 'heartbeat: { reply: message, every: 60s }',
  description: 'doc: one line about it',
  comment: 'doc: one line about it',
  template: 'text: "/say {line}"',
};

/** Keys of the schema. */
export const topKeyHabits: Habits = {
  framing: 'frame: { split: { by: length }, layout: { ... } }',
  header: 'frame: { split: { by: length }, layout: { ... } }',
  layout: 'layout stands in frame',
  split: 'split stands in frame',
  structs: 'types: { Point: { x: i16, y: i16 } }',
  endian: 'defaults: { endian: little }',
  name: 'protocol: { id: name, version: 1.0.0 }',
  id: 'protocol: { id: name, version: 1.0.0 }',
  version: 'protocol: { id: name, version: 1.0.0 }',
  tests: 'vectors: [{ dir: up, raw: "01 02", is: message }]',
  examples: 'vectors: [{ dir: up, raw: "01 02", is: message }]',
};

export const roleHabits: Habits = {
  command: 'role: id, the number that tells messages apart',
  cmd: 'role: id, the number that tells messages apart',
  type: 'role: id, the number that tells messages apart',
  opcode: 'role: id, the number that tells messages apart',
  message: 'role: id, the number that tells messages apart',
  sequence: 'role: serial, a counter that the encoder fills in',
  seq: 'role: serial, a counter that the encoder fills in',
  counter: 'role: serial, a counter that the encoder fills in',
  number: 'role: serial, a counter that the encoder fills in',
  device: 'role: identity, who the frame is about',
  imei: 'role: identity, who the frame is about',
  address: 'role: identity, who the frame is about',
  length: 'covers: a..b says that a number is the size of those elements',
  size: 'covers: a..b says that a number is the size of those elements',
  check: 'check: crc16/modbus, over: a..b makes a checksum',
  crc: 'check: crc16/modbus, over: a..b makes a checksum',
  body: 'body: body',
};

export const splitHabits: Habits = {
  newline: 'by: line',
  lines: 'by: line',
  crlf: 'by: line',
  text: 'by: line',
  size: 'by: length, with covers: in the layout; or fixed, where all frames have one size',
  prefix: 'by: length, with covers: in the layout',
  header: 'by: length, with covers: in the layout',
  delimiter: 'by: until, with end: "0d 0a"',
  end: 'by: until, with end: "0d 0a"',
  terminator: 'by: until, with end: "0d 0a"',
  hdlc: 'by: flag, with flag: "7e" and escape:',
  escape: 'by: flag, with flag: "7e" and escape:',
  timeout: 'by: quiet, with after: 50ms',
  gap: 'by: quiet, with after: 50ms',
};

export const dirHabits: Habits = {
  in: 'up, from the device to the server',
  rx: 'up, from the device to the server',
  client: 'up, from the device to the server',
  request: 'up, from the device to the server; down, from the server to the device',
  uplink: 'up, from the device to the server',
  out: 'down, from the server to the device',
  tx: 'down, from the server to the device',
  server: 'down, from the server to the device',
  response: 'up, from the device to the server; down, from the server to the device',
  downlink: 'down, from the server to the device',
  any: 'both',
};

export const endianHabits: Habits = { le: 'little', lsb: 'little', be: 'big', msb: 'big', network: 'big' };

const BITS = '{ bits: u8, fields: { name: 3, spare: 5 } }';

/** Types whose names mean one thing, whatever stands behind them. */
const TYPES: Habits = {
  byte: 'u8',
  ubyte: 'u8',
  uchar: 'u8',
  word16: 'u16',
  ushort: 'u16',
  short: 'i16',
  int: 'i32',
  uint: 'u32',
  dword: 'u32',
  qword: 'u64',
  long: 'i64',
  ulong: 'u64',
  float: 'f32',
  double: 'f64',
  real: 'f32',
  boolean: 'bool',
  flag: 'bool, or a bit of a number: { bits: u8, fields: { on: 1, spare: 7 } }',
  bit: BITS,
  bits: BITS,
  bitfield: BITS,
  bitmask: BITS,
  flags: '{ type: u8, flags: Name }, with flags: { Name: { size: u8, on: 0 } } in the schema',
  enum: '{ type: u8, enum: { off: 0, on: 1 } }',
  struct: 'the name of a type: types: { Point: { x: i16, y: i16 } }',
  object: 'the name of a type: types: { Point: { x: i16, y: i16 } }',
  timestamp: 'time(u32 s)',
  datetime: 'time(u32 s), or time(bcd yyMMddHHmmss)',
  date: 'time(u32 s), or time(bcd yyMMddHHmmss)',
  unix: 'time(u32 s)',
  time_t: 'time(u32 s)',
  ip: 'u8(4), or hex(4)',
  ipv4: 'u8(4), or hex(4)',
  mac: 'hex(6)',
  uuid: 'hex(16)',
  imei: '{ type: bcd(8), trim: left0 }',
  crc: '{ check: crc16/modbus, over: id..body }, in the layout',
  checksum: '{ check: crc16/modbus, over: id..body }, in the layout',
};

/** Types that take a size, and what they are called elsewhere. */
const SIZED: Habits = {
  string: 'str',
  ascii: 'str',
  text: 'str',
  utf8: 'str',
  char: 'str',
  varchar: 'str',
  buffer: 'bytes',
  blob: 'bytes',
  raw: 'bytes',
  binary: 'bytes',
  data: 'bytes',
  octets: 'bytes',
  digits: 'bcd',
};

const TAKES_SIZE = ['str', 'bytes', 'hex', 'bcd'];

/** What is meant by `bcd[4]`, `uint16_t`, `string(8)`, `u16 le`, `array(u8)`; nothing where that cannot be told. */
export function meantType(text: string): string | undefined {
  const plain = text.trim();
  const sized = /^(\w+)\s*(?:\[([^\]]*)\]|<([^>]*)>|\{([^}]*)\}|\(([^)]*)\))$/.exec(plain);
  if (sized !== null) {
    const [, name, ...sizes] = sized as unknown as [string, string, ...(string | undefined)[]];
    return meantSized(name, (sizes.find(s => s !== undefined) ?? '').trim(), sizes[3] === undefined);
  }
  const glued = /^(str|bytes|hex|bcd)_?(\d+)$/i.exec(plain);
  if (glued !== null) return `${glued[1]!.toLowerCase()}(${glued[2]})`;
  return meantNumber(plain.toLowerCase()) ?? meantName(plain.toLowerCase());
}

function meantName(name: string): string | undefined {
  if (TAKES_SIZE.includes(name)) return `${name}(8)`;
  const base = SIZED[name];
  return TYPES[name] ?? (base === undefined ? undefined : `${base}(8), or ${base}(u8)`);
}

function meantSized(spelled: string, size: string, otherBrackets: boolean): string | undefined {
  const name = spelled.toLowerCase();
  const sizedAs = (base: string): string => (size === '' ? `${base}(u8), or ${base}(*)` : `${base}(${size})`);
  if (/^(?:bits?|bitfield)$/.test(name)) return BITS;
  if (['array', 'list', 'vector', 'repeat'].includes(name)) {
    const [item, many] = size.split(/[\s,;]+/);
    return item === undefined || item === '' ? 'u8(4)' : `${meantNumber(item.toLowerCase()) ?? item}(${many ?? 'u8'})`;
  }
  const base = SIZED[name] ?? (TAKES_SIZE.includes(name) ? name : undefined);
  if (base === 'bcd' && size === '') return 'bcd(4)';
  if (base !== undefined) return sizedAs(base);
  const item = meantNumber(name);
  if (item !== undefined || otherBrackets) return sizedAs(item ?? spelled);
  return undefined;
}

/** Whole numbers and floats: `uint16_t`, `unsigned char`, `U16`, `u16LE`, `u16 le`, `be32`, `u12`. */
function meantNumber(name: string): string | undefined {
  if (/^unsigned\s+char$/.test(name)) return 'u8';
  if (/^signed\s+char$/.test(name)) return 'i8';
  const word = name
    .replace(/^unsigned\s+/, 'u')
    .replace(/^signed\s+/, '')
    .replace(/^(\w+)\s+(?=(?:int|long|short)$)/, '$1')
    .replace(/_t$/, '');
  const other = /^(le|be)([ui]?)(\d+)$/.exec(word);
  const spelled = other === null ? word : `${other[2] === '' ? 'u' : other[2]}${other[3]}${other[1]}`;
  const m = /^(uint|int|sint|u|i|s|float|f)(\d+)[\s_]*(le|be)?$/.exec(spelled);
  if (m === null) return TYPES[word] !== undefined && /^[a-z]?\d*$/.test(TYPES[word]) ? TYPES[word] : undefined;
  const kind = m[1]!.startsWith('f') ? 'f' : m[1]!.startsWith('u') ? 'u' : 'i';
  const bits = Number(m[2]);
  if (kind === 'f') return bits <= 32 ? `f32${m[3] ?? ''}` : `f64${m[3] ?? ''}`;
  if (bits % 8 === 0 && bits >= 8 && bits <= 64) return `${kind}${bits}${m[3] ?? ''}`;
  if (bits > 64 || bits === 0) return undefined;
  const whole = Math.min(32, Math.ceil(bits / 8) * 8);
  return `{ bits: u${whole}, fields: { name: ${bits}${whole === bits ? '' : `, spare: ${whole - bits}`} } }`;
}
