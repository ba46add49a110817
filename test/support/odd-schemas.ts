/** Small schemas that are hard on a generator: names that collide, shapes that are rare, everything at its edge. */

/** The same for texts, in one of the character sets. */
function textual(frame: string, messages: string, more = 'limits: { frame: 300 }', charset = 'utf8'): string {
  return `wire: 1
protocol: { id: textual, version: 1.0.0 }
defaults: { text: ${charset} }
session: { auth: none }
${more}
frame:
${frame}
messages:
${messages}
`;
}

/** A schema with this frame and these messages, on lines of their own. */
function framed(frame: string, messages: string, more = ''): string {
  return `wire: 1
protocol: { id: odd, version: 1.0.0 }
limits: { frame: 1KiB, list: 64, string: 300 }
session: { auth: none }
${more}
${frame}
messages:
${messages}
`;
}

const COLUMNS = `  split: { by: until, start: "'#'", end: ["0a", "';'"] }
  text: "#{kind}|{body}~{sum}"
  layout:
    kind: { type: word, role: id }
    body: { csv: true }
    sum: { check: crc16/modbus, over: kind..body, as: hex4 }`;

/** A schema with a frame of columns around the given messages. */
export function columnSchema(messages: string, more = '', frame = COLUMNS): string {
  return `wire: 1
protocol: { id: columns, version: 1.0.0 }
defaults: { text: utf8 }
limits: { frame: 2KiB }
session: { auth: none }
frame:
${frame}
${more}
messages:
${messages}
`;
}

/** One message of any bytes. */
const ANYTHING = '  m: { dir: both, id: 0x7d, fields: { a: bytes(*) } }';

/** A schema with a plain frame around the given messages. */
export function binarySchema(messages: string, more = '', id = 'odd'): string {
  return `wire: 1
protocol: { id: ${id}, version: 1.0.0 }
limits: { frame: 4KiB, list: 64, string: 300 }
session: { auth: none }
frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    body: body
${more}
messages:
${messages}
`;
}

const NAMES_IN_SCOPE =
  `b o p v w i n id2 end start stop line text conn request warn item body size2 value class function
  return let await default new this null undefined bytes hex bcd varint fail inside cursor integer bit given sized within
  real rest2 copy ascii utf8 latin1 u8 i8 truncated message problem crc32 Uint8Array Number BigInt Infinity frameId
  checkFrame sealFrame readM writeM`.split(/\s+/);

/** Types of text whose fields can hold what stands between them. */
const OPEN_TYPES = `limits: { frame: 300 }
types:
  Q: { text: "{a}/{b}", fields: { a: rest, b: rest } }
  P: { text: "<{a}> {b}", fields: { a: chars(*), b: { type: rest, valid: { len: 0..9 } } } }
  C: { text: "{a},{b}", fields: { a: rest, b: rest } }
  D: { text: "{v}-{h}", fields: { v: dm(2), h: rest } }`;
const ID_AND_BODY = (form: string): string => `  split: { by: line }
  text: "{id},{body}"
  layout: { id: { type: word, role: id }, body: { ${form} } }`;
const LETTERS_IN_JSON =
  '  m: { dir: both, id: M, fields: { x: word, y: dec, z: { type: rest, optional: true }, list: { group: { a: { type: chars(*), optional: true } }, repeat: 0..2 } } }';

const SHAPES = ['up', 'down', 'shape_up', 'any'];

/** A frame that is cut by some bits. */
function bitSized(head: string): string {
  return framed(
    `frame:
  split: { by: length }
  layout:
    start: { magic: "24" }
    ${head}
    id: { type: u8, role: id }
    part: { if: head.part, fields: { total: u8, index: u8 } }
    body: body
    crc: { check: crc16/modbus, over: start..body }`,
    '  m: { dir: both, id: 1, fields: { a: bytes(*) } }\n  n: { dir: both, id: 2, fields: { a: u16, b: str(u8) } }',
  );
}

/** Everything that hexadecimal digits of a text can be. */
const HEX_FIELDS = `a: hexint(8), few: hexint, most: { type: hexint(13), optional: true }, small: { type: hexint(2), valid: 0x10..0x7f },
      lower: { type: hexint(4 lower), default: 0xbeef }, mode: { type: hexint(2), enum: Mode }, open: { type: hexint(4), enum: Mode, open: true, optional: true },
      fixed: { type: hexint(4), const: 0xab }, state: { type: hexint(4), flags: Keys, optional: true }, wide: { type: int, flags: Wide },
      word: { bits: hexint(8), fields: { top: 8, spare: 15, mid: 8, low: 1 }, optional: true }, three: { bits: hexint(3), lsb: true, fields: { a: 1, b: 11 } }`;
const HEX_TYPES = `enums: { Mode: { idle: 0, run: 0x1a } }
flags:
  Keys: { size: u16, up: 0, down: 1, fire: 15 }
  Wide: { size: u32, first: 0, last: 31 }
types:
  Unused: { text: "{x}", fields: { x: hexint(2) } }
`;

