/** Small schemas that are hard on a generator: names that collide, shapes that are rare, everything at its edge. */

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
  'lines of one byte a character, with telnet': `wire: 1
protocol: { id: latin, version: 1.0.0 }
defaults: { text: latin1 }
limits: { frame: 200 }
session: { auth: none }
frame: { split: { by: line, end: any }, filter: [telnet-iac, backspace] }
messages:
  say: { dir: both, text: "> {line}", fields: { line: rest } }
`,
};