export const oddSchemas: Readonly<Record<string, string>> = {
  'every name that generated code uses itself, as numbers': binarySchema(
    `  m: { dir: both, id: 1, fields: { ${NAMES_IN_SCOPE.map(n => `${n}: u8`).join(', ')} } }`,
  ),
  'the same names as texts, lists and optional fields': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { ${NAMES_IN_SCOPE.slice(0, 30)
      .map((n, i) => `${n}: ${['str(u8)', 'u16(u8)', 'varint', 'T(u8)', 'bytes(u8)', 'svarint'][i % 6]}`)
      .join(', ')} }
  n:
    dir: both
    id: 2
    fields: { ${NAMES_IN_SCOPE.slice(30)
      .map((n, i) => `${n}: ${['str(u8)', 'u16(u8)', 'varint', 'T(u8)', 'bytes(u8)', 'hex(u8)'][i % 6]}`)
      .join(', ')} }`,
    'types: { T: { item: u8, list: u8(u8) } }',
  ),
  'messages and types with names of the language and of the library': binarySchema(
    ['writer', 'protocol', 'cut', 'decoded', 'record', 'array', 'object', 'date', 'map', 'bytes', 'utf8', 'input']
      .map(
        (n, i) => `  ${n}: { dir: both, id: ${i + 1}, fields: { a: Writer, s: str(u8), l: Map(u8), bin: bytes(u8) } }`,
      )
      .join('\n'),
    'types: { Writer: { x: u8, s: str(u8) }, Map: { y: u16 } }',
  ),
  'a protocol called like a function of the library': binarySchema(
    '  m: { dir: up, id: 1, fields: { a: u16 } }',
    '',
    'message',
  ),
  'a protocol called like a reserved word': binarySchema('  m: { dir: up, id: 1, fields: { a: u16 } }', '', 'new'),
  'only down, and nothing in it': binarySchema(
    '  tick: { dir: down, id: 7 }\n  tock: { dir: down, id: 8, fields: {} }',
  ),
  'byte orders mixed': binarySchema(`  m:
    dir: both
    id: 1
    fields: { a: u16le, b: u16be, c: i24le, d: i24be, e: u32le, f: i32be, g: u40le, h: i40be, k: u48be, l: i48le, q: u64le, r: i64be, s: f32le, t: f64be, x: { type: u64be, as: bigint }, y: { type: i64le, as: bigint }, z: i8 }`),
  'lists of everything': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { a: u8(u8), b: i16(varint), c: S(u16), d: bool(u8), e: f32(u8), f: varint(u8), g: svarint(2), h: u64(u8), i: N(u8), j: u24(3), z: S(*) }
  k: { dir: both, id: 2, fields: { n: { type: u8, auto: count(xs) }, xs: S(n), t: { type: u8, auto: size(s) }, s: str(t) } }`,
    'types: { S: { s: str(u8) }, N: { xs: S(u8), y: u8 } }',
  ),
  'types in types in types': binarySchema(
    '  m: { dir: both, id: 1, fields: { a: A, as: A(u8), o: { type: A, if: more(1) } } }',
    'types: { A: { b: B, x: u8 }, B: { c: C, y: { type: C, if: flag.on }, flag2: bool }, C: { z: u16, s: str(varint) } }'
      .replace('if: flag.on', 'if: c2 == 1')
      .replace('{ c: C, y', '{ c: C, c2: u8, y'),
  ),
  'conditions on bits, flags, enumerations and one another': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      kind: { type: u8, enum: kind_of }
      f: { type: u8, flags: F }
      m: { bits: u16, fields: { a: 1, b: 3, spare: 4, c: 8 } }
      x: { type: u16, if: kind == kind_of.two }
      y: { type: str(u8), if: "f.on && !f.off" }
      z: { type: T, if: "m.b > 2 || m.a" }
      q: { type: u8, if: "m.c & 1" }
      r: { bits: u8, fields: { h: 4, l: 4 }, if: "kind != kind_of.one" }
      s: { type: u8, enum: kind_of, open: true, if: f.off }
      t: { type: time(u32 s), if: "(m.c >> 4) == 3" }
      u: { type: u8(u8), if: "kind == kind_of.two ? f.on : f.off" }`,
    'enums: { kind_of: { one: 1, two: 2 } }\nflags: { F: { size: u8, on: 0, off: 7 } }\ntypes: { T: { s: str(u8), n: u8 } }',
  ),
  'presence bits that fields share': binarySchema(`  m:
    dir: both
    id: 1
    fields:
      mask: { bits: u8, fields: { spare: 6, pos: 1, name: 1 }, auto: present }
      lat: { type: i32, if: mask.pos }
      lon: { type: i32, if: mask.pos }
      name: { type: str(u8), if: mask.name }`),
  'fields that are decoded later': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      f: { bits: u8, fields: { a: 1, b: 1, spare: 6 } }
      laterText: { type: str(u8), lazy: true, valid: { len: 0..30 } }
      n: { type: u8, auto: size(told) }
      told: { type: str(n), lazy: true, encoding: latin1 }
      padded: { type: str(8), pad: "20", lazy: true }
      ended: { type: str(until "00"), lazy: true }
      digits: { type: hex(varint), lazy: true, if: f.a }
      numbers: { type: u16(u8), lazy: true }
      three: { type: P(3), lazy: true }
      one: { type: P, lazy: true, if: f.b }
      counted: { type: u8, auto: count(items) }
      items: { type: u24le(counted), lazy: true }
      big: { type: sized(u16 S), lazy: true }
      inner: L(u8)
      tagged: { type: T(u16), lazy: true }
      rest: { type: U(*), lazy: true }
  k: { dir: both, id: 2, fields: { name: { type: str(u8), lazy: true, secret: true }, tail: { type: hex(*), lazy: true } } }`,
    `types:
  P: { x: i16, y: { type: u8, enum: { one: 1, two: 2 }, open: true } }
  S: { s: str(u8), n: { type: u8, if: more(1) } }
  U: { s: str(u8), q: u8 }
  L: { x: u8, text: { type: str(u8), lazy: true }, list: { type: bool(2), lazy: true } }
  T: { tlv: { tag: u8, size: u8, unknown: keep }, of: { 0x01: { name: a, type: u16 }, 0x02: { name: b, type: str(*) } } }`,
  ),
  'items whose size counts more than their value': binarySchema(
    '  m: { dir: both, id: 1, fields: { a: A(u16), b: { type: B(*), inline: true } } }',
    `types:
  A: { tlv: { tag: u16, size: u8, covers: tag..value, repeat: [x] }, of: { 0x01: { name: x, type: u16 }, 0x02: { name: y, type: str(*) } } }
  B: { tlv: { first: size, tag: u8, size: u16le, covers: tag..value }, of: { 0x01: { name: x, type: u16 }, 0x02: { name: y, type: bytes(*) } } }`,
  ),
  'wide bits and flags': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      a: { bits: u32, fields: { top: 1, spare: 3, mid: 20, low: 8 } }
      b: { bits: u32, fields: { spare: 1, rest: 31 } }
      c: { bits: u24, lsb: true, fields: { x: 5, spare: 10, y: 9 } }
      d: { type: u32, flags: G }
      e: { bits: u32, fields: { all: 32 } }
      f: { bits: u16le, fields: { hi: 8, lo: 8 } }`,
    'flags: { G: { size: u32, a: 0, b: 31, c: 16 } }',
  ),
  'names that helpers of other fields take': binarySchema(`  m:
    dir: both
    id: 1
    fields:
      len: { type: u8, auto: size(flag..line) }
      lenAt: u8
      flagStart: u16
      flag: u8
      lineSize: u8
      line: str(len - 1 - 1)
      listCount: u8
      list: u8(u8)
      lineBits: { bits: u8, fields: { a: 4, b: 4 } }
      t: time(u8 yyMMddHHmmss)
      tRaw: u8
      latSize: u8
      lat: { type: u16, negative: c.minus }
      latAt: u8
      c: { bits: u8, fields: { minus: 1, spare: 7 } }
      kindNumber: u8
      kind: { type: u8, enum: { a: 1 } }
      goldNumber: u8
      gold: svarint`),
  'conditions on what may be absent': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      f: { type: u8, flags: F }
      o: { type: u16, if: f.o }
      a: { type: u8, if: o > 3 }
      m: { bits: u8, fields: { x: 1, n: 3, spare: 4 }, if: f.m }
      b: { type: u8, if: m.x }
      c: { type: u8, if: "m.n & 2" }
      k: { type: u8, enum: { one: 1, two: 2 }, open: true, if: f.k }
      d: { type: u8, if: k == 1 }
      s: { type: str(u8), if: f.s }
      e: { type: u8, if: "!present(s)" }
      l: { type: u8(u8), if: f.l }
      g: { type: u8, if: count(l) > 1 }
      y: { type: bool, if: f.l }
      h: { type: u8, if: "!y || present(o) && o < 9" }`,
    'flags: { F: { size: u8, o: 0, m: 1, k: 2, s: 3, l: 4 } }',
  ),
  'scales, offsets and ranges': binarySchema(`  m:
    dir: both
    id: 1
    fields:
      a: { type: u8, offset: -40 }
      b: { type: i16, scale: 0.1, offset: 5 }
      c: { type: u32, scale: 1e-6, valid: 0..90 }
      d: { type: i24, scale: 1/3 }
      e: { type: u16, scale: 2.5, valid: 5..100 }
      f: { type: i8, valid: -5..5 }
      g: { type: u40, scale: 1/1000 }
      h: { type: svarint, valid: -5..5 }
      i: { type: varint, valid: 3..300 }
      j: { type: f32, valid: -1..1 }
      k: { type: u64, valid: 1..10 }`),
  'texts of every kind': binarySchema(`  m:
    dir: both
    id: 1
    fields:
      a: { type: str(8), pad: "20" }
      b: str(4)
      c: { type: str(u16), valid: { len: 2..10 } }
      d: { type: str(varint), valid: { match: "^[a-z/]+$" } }
      e: hex(3)
      f: hex(u8)
      g: bcd(3)
      h: { type: bcd(4), trim: left0 }
      z: str(*)`),
  'texts of one byte a character': binarySchema(
    '  m: { dir: both, id: 1, fields: { a: { type: str(6), pad: "00" }, b: str(u8), z: str(*) } }',
    'defaults: { text: latin1 }',
  ),
  'times, there and not there': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      f: { type: u8, flags: F }
      a: time(u32 s)
      b: time(u64 ms)
      c: time(u8 yyMMddHHmmss)
      d: time(bcd yyMMddHHmmss)
      e: { type: time(u8 yyMMddHHmmss), if: f.e }
      g: { type: T, if: f.g }
      h: time(u32le s 2010-01-01)
      i: time(u64 ms 1900-01-01)
      j: time(u8 ddMMyyHHmmss)
      k: { type: time(bcd HHmmssddMMyy), if: f.e }
      l: T(u8)`,
    'defaults: { zone: "+08:00" }\nflags: { F: { size: u8, e: 0, g: 1 } }\ntypes: { T: { t: time(bcd yyMMddHHmmss), x: u8 } }',
  ),
  'enumerations of odd names and numbers': binarySchema(
    `  m: { dir: both, id: 1, fields: { a: { type: i16, enum: E }, b: { type: u8, enum: { 'a b': 0, 'x-y': 1, toString: 2, class: 3 } }, c: { type: u32, enum: E2, open: true } } }`,
    'enums: { E: { minus: -1, zero: 0, top: 32767 }, E2: { max: 4294967295 } }',
  ),
  'comments and texts that could end the code around them': binarySchema(
    `  m:
    dir: both
    doc: "ends */ here \`and\` \${there}"
    id: 1
    fields:
      a: { type: u8, doc: "*/ x", unit: "*/ °C" }
      b: { type: str(u8), valid: { match: "^[^/\\\\\\\\]*(?:/|\\\\\\\\|')?$" } }`,
  ),
  'a trailing checksum, a constant, a counter and a plain element in the head': `wire: 1
protocol: { id: head, version: 1.0.0 }
defaults: { endian: little }
limits: { frame: 400, string: 300 }
session: { auth: none }
frame:
  split: { by: length, confirm: stop }
  layout:
    mark: { magic: "aa 55" }
    version: { type: u8, const: 3 }
    size: { type: u16, covers: size..crc }
    device: u32
    serial: { type: u8, role: serial }
    id: { type: u16be, role: id }
    body: body
    crc: { check: crc32, over: version..body }
    stop: { magic: "fe" }
messages:
  a: { dir: both, id: 0x0102, fields: { x: str(*) } }
  b: { dir: both, id: [0x0203, 0x0304], fields: { y: u32 } }
`,
  'a marker of two forms, and a rest that depends on a number': `wire: 1
protocol: { id: forms, version: 1.0.0 }
limits: { frame: 400, string: 200 }
session: { auth: none }
frame:
  split: { by: length }
  layout:
    form: { magic: { short: "aa", long: "ab" } }
    size: { type: { when: form, short: u8, long: u16 }, covers: id..body }
    id: { type: u8, role: id }
    body: body
  pick: { form: "size(body) > 100 ? long : short" }
enums: { Kind: { text: 1, pair: 2 } }
messages:
  a:
    dir: both
    id: 1
    fields:
      kind: { type: u8, enum: Kind, open: true }
      line: { type: str(*), if: kind == text }
      pair: { type: u16(2), if: kind == pair }
      other: { type: bytes(*), if: "!(kind == text || kind == pair)" }
`,
  'a checksum in front of what it covers': `wire: 1
protocol: { id: front, version: 1.0.0 }
limits: { frame: 400 }
session: { auth: none }
frame:
  split: { by: length }
  layout:
    crc: { check: crc16/modbus, over: size..body }
    size: { type: u16, covers: crc..body }
    id: { type: u8, role: id }
    body: body
messages:
  a: { dir: both, id: 1, fields: { x: bytes(*) } }
`,
  'a varint size that stands behind the id': `wire: 1
protocol: { id: behind, version: 1.0.0 }
limits: { frame: 1000 }
session: { auth: none }
frame:
  split: { by: length }
  layout:
    id: { type: u8, role: id }
    size: { type: varint, max: 2, covers: flag..sum }
    flag: u8
    body: body
    sum: { check: sum8, over: id..body, as: u16 }
messages:
  a: { dir: both, id: 1, fields: { x: bytes(*) } }
`,
  'elements that come and go, under a checksum': framed(
    `frame:
  split: { by: length }
  layout:
    flags: { bits: u8, fields: { long: 1, sub: 1, name: 1, spare: 5 } }
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    extra: { type: u16, if: flags.long }
    sub: { if: flags.sub, fields: { x: u8, y: f32, z: hex(2) } }
    name: { type: "str(flags.long ? 3 : 5)", if: flags.name }
    body: body
    tail: u8
    sum: { check: crc16/x25, over: flags..tail }`,
    '  m: { dir: both, id: 1, fields: { b: { type: u8, if: flags.long }, a: str(*) } }',
    'defaults: { text: ascii }',
  ),
  'elements that are there when they are given': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: has..body }
    has: { bits: u8, fields: { dev: 1, place: 1, spare: 6 }, auto: { dev: present(dev), place: present(place) } }
    dev: { type: u32, if: has.dev }
    place: { if: has.place, fields: { kind: { type: u8, enum: Kind }, at: time(u32 s), on: bool } }
    id: { type: u8, role: id }
    body: body`,
    '  m: { dir: both, id: 1, fields: { a: u8(u8) } }',
    'enums: { Kind: { a: 1, b: 2 } }',
  ),
  'flags in a layout, and fields that depend on them': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: f..body }
    f: { type: u8, flags: F }
    dev: { type: bcd(3), trim: left0, if: f.dev }
    id: { type: u8, role: id }
    body: body`,
    '  m: { dir: both, id: 1, fields: { a: { type: u16, if: f.more }, b: u8 } }',
    'flags: { F: { size: u8, dev: 0, more: 7 } }',
  ),
  'sizes of fields that the layout tells': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: form..body }
    form: { type: u8, enum: Form }
    n: { type: u8, valid: 0..9 }
    id: { type: u8, role: id }
    dev: { type: "bcd(form == short ? 2 : 3)", trim: left0 }
    body: body`,
    '  m: { dir: both, id: 1, fields: { a: "str(form == short ? 4 : 8)", b: u16(n), c: bytes(n + 1), d: { type: u8, if: form == Form.long } } }',
    'enums: { Form: { short: 1, long: 2 } }\ndefaults: { text: ascii }',
  ),
  'numbers around a body whose sign stands elsewhere': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..end }
    id: { type: u8, role: id }
    lat: { type: u32, scale: 1/1000, valid: -90..90, negative: "!pos.n" }
    whole: { type: u8, negative: pos.w }
    pos: { bits: u8, fields: { n: 1, w: 1, spare: 6 } }
    v: { type: u16, scale: 0.5 }
    body: body
    tail: { bits: u8, fields: { n: 1, spare: 7 } }
    serial: { type: u16, role: serial }
    end: { type: u16, scale: 0.1, negative: tail.n }`,
    '  n: { dir: down, id: [2, 3] }\n  m: { dir: both, id: 1, fields: { a: u8, low: { type: u8, negative: m.n }, m: { bits: u8, fields: { n: 1, spare: 7 } } } }',
    'unknown: { id: keep, body: keep }',
  ),
  'elements of a kept frame that can fail': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    name: { type: str(4), pad: "20", secret: true }
    body: body`,
    '  m: { dir: both, id: 1, fields: { a: u8 } }',
    'unknown: { id: keep, body: keep }\ndefaults: { text: ascii }',
  ),
  'nothing but warnings around a body of two forms': framed(
    `frame:
  split: { by: length }
  lenient: [attrs.n]
  layout:
    mark: { magic: { a: "01", b: "02" } }
    size: { type: { when: mark, a: u8, b: u16 }, covers: attrs..sum }
    attrs: { bits: u16, fields: { n: 10, spare: 6 }, auto: { n: size(body) } }
    id: { type: u8, role: id }
    count: { type: u8, auto: count(xs) }
    body: body
    sum: { check: xor8, over: size..body, bad: warn }
  pick: { mark: "size(body) > 200 ? b : a" }`,
    '  m: { dir: up, id: 1, fields: { xs: u8(count) } }\n  k: { dir: up, id: 2, fields: { xs: u16(count), y: u8 } }',
  ),
  'unknown frames of a way that no message goes': binarySchema(
    '  m: { dir: up, id: 1, fields: { a: u8 } }',
    'unknown: { id: keep, body: keep }',
  ),
  'a marker that alone says where a frame may begin': framed(
    `frame:
  split: { by: table, sizes: { 0x01: 5, 0x82: 4 } }
  layout: { mark: { magic: "aa" }, id: { type: u8, role: id }, body: body, sum: { check: sum8, over: id..body } }`,
    '  m: { dir: both, id: 1, fields: { a: u16 } }\n  k: { dir: both, id: { mask: 0xff, equals: 0x82, as: of }, fields: { a: u8 } }',
  ),
  'numbers that say who a frame is about, under two checksums': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u24le, covers: size..outer }
    src: { type: u16, role: identity }
    id: { type: u16, role: id, valid: 0x01..0x7f }
    body: body
    inner: { check: crc8/maxim, over: src..body }
    outer: { check: { width: 32, poly: 0x4c11db7, init: 0xffffffff }, over: size..inner, as: u32le }`,
    ANYTHING,
  ),
  'a wide number that says who a frame is about': framed(
    `frame:
  split: { by: length }
  layout: { size: { type: u16, covers: who..body }, who: { type: u64, role: identity }, id: { type: u8, role: id }, body: body }`,
    ANYTHING,
  ),
  'fields that ask whether elements around them are there': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: f..body }
    f: { bits: u8, fields: { x: 1, y: 1, z: 1, n: 5 } }
    number: { type: u16, if: f.x }
    text: { type: hex(2), if: f.y }
    group: { if: f.z, fields: { a: i16le, b: f32 } }
    id: { type: u8, role: id }
    body: body`,
    '  m: { dir: both, id: 1, fields: { a: { type: u8, if: present(number) }, b: { type: u8, if: "present(text) && !present(group)" }, c: { type: u8, if: "f.n > 9 || present(group)" }, d: u8 } }',
  ),
  'roles that come and go': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: f..body }
    f: { bits: u8, fields: { dev: 1, serial: 1, spare: 6 } }
    dev: { type: bcd(3), role: identity, trim: left0, if: f.dev }
    serial: { type: u16, role: serial, if: f.serial }
    id: { type: u8, role: id }
    body: body`,
    '  m: { dir: both, id: 1, fields: { a: { type: u16, none: 0xffff, if: f.dev }, b: u8 } }',
  ),
  'tagged booleans with bits to spare, and types that ask for more': binarySchema(
    '  m: { dir: both, id: 1, fields: { t: T(u8), s: sized(u8 S)(u8), b: { type: bool(u8), packed: lsb } } }',
    `types:
  S: { x: u8, y: { type: u8, if: more(1) } }
  T:
    tlv: { tag: u8, size: u8 }
    of:
      1: { name: p, type: bool(3), packed: lsb }
      2: { name: q, type: S }
      3: { name: r, fields: { n: { type: bool(u8), packed: lsb }, s: S } }`,
  ),
  'types with parameters in types with parameters': binarySchema(
    '  m: { dir: both, id: 1, fields: { a: Outer(u8)(2), b: Outer(u16), z: Outer(u8)(*) } }',
    'types: { Inner(w n): { id: w, v: n, s: str(w), l: n(w) }, Outer(w): { k: w, i: Inner(w u32), j: Inner(u8 w)(w) } }',
  ),
  'types that are given for parameters with sizes of their own': binarySchema(
    '  m: { dir: both, id: 1, fields: { a: Z(str(u8)), b: Z(u16(3))(2), d: Z(hex(2)), z: Z(bytes(*)) } }',
    'types: { Z(w): { k: u8, a: w } }',
  ),
  'conditions in lists, in types and in tagged items that ask for what stands around them': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { k: { type: u8, valid: 0..3 }, f: { bits: u8, fields: { x: 1, spare: 7 } }, l: G(u8), s: sized(u16 G)(u8), t: T(u16), u: G(until last == 1), v: P(u8)(u8), z: u8 }`,
    `types:
  G:
    last: u8
    mask: { bits: u8, fields: { spare: 6, a: 1, b: 1 }, auto: present }
    a: { type: bool(5), packed: lsb, if: mask.a }
    b: { bits: u16, fields: { hi: 4, lo: 12 }, if: mask.b }
    c: { type: varint, max: 3, default: 300, if: k == 1 }
    d: { type: str(u8), encoding: gbk, valid: { len: 1..5 }, default: ok, if: f.x }
    e: { type: str(u8), valid: { match: "^[a-z]{2,4}$" }, if: k == 2 }
    g: { type: svarint, if: k == 2 }
  T: { tlv: { tag: u8, size: u8, repeat: [b] }, of: { 1: { name: a, fields: { x: { type: u8, if: k == 1 }, y: u8 } }, 2: { name: b, type: N }, 3: { name: c, type: bool(3), packed: lsb } } }
  N: { p: { type: u8, if: f.x }, q: { type: bcd(2), default: "12ab" } }
  P(w): { n: { type: w, auto: count(xs) }, xs: R(n), s: str(w) }
  R: { k2: u8, m: { type: u16, none: 0xffff, if: k2 == 1 } }`,
  ),
  'tagged types with parameters, and parameters in tagged types': binarySchema(
    '  m: { dir: both, id: 1, fields: { t: T(u16)(u16), u: T(u8)(*) } }',
    `types:
  Pair(a b): { x: a, y: b }
  T(w):
    tlv: { tag: u8, size: u8, unknown: keep, repeat: [p] }
    of:
      1: { name: p, type: Pair(w u16) }
      2: { name: q, type: Pair(u32 i8)(2) }
      3: { name: r, type: Pair(u8 u8)(*) }
      4: { name: s, type: w }
      5: { name: t, fields: { a: sized(u8 Pair(w w)), b: u8 } }`,
  ),
  'what stands behind sizes of its own': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { a: sized(u8 S), b: sized(u16 S)(u8), c: sized(varint S)(2), d: sized(u8 P(u16))(u8), e: sized(u16 V(*)), z: sized(u8 S)(*) }`,
    'types: { S: { x: u8, s: str(u8) }, P(w): { k: w }, V: { tlv: { tag: u8, size: u8 }, of: { 1: { name: p, type: u16 } } } }',
  ),
  'texts up to a delimiter': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { a: cstr, b: "str(until '2c')", c: "str(until '0d 0a')", d: { type: "str(until 3b)", encoding: latin1 }, l: T(u8), z: cstr }`,
    'defaults: { text: ascii }\ntypes: { T: { s: cstr, t: "str(until \'7c 7c\')" } }',
  ),
  'booleans eight a byte': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { a: { type: bool(12), packed: lsb }, b: { type: bool(u8), packed: lsb }, n: { type: u16, auto: count(c) }, c: { type: bool(n), packed: lsb }, d: bool(3), z: u8 }`,
  ),
  'wide numbers and times of satellites': binarySchema(
    `  m:
    dir: both
    id: 1
    fields: { a: u56, b: i56le, c: { type: u56, as: bigint }, d: { type: i56, as: bigint }, t: time(gps week tow), l: T(u8), o: { type: time(gps week tow), if: more(6) } }`,
    'types: { T: { t: time(gps week tow), n: { type: u16, none: 0xffff }, m: { type: i8, none: -128 } } }',
  ),
  'values that mean nothing, in items': binarySchema(
    '  m: { dir: both, id: 1, fields: { a: N, l: N(u8), z: N(*) } }',
    'types: { N: { a: { type: u16, none: 0xffff }, b: { type: i16, none: -32768, scale: 0.1 } } }',
  ),
  'lists, digits and tagged items that come and go with what tells how many there are': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      f: { bits: u8, fields: { a: 1, b: 1, c: 1, d: 1, spare: 4 } }
      n: { type: u8, auto: count(a) }
      a: { type: u16(n), if: f.a }
      l: { type: u8, auto: count(lazy) }
      lazy: { type: S(l), if: f.b, lazy: true }
      t: { type: u8, auto: size(tags) }
      tags: { type: T(t), if: f.c }
      own: { type: u8, auto: count(b) }
      b: { type: u8(u8), if: f.d }
      z: u8`,
    `types:
  S: { x: u8, y: u16 }
  T: { tlv: { tag: u8, size: u8 }, of: { 1: { name: one, type: u8 }, 2: { name: two, type: str(*) } } }`,
  ),
  'defaults of every type': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      a: { type: varint, default: 300 }
      b: { type: f32, default: 0.5, valid: -1..200 }
      c: { type: bool, default: true }
      d: { type: bcd(2), default: "1234" }
      e: { type: hex(2), default: cafe }
      g: { type: i64, as: bigint, default: -1 }
      h: { type: str(u8), default: ok }
      i: { type: svarint, default: -1 }`,
  ),
  'ids by mask, by list and alone':
    binarySchema(`  a: { dir: both, id: { mask: 0xf0, equals: 0x30, as: channel }, fields: { xs: u8(u8), s: str(*) } }
  b: { dir: both, id: 0x35, fields: { x: u8 } }
  c: { dir: both, id: [0x40, 0x41], fields: { x: u16 } }
  d: { dir: both, id: { mask: 0x80, equals: 0x80, as: base } }`),
  'messages of one id, told apart by the layout': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: v..body }
    v: { bits: u8, fields: { new: 1, kind: 7 } }
    id: { type: u8, role: id }
    body: body`,
    `  a: { dir: both, id: 1, when: v.new, fields: { x: u8 } }
  b: { dir: both, id: 1, when: "!v.new && v.kind > 60", fields: { y: u16 } }
  c: { dir: both, id: [1, 2], fields: { z: u24 } }`,
  ),
  'rules over fields, elements and enumerations': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: n..body }
    n: u8
    id: { type: u8, role: id }
    body: body`,
    `  m:
    dir: both
    id: 1
    fields: { a: u8, b: { type: u8, enum: { x: 1, y: 2 } }, xs: u8(u8) }
    rules: ["a > 3 || b == y", "n != a", "count(xs) < 6"]`,
  ),
  'a flag, and every byte escaped that could be taken for it': framed(
    `frame:
  split: { by: flag, flag: "7e", shared: true, empty: skip }
  escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }
  layout:
    id: { type: u8, role: id }
    f: { bits: u16, fields: { on: 1, size: 15 }, auto: { on: present(x), size: size(body) } }
    x: { type: u16, if: f.on }
    body: body
    sum: { check: crc16/x25, over: id..body }`,
    ANYTHING,
  ),
  'flags at both ends, three bytes escaped': framed(
    `frame:
  split: { by: flag, flag: "c0" }
  escape: { lead: "db", map: { "dc": "c0", "dd": "db", "de": "11" } }
  layout: { id: { type: u8, role: id }, body: body, sum: { check: sum8, over: id..body } }`,
    ANYTHING,
  ),
  'parts of messages, with nothing that only the connection knows': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: attrs..body }
    attrs: { bits: u8, fields: { spare: 7, split: 1 }, auto: { split: present(part) } }
    id: { type: u8, role: id }
    part: { if: attrs.split, fields: { total: u16, index: u16 } }
    body: body
fragments: { when: attrs.split, key: id, index: part.index, total: part.total, join: body }`,
    ANYTHING,
  ),
  'an element that a bit calls for, beside bits that the encoder finds': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: attrs..body }
    attrs: { bits: u8, fields: { spare: 2, far: 1, rest: 4, split: 1 }, auto: { split: present(part), rest: size(id..part) } }
    to: { type: u32, if: attrs.far }
    id: { type: u8, role: id }
    part: { type: u16, if: attrs.split }
    body: body`,
    ANYTHING,
  ),
  'parts of messages, with two sizes in one number': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: attrs..sum }
    attrs: { bits: u16, fields: { head: 4, room: 8, spare: 3, split: 1 }, auto: { split: present(part), head: size(id..part), room: size(serial..sum) } }
    id: { type: u8, role: id }
    part: { if: attrs.split, fields: { total: u16, index: u16 } }
    serial: { type: u16, role: serial }
    body: body
    sum: { check: crc16/x25, over: attrs..body }
fragments: { when: attrs.split, key: [id, serial - part.index + 1], index: part.index, total: part.total, join: body }`,
    ANYTHING,
  ),
  slip: framed(
    `frame:
  split: { by: slip }
  layout: { id: { type: u8, role: id }, serial: { type: u16, role: serial }, body: body, sum: { check: crc16/x25, over: id..body } }`,
    ANYTHING,
  ),
  cobs: framed(
    `frame:
  split: { by: cobs }
  layout: { id: { type: u8, role: id }, body: body, sum: { check: crc16/arc, over: id..body } }`,
    ANYTHING,
  ),
  'digits of hexadecimal, up to a semicolon': framed(
    `frame:
  split: { by: hex, end: "';'" }
  layout: { id: { type: u8, role: id }, body: body, sum: { check: lrc, over: id..body } }`,
    ANYTHING,
  ),
  'frames of one size': framed(
    `frame:
  split: { by: fixed, size: 6 }
  layout: { id: { type: u8, role: id }, body: body, sum: { check: xor8, over: id..body } }`,
    '  m: { dir: both, id: 0x11, fields: { a: u32 } }\n  n: { dir: both, id: 0x12, fields: { a: u16, b: i16 } }',
  ),
  'frames whose id tells the size': framed(
    `frame:
  split: { by: table, sizes: { 0x01: 4, 0x02: 9 } }
  layout: { id: { type: u8, role: id }, body: body, sum: { check: crc8/maxim, over: id..body } }`,
    '  m: { dir: both, id: 1, fields: { a: u16 } }\n  n: { dir: both, id: 2, fields: { a: u32, b: bytes(3) } }',
  ),
  'shapes that are called up, down and as functions of both': framed(
    `frames:
${SHAPES.map(
  (name, i) => `  ${name}:
    when: { is: "a${i}" }
    split: { by: length }
    layout: { mark: { magic: "a${i}" }, size: { type: u8, covers: kind..body }, kind: u8, body: body }
    message: m${i}`,
).join('\n')}`,
    ['up', 'down', 'shape_up', 'any'].map((_, i) => `  m${i}: { dir: both, fields: { a: u16(u8) } }`).join('\n'),
  ).replace('frame: 1KiB', 'frame: 250'),
  'a protocol that is called as what decodes a field later': binarySchema(
    '  m: { dir: both, id: 1, fields: { log: { type: str(u8), lazy: true } } }',
    '',
    'later-log',
  ),
  'a protocol that is called as the reader of a message': binarySchema(
    '  unknownFrame: { dir: both, id: 1, fields: { e: { type: u8, enum: { one: 1 } } } }\n  odd: { dir: both, id: 2 }',
    'unknown: { id: keep }',
    'read-odd',
  ),
  'two shapes in both directions': framed(
    `frames:
  short:
    when: { is: "aa" }
    split: { by: length }
    layout: { mark: { magic: "aa" }, size: { type: u8, covers: id..sum }, id: { type: u8, role: id }, body: body, sum: { check: sum8, over: mark..body } }
  long:
    when: { is: "bb 66" }
    split: { by: length }
    layout: { mark: { magic: "bb 66" }, size: { type: u16, covers: kind..sum }, kind: u8, body: body, sum: { check: crc16/arc, over: mark..body } }
    message: big`,
    '  m: { dir: both, id: 1, fields: { a: u16(u8) } }\n  n: { dir: both, id: 2 }\n  big: { dir: both, fields: { a: u16(u8) } }',
  ).replace('frame: 1KiB', 'frame: 250'),
  'lines: templates of odd texts': `wire: 1
protocol: { id: lines, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
frame: { split: { by: line, empty: skip }, emit: "0a" }
messages:
  quotes: { dir: both, text: "'\\"\`$\\\\ \${a}", fields: { a: word } }
  line: { dir: both, text: "line {line} {text} {b}", fields: { line: word, text: word, b: rest } }
  end: { dir: both, text: "[{a}] = {b};", fields: { a: rest, b: word } }
  fixed: { dir: both, text: "/it's" }
  other: { dir: both, text: "{rest}", fields: { rest: rest }, otherwise: true }
`,
  'lines: values of every kind in templates': `wire: 1
protocol: { id: kinds, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
types: { Spot: { text: "{lat} {h}", fields: { lat: dm(2), h: { type: char, in: NS } }, as: degrees } }
frame: { split: { by: line, empty: skip } }
messages:
  move: { dir: both, text: "mv {x} {y}", fields: { x: int, y: { type: dec } } }
  flip: { dir: both, text: "mv {side}", fields: { side: { type: chars(*), enum: { left: L, right: R R, toString: x } } } }
  code: { dir: both, text: "{a}{b}-{c}.", fields: { a: char, b: chars(3), c: chars(*) } }
  when: { dir: both, text: "at {day} {clock}!", fields: { day: date(ddMMyy), clock: time(hhmmss.sss) } }
  moment: { dir: both, text: "on {long} {short}", fields: { long: time(yyyyMMddHHmmss), short: time(yyMMddHHmmss) } }
  spot: { dir: both, text: "spot {at}", fields: { at: Spot } }
  fixed: { dir: both, text: "v{major}.{minor}", fields: { major: { type: int, const: 3 }, minor: { type: int, default: 7, valid: 0..9 } } }
  named: { dir: both, text: "n {n} {flag}", fields: { n: { type: int, enum: { one: 1, two: -2 }, open: true }, flag: { type: char, in: "yn", default: y } } }
  other: { dir: both, text: "{rest}", fields: { rest: rest }, otherwise: true }
`,
  'lines: what can hold the space that follows it': `wire: 1
protocol: { id: spaces, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
types: { Q: { text: "<{a}>", fields: { a: chars(*) } } }
frame: { split: { by: line, empty: skip } }
messages:
  one: { dir: both, text: "one {a} {b}", fields: { a: chars(*), b: int } }
  two: { dir: both, text: "two {q} {z}", fields: { q: Q, z: int } }
  three: { dir: both, text: "three {c} {z}", fields: { c: { type: chars(*), enum: { up: U, down: D-D } }, z: word } }
`,
  'lines of one message in each direction': `wire: 1
protocol: { id: plain, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line } }
messages:
  all: { dir: up, text: "{rest}", fields: { rest: rest } }
  fixed: { dir: down, text: "hello" }
`,
  'templates between markers that are no line ends': `wire: 1
protocol: { id: markers, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
frame: { split: { by: until, end: ["'##'", "'#'"], empty: skip }, emit: "'##'" }
messages:
  put: { dir: both, text: "put {key}={value}", fields: { key: word, value: rest } }
  other: { dir: both, text: "{rest}", fields: { rest: rest }, otherwise: true }
`,
  'columns of every kind': columnSchema(
    `  all:
    dir: both
    id: all
    fields:
      a: int
      b: { type: dec, optional: true, valid: -1000..1000.5 }
      c: word
      d: { type: chars(*), optional: true }
      e: { type: char, in: xyz, optional: true }
      f: { type: At, optional: true }
      g: At
      h: { type: Pair, optional: true }
      i: Pair
      j: time(hhmmss.sss)
      k: { type: date(ddMMyy), optional: true }
      l: { type: int, const: 5 }
      m: { type: chars(2), const: ok, optional: true }
      n: { type: int, enum: E, optional: true }
      o: { type: word, enum: { one: "1", "two words": two, constructor: c } }
      p: { type: int, valid: 0..9, default: 3 }
      q: { type: dm(3), optional: true }
      r: { type: time(yyyyMMddHHmmss), optional: true }
      s: time(yyMMddHHmmss)
      z: rest
    derive: { at: "join(k, j)" }
  few: { dir: both, id: [f1, f2], fields: { text: { type: word, optional: true }, start: { type: int, optional: true } } }
  none: { dir: both, id: none }
  groups: { dir: both, id: groups, fields: { n: int, list: { group: { o: int, e: { type: word, optional: true }, end: { type: At, optional: true } }, repeat: 1..3 }, body: { type: int, optional: true } } }
  fixed: { dir: both, id: fixed, fields: { list: { group: { value: { type: int, optional: true } }, repeat: 2..2 }, x: { type: int, optional: true } } }`,
    `enums: { E: { low: -1, high: 1 } }
types:
  At: { text: "{v},{h}", fields: { v: dm(2), h: { type: char, in: EW } }, as: degrees }
  Pair: { text: "{x}/{y},{z}", fields: { x: int, y: { type: word, valid: { len: 1..5 } }, z: { type: char, enum: { a: A, b: B } } } }`,
  ),
  'columns in lines, some missing, with other elements around': columnSchema(
    `  m: { dir: both, id: M, fields: { a: int, b: { type: word, optional: true }, list: { group: { x: { type: int, optional: true }, y: { type: word, optional: true } }, repeat: 0..5 }, c: { type: int, optional: true } } }`,
    'unknown: { id: keep, body: keep }',
    `  split: { by: line }
  emit: "0a"
  text: "{id}:{level} {v}[{body}]{sum}{more}"
  layout:
    id: { type: chars(1), role: id }
    level: { type: int, valid: 0..7, default: 5 }
    v: { type: chars(2), const: v1 }
    body: { csv: true, short: allow }
    sum: { check: sum8, over: id..body, as: hex2, bad: warn }
    more: { type: char, valid: { match: "^[a-z]$" }, bad: warn }`,
  ),
  'names for varints': binarySchema(
    `  m:
    dir: both
    id: 1
    fields:
      a: { type: varint, enum: Kind }
      b: { type: varint, max: 2, enum: Kind, open: true }
      c: { type: svarint, enum: { less: -3, more: 300 }, open: true }
      d: { type: varint, enum: Kind, if: a == wide }
      e: { type: svarint, enum: { down: -70, up: 70 }, default: up }
      f: { type: str(*), if: a != wide }`,
    'enums: { Kind: { plain: 0, wide: 200 } }',
  ),
  'ids of several bytes, behind a size and flags': framed(
    `frame:
  split: { by: length }
  layout:
    size: { type: varint, covers: flags..crc }
    flags: { bits: u8, fields: { long: 1, spare: 7 }, auto: { long: present(more) } }
    id: { type: varint, role: id }
    more: { type: u16, if: flags.long }
    serial: { type: u16, role: serial }
    body: body
    crc: { check: crc16/modbus, over: flags..body }`,
    `  a: { dir: both, id: 1, fields: { a: bytes(*) } }
  b: { dir: both, id: [127, 128, 16383, 16384], fields: { a: str(u8) } }
  c: { dir: both, id: { mask: 0xfff0000, equals: 0xabc0000, as: low }, fields: { a: u16 } }
  d: { dir: both, id: 268435455, fields: { a: u16 } }`,
    'unknown: { id: keep }',
  ),
  'ids of several bytes, between flags': framed(
    `frame:
  split: { by: flag, flag: "7e", shared: true, empty: skip }
  escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }
  layout:
    id: { type: varint, max: 2, role: id }
    body: body
    sum: { check: xor8, over: id..body }`,
    `  a: { dir: both, id: 5, when: "id == 5", fields: { a: bytes(*) } }
  b: { dir: both, id: [300, 301], fields: { a: str(u8), b: { type: u8, if: id == 300 } } }`,
  ),
  'a size that is some bits of a number, which counts itself': bitSized(
    'head: { bits: u16le, fields: { secret: 1, part: 1, size: 14 }, auto: { part: present(part), size: size(head..crc) } }',
  ),
  'a size in the lowest bits of three bytes, of what follows': bitSized(
    'head: { bits: u24, lsb: true, fields: { size: 11, part: 1, more: 12 }, auto: { part: present(part), size: size(id..body) } }',
  ),
  'numbers in hexadecimal digits, and names for their bits, in columns and names with values': columnSchema(
    ['columns', 'kv'].map(form => `  ${form}: { dir: both, id: ${form}, fields: { ${HEX_FIELDS} } }`).join('\n'),
    HEX_TYPES,
    `  split: { by: until, start: "'$'", end: "'#'" }
  text: "\${level}{id} {body}"
  layout:
    level: { type: hexint(2 lower), valid: 0..0x7f, default: 5 }
    id: { type: word, role: id }
    body: { kv: true }`,
  ),
  'the same in columns': columnSchema(
    `  m: { dir: both, id: m, fields: { ${HEX_FIELDS}, list: { group: { a: hexint(4), state: { type: hexint(4), flags: Keys } }, repeat: 0..3 } } }`,
    HEX_TYPES,
  ),
  'the same in JSON': columnSchema(
    `  m: { dir: both, id: m, fields: { ${HEX_FIELDS}, list: { group: { a: hexint(4), state: { type: hexint(4), flags: Keys } }, repeat: 0..3 } } }`,
    HEX_TYPES,
    '  split: { by: json }\n  layout: { body: { json: true, id: t } }',
  ),
  'the same in templates, one behind the other': columnSchema(
    `  m:
    dir: both
    text: "m{a}{b}-{c}/{d}{e}{f}{g}:{h}"
    fields:
      a: hexint(4)
      b: { type: hexint(4 lower), flags: Keys }
      c: hexint
      d: { bits: hexint(3), fields: { on: 1, spare: 7, level: 4 } }
      e: { type: hexint(2), enum: Mode }
      f: { type: hexint(2), enum: { low: 1, high: 0xff }, open: true }
      g: { type: hexint(1), const: 10 }
      h: { type: int, flags: Wide }
  n: { dir: both, text: "n{a};{b}", fields: { a: word, b: Mixed } }`,
    `${HEX_TYPES}  Mixed: { text: "{x}.{y}", fields: { x: { type: hexint(4), flags: Keys }, y: { bits: hexint(8), fields: { a: 31, b: 1 } } } }`,
    '  split: { by: line }',
  ),
  'names and values': columnSchema(
    `  m:
    dir: both
    id: m
    fields:
      a: int
      text: { type: rest, optional: true }
      start: rest
      c: { type: At, optional: true }
      pairs: { type: word, optional: true }
      d: { type: char, enum: { on: "1", off: "0" }, default: off }
      e: { type: int, const: 3, optional: true }
      f: { type: dec, optional: true }
      k: { type: date(ddMMyy), optional: true }
      j: { type: time(hhmmss.sss), optional: true }
    derive: { at: "join(k, j, UTC)" }
  none: { dir: both, id: n }`,
    `types: { At: { text: "{v},{h}", fields: { v: dm(2), h: { type: char, in: NS } }, as: degrees } }`,
    `  split: { by: until, end: "0d 0a" }
  text: "{id}?{body}*{sum}"
  layout:
    id: { type: chars(*), role: id }
    body: { kv: { pair: " & ", equals: "=" } }
    sum: { check: xor8, over: body, as: hex2, missing: allow }`,
  ),
  'columns between bars, several values in one, groups that are counted, and one id for three': columnSchema(
    `  m:
    dir: both
    id: [m, o]
    fields:
      n: { type: hexint, auto: count(list) }
      k: { type: int, optional: true, auto: count(more) }
      list: { group: { a: dec, b: { type: Lat, none: "-" } }, repeat: n }
      more: { group: { c: { type: word, none: none }, d: { type: int, between: "/", optional: true } }, repeat: k }
      times: { type: time(yy-MM-dd HH:mm), between: ";" }
      dates: { type: date(yyyy.MM.dd), between: ",", optional: true }
      pairs: { type: Pair, between: "/", optional: true }
      clock: { type: time(HH:mm:ss), none: "--:--:--" }
      lat: { type: Lat, none: NA }
      spaced: { type: dec, trim: spaces, default: 2.5 }
  n: { dir: both, id: m, otherwise: true, fields: { a: { type: chars(*), between: ",", optional: true }, b: { type: rest, optional: true } } }
  p: { dir: both, id: [m, p], otherwise: true }`,
    'types: { Lat: { text: "{v}|{h}", fields: { v: dm, h: { type: char, in: NS } }, as: degrees }, Pair: { text: "{a}={b}", fields: { a: chars(*), b: int } } }',
    `  split: { by: until, start: "'#'", end: ["0a", "0d0a"] }
  spelling: keep
  text: "#{id}:{body}"
  layout: { id: { type: word, role: id }, body: { csv: { between: "|" }, short: allow, missing: allow } }`,
  ),
  'columns whose spelling is kept': columnSchema(
    '  m: { dir: both, id: m, fields: { a: dec, b: { type: time(hhmmss.sss), optional: true }, pass: { type: word, secret: true } } }\n  n: { dir: down, id: [n, o] }',
    '',
    `${COLUMNS}\n  spelling: keep`,
  ),
  'bytes, and words in a layout, on one connection': framed(
    `frames:
  bytes: { when: { is: "00" }, split: { by: length }, layout: { start: { magic: "00" }, size: { type: u8, covers: id..body }, id: { type: u8, role: id }, body: body } }
  words: { split: { by: line }, spelling: keep, text: "{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true } } }`,
    '  m: { dir: both, id: 0x01, fields: { a: u8 } }\n  n: { dir: both, id: n, fields: { a: int } }\n  seven: { dir: both, id: "7", fields: { a: int } }',
  ).replace('frame: 1KiB', 'frame: 257'),
  'JSON, one object after the other': columnSchema(
    `  m:
    dir: both
    id: m
    fields:
      a: int
      json: { type: rest, optional: true }
      start: word
      b: { type: bool, optional: true }
      c: { type: dec, valid: -5..5, default: 1.5 }
      d: { type: chars(*), enum: { on: "1", off: "0" }, optional: true }
      e: { type: int, enum: { one: 1, two: 2 }, open: true }
      f: { type: char, in: xy, optional: true }
      g: { type: rest, const: here }
      h: { type: time(hhmmss.sss), optional: true }
      i: { type: date(ddMMyy), optional: true }
      moment: { type: time(yyyyMMddHHmmss), optional: true }
      list: { group: { item: int, inner: { type: rest, optional: true }, flag: { type: bool, optional: true } }, repeat: 0..4 }
    derive: { at: "join(i, h)" }
  none: { dir: both, id: "no ne" }`,
    '',
    `  split: { by: json }
  layout: { body: { json: true, id: type } }`,
  ),
  'JSON in lines, behind a version': columnSchema(
    `  m: { dir: both, id: m, fields: { name: word, tags: { group: { tag: word }, repeat: 1..3, optional: true } } }`,
    'unknown: { id: keep }',
    `  split: { by: line }
  text: "v{v}: {body}"
  layout: { v: { type: int, valid: 1..9 }, body: { json: true, id: kind } }`,
  ),
  'text whose names are those of the functions around it': `wire: 1
protocol: { id: text-frame, version: 1.0.0 }
session: { auth: none }
unknown: { id: keep }
frame:
  split: { by: line }
  text: "{id},{body}*{sum}"
  layout:
    id: { type: word, role: id }
    body: { csv: true }
    sum: { check: xor8, over: id..body, as: hex2, bad: warn }
messages:
  frame: { dir: both, id: frame, fields: { n: int } }
  warningsFrame: { dir: both, id: w, fields: { textFrame: int, unknownFrame: int, warningsFrame: int, composeFrame: int } }
  textFrame: { dir: both, id: t, fields: { warnings: int, text: int } }
`,
  'lines of one byte a character, with telnet': `wire: 1
protocol: { id: latin, version: 1.0.0 }
defaults: { text: latin1 }
limits: { frame: 200 }
session: { auth: none }
frame: { split: { by: line, end: any }, filter: [telnet-iac, backspace] }
messages:
  say: { dir: both, text: "> {line}", fields: { line: rest } }
`,
  'types of text that end in anything, in columns': textual(
    ID_AND_BODY('csv: true, short: allow'),
    '  m: { dir: both, id: M, fields: { x: Q, y: { type: C, optional: true }, z: P, g: { group: { q: { type: Q, optional: true } }, repeat: 0..2 } } }',
    OPEN_TYPES,
  ),
  'the same behind names': textual(
    ID_AND_BODY('kv: true'),
    '  m: { dir: both, id: M, fields: { x: Q, y: { type: C, optional: true }, z: P, w: { type: D, optional: true } } }',
    OPEN_TYPES,
  ),
  'the same in templates': textual(
    '  split: { by: line }',
    '  m: { dir: both, text: "m {a}+{b}", fields: { a: Q, b: P } }\n  n: { dir: both, text: "n {a}", fields: { a: D } }',
    OPEN_TYPES,
  ),
  'elements behind a body that can hold what ends it': textual(
    `  split: { by: line }
  text: "{id},{body}--{x};{y}"
  layout: { id: { type: word, role: id }, body: { csv: true }, x: chars(*), y: chars(*) }`,
    '  m: { dir: both, id: M, fields: { z: rest } }',
  ),
  'names and values between two characters': textual(
    `  split: { by: line }
  text: "{who}::{id}?{body}"
  layout: { who: chars(*), id: { type: word, role: id }, body: { kv: { pair: "&&", equals: "==" } } }`,
    '  m: { dir: both, id: M, fields: { x: { type: rest, optional: true }, y: { type: chars(*), optional: true }, z: { type: word, optional: true } } }',
  ),
  'lines of Chinese': textual(
    '  split: { by: line, empty: skip }\n  filter: [backspace]',
    `  m: { dir: both, text: "a {x} {y}", fields: { x: word, y: rest } }
  n: { dir: both, text: "{y}", fields: { y: rest }, otherwise: true }`,
    undefined,
    'gbk',
  ),
  'columns of Chinese under a checksum, whose places are counted in bytes': textual(
    `  split: { by: until, end: "'#'" }
  text: "{who}:{id},{body}*{sum}"
  layout: { who: word, id: { type: word, role: id }, body: { csv: true, short: allow }, sum: { check: xor8, over: id..body, as: hex2 } }`,
    '  m: { dir: both, id: M, fields: { x: word, y: int, z: { type: rest, optional: true } } }',
    undefined,
    'gbk',
  ),
  'JSON in lines of Chinese': textual(
    '  split: { by: line }\n  layout: { body: { json: true, id: t } }',
    LETTERS_IN_JSON,
    undefined,
    'gbk',
  ),
  'JSON of one byte a character, up to a character that it may have to escape': textual(
    `  split: { by: until, start: "'$'", end: "'#'" }
  text: "\${body}"
  layout: { body: { json: true, id: t } }`,
    LETTERS_IN_JSON,
    undefined,
    'latin1',
  ),
  'JSON in lines that can be edited, with telnet': textual(
    '  split: { by: line }\n  filter: [telnet-iac, backspace]\n  layout: { body: { json: true, id: t } }',
    LETTERS_IN_JSON,
    undefined,
    'latin1',
  ),
};
