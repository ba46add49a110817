/** Schemas with mistakes in them, and what is said of each. */

/** The frame of most of them: a size, an id, a body. */
const FRAME = `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    body: body`;

/** Line 5 is the first line of `body`. */
export function binary(body: string, frame = FRAME): string {
  return `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
limits: { frame: 4KiB }
${body}
${frame}
`;
}

/** A message with these fields; they begin at 5:44. */
export const fields = (list: string): string => binary(`messages: { m: { dir: up, id: 1, fields: { ${list} } } }`);

export const lines = (messages: string): string => `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line } }
messages:
${messages}
`;

/** A tagged type; its keys begin at 5:22, its items at 5:49 if those are `tag: u8, size: u8`. */
export const tagged = (of: string, tlv = 'tag: u8, size: u8', list = 't: T(*)'): string =>
  binary(`types: { T: { tlv: { ${tlv} }, of: { ${of} } } }\nmessages: { m: { dir: up, id: 1, fields: { ${list} } } }`);

const ONE = 'messages: { m: { dir: up, id: 1 } }';
const LINE = 'messages: { m: { dir: up, text: hi } }';
const TEMP = '1: { name: temp, type: u8 }';
const LAYOUT = 'layout: { id: { type: u8, role: id }, body: body }';

/** A frame with these keys, in line 6. */
const shape = (keys: string, messages = ONE): string => binary(messages, `frame: { ${keys} }`);

/** Several frames, in line 6. */
const shapes = (keys: string, messages = ONE): string => binary(messages, `frames: { ${keys} }`);

/** A frame with these elements in front of its body, from 6:110. */
const layout = (elements: string): string =>
  shape(
    `split: { by: length }, layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, ${elements}, body: body }`,
  );

/** Title, schema, and what is said, in full and in order. */
type Mistake = readonly [title: string, schema: string, said: readonly string[]];

export const mistakes: readonly Mistake[] = [
  [
    'a misspelt key',
    fields('t: { type: i16, scael: 0.1 }'),
    ['5:60 UNKNOWN_KEY unknown key "scael" in field t / did you mean "scale"?'],
  ],
  ['a type of another language', fields('a: uint16'), ['5:47 UNKNOWN_TYPE unknown type "uint16" / u16']],
  ['a type with a slip', fields('a: varimt'), ['5:47 UNKNOWN_TYPE unknown type "varimt" / varint']],
  [
    'a field twice',
    fields('lat: u8, lat: u16'),
    ['5:53 DUPLICATE_NAME field "lat" is declared twice in message m, first at 5:44'],
  ],
  [
    'a name that cannot be one',
    fields('a-b: u8'),
    ['5:44 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB'],
  ],
  ['an unreadable type', fields('"a": "u8("'), ['5:49 BAD_TYPE cannot read the type "u8(": a bracket is not closed']],
  [
    'bits that do not fill their number',
    fields('f: { bits: u16, fields: { a: 15 } }'),
    ['5:55 BITS_FILL bits: u16 needs 16 bits, fields give 15 / spare: 1'],
  ],
  [
    'a name that is decoded later',
    fields('a: { type: u8, if: b == 1 }, b: u8'),
    ['5:63 LATE_NAME if: uses "b", which is decoded later (5:73) / move "b" before "a"'],
  ],
  [
    'an unknown name in an expression',
    fields('flag: u8, a: { type: u8, if: flog == 1 }'),
    ['5:73 UNKNOWN_NAME unknown name in if: "flog" / did you mean "flag"?'],
  ],
  [
    'an unknown bit',
    fields('m: { bits: u8, fields: { on: 1, spare: 7 } }, a: { type: u8, if: m.onn }'),
    ['5:109 UNKNOWN_NAME if: "m" has no "onn" / did you mean "on"?'],
  ],
  [
    'an unreadable expression',
    fields('a: { type: u8, if: "1 +" }'),
    ['5:63 BAD_EXPRESSION cannot read the expression "1 +": the expression ends too early'],
  ],
  [
    'a size that nothing tells when encoding',
    fields('len: u8, line: str(len)'),
    ['5:44 NOT_INVERTIBLE cannot encode "len": nothing tells its value / auto: size(line)'],
  ],
  [
    'a scale that does not fit',
    fields('t: { type: i8, scale: 0.1, valid: -40..200 }'),
    ['5:78 LOSSY_SCALE scale 0.1 with valid -40..200 does not fit i8 (-12.8..12.7)'],
  ],
  [
    'an unknown enumeration',
    binary('enums: { Kind: { a: 1 } }\nmessages: { m: { dir: up, id: 1, fields: { a: { type: u8, enum: Kond } } } }'),
    ['6:65 UNKNOWN_NAME unknown enumeration "Kond" / did you mean "Kind"?'],
  ],
  [
    'operands that are no numbers',
    fields(
      `f: { bits: u8, fields: { on: 1, spare: 7 } }, l: u8(u8), s: str(u8), w: u64, c: { type: u8, const: 4 }, n: { type: u8, negative: f.on },
    o: { type: u8, if: f }, p: { type: u8, if: l > 1 }, q: { type: u8, if: s == 2 }, r: { type: u8, if: s }, t: { type: u8, if: w > 3 },
    v: { type: u8, if: c == 4 }, x: { type: u8, if: n < 0 }, y: { type: u8, if: count(s) > 1 }, z: { type: u8, if: "s == 'a' && w == 3 && count(l) > 1" }`,
    ),
    [
      '6:24 BAD_OPERAND if: "f" is no number / f.on',
      '6:48 BAD_OPERAND if: "l" is no number / count(l), present(l)',
      '6:76 BAD_OPERAND if: "s" is text, and 2 is none',
      '6:105 BAD_OPERAND if: "s" is text, which is no number / name == \'text\' compares it',
      '6:129 BAD_OPERAND if: "w" can be more than a number holds / u48 or less',
      '7:24 BAD_OPERAND if: "c" is always 4 / 4',
      '7:53 LATE_NAME if: uses "n", whose sign "f.on" is put to it when all has been read / rules can ask for it',
      '7:81 BAD_OPERAND if: "s" is no list, so it has no count',
    ],
  ],
  [
    'operands of answers, which are looked at last',
    binary(
      `messages:
  m:
    dir: up
    id: 1
    fields: { l: u8(u8), k: { type: u8, enum: { one: 1 } } }
    reply: { send: r, with: { a: l + 1, b: k + 1 } }
  r: { dir: down, id: 2, fields: { a: u8, b: u8, c: u8 } }`,
    ),
    [
      '10:34 BAD_OPERAND with a: "l" is no number / count(l), present(l)',
      '10:44 BAD_OPERAND with b: "k" is text, which is no number / name == \'text\' compares it',
    ],
  ],
  [
    'operands of what ends a list',
    binary(
      `types: { T: { a: u8, s: str(u8) } }
messages:
  m:
    dir: up
    id: 1
    fields: { l: u8(u8), ts: T(until s == 1) }`,
    ),
    ['10:30 BAD_OPERAND until: "s" is text, and 1 is none'],
  ],
  [
    'answers that nobody can add to, without a field that they must have',
    binary(
      `unknown: { reply: r }
messages:
  a: { dir: up, id: 1, heartbeat: { every: 9s, reply: r } }
  b: { dir: up, id: 2, fields: { x: u8 }, reply: { send: r, mode: auto, with: { a: x } } }
  c: { dir: up, id: 3, fields: { x: { type: u8, valid: 1..3, bad: reply(r 4) } }, reply: { send: r } }
  d: { dir: up, id: 4, fields: { x: u8 }, reply: { send: s, mode: auto } }
  e: { dir: up, id: 5, fields: { x: u8 }, heartbeat: { every: 9s, reply: r, with: { a: x, l: x } } }
  r: { dir: down, id: 9, fields: { a: u8, l: u8(u8) } }
  s: { dir: down, id: 10, fields: { a: { type: u8, default: 1 }, b: { type: u8, const: 2 }, c: { type: u8, none: 0 }, d: { type: u8, if: a > 1 } } }
  f: { dir: up, id: 6, fields: { st: { bits: u8, fields: { on: 1, spare: 7 } } }, heartbeat: { every: 9s, reply: t } }
  t: { dir: down, id: 11, fields: { st: { bits: u8, fields: { on: 1, spare: 7 } } } }`,
    ),
    [
      '5:19 ANSWER_LACKS unknown.reply: nothing tells "a", "l" of "r" / a default for it',
      '7:55 ANSWER_LACKS heartbeat.reply: nothing tells "a", "l" of "r" / with: { a: ... }, or a default for it',
      '8:58 ANSWER_LACKS reply.send: nothing tells "l" of "r" / with: { l: ... }',
      '9:34 ANSWER_LACKS bad: reply: nothing tells "l" of "r" / an answer without it',
      '14:114 ANSWER_LACKS heartbeat.reply: nothing tells "st" of "t" / with: { st: st }',
    ],
  ],
  [
    'a marker for which no form is picked',
    shape(
      'split: { by: length }, layout: { m: { magic: { a: "01", b: "02" } }, size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }, pick: { m: "size(body) > 9 ? a : 4" }',
    ),
    [
      `6:171 BAD_OPERAND pick: what is picked for "m" is not always one of its forms / a or b: "size(body) > 250 ? b : a"`,
    ],
  ],
  [
    'a frame that cannot begin as it must',
    shape(
      'split: { by: until, start: "24", end: "0a" }, layout: { k: { type: u8, valid: 0..9 }, id: { type: u8, role: id }, body: body }',
    ),
    ['6:37 BAD_VALUE no frame can begin with 24: the layout does not / k: { magic: ... }, the same bytes, in front'],
  ],
  [
    'one marker at both ends of a frame',
    shape('split: { by: until, start: "24", end: "24" }, layout: { id: { type: u8, role: id }, body: body }'),
    ['6:37 BAD_VALUE 24 cannot both begin and end a frame / split: { by: flag, flag: "7e" }'],
  ],
  [
    'a text that does not begin as its frame must',
    binary(
      'messages: { m: { dir: up, text: "$hi" }, n: { dir: up, text: "hi" } }',
      `frame: { split: { by: until, start: "'$'", end: "0a" } }`,
    ),
    ['5:42 BAD_VALUE "n" does not begin with 24, so no frame of it is found'],
  ],
  [
    'operands of rules',
    binary('messages: { m: { dir: up, id: 1, fields: { l: u8(u8) }, rules: [l == 2] } }'),
    ['5:65 BAD_OPERAND rules: "l" is no number / count(l), present(l)'],
  ],
  [
    'what a type cannot know of the fields around it',
    binary(
      `types: { T: { a: { type: u8, if: count(l) > 2 }, b: { type: u8, if: present(l) }, c: { type: u8, if: s == 2 } } }
messages: { m: { dir: up, id: 1, fields: { l: u8(u8), s: str(u8), t: T } } }`,
    ),
    [
      '5:34 UNSUPPORTED if: count(l) in a type can only be about a field of it, and "l" is none / a number beside "l", which the type can ask for by its name',
      '5:69 UNSUPPORTED if: present(l) in a type can only be about a field of it, and "l" is none / a number beside "l", which the type can ask for by its name',
      '5:102 UNSUPPORTED if: "s" is no whole number, so a type cannot ask for it',
    ],
  ],
  [
    'an unreadable range',
    fields('a: { type: u8, valid: 9..1 }'),
    ['5:66 BAD_VALUE the range "9..1" runs backwards / 1..9'],
  ],
  [
    'the rest in the middle',
    fields('a: str(*), b: u8'),
    ['5:44 REST_NOT_LAST str(*) must be the last field of its scope; "b" follows at 5:55'],
  ],
  [
    'a rest, and behind it what may be there together with it',
    fields('k: u8, a: { type: str(*), if: k == 1 }, b: { type: u8, if: k != 1 }, c: { type: u8, if: k != 2 }'),
    ['5:51 REST_NOT_LAST str(*) must be the last field of its scope; "c" follows at 5:113'],
  ],
  [
    'a type that contains itself',
    binary('types: { T: { a: T } }\nmessages: { m: { dir: up, id: 1 } }'),
    ['5:18 RECURSIVE type "T" contains itself / a type that contains itself has no greatest size'],
  ],
  [
    'the same id twice in a direction',
    binary('messages:\n  a: { dir: up, id: 0x12 }\n  b: { dir: both, id: 0x12 }'),
    [
      '7:3 DUPLICATE_ID id 0x12 (up) is taken by "a" at 6:3 / add when: to tell them apart, list both ids in one message, or give it another id',
    ],
  ],
  [
    'an id that is too wide',
    binary('messages:\n  a: { dir: up, id: 0x1234 }'),
    ['6:21 ID_WIDTH id 0x1234 does not fit u8 (layout.id, 11:5) / ids up to 0xff, or a wider number'],
  ],
  [
    'an answer that does not exist',
    binary(
      'messages:\n  ping: { dir: up, id: 1, heartbeat: { reply: pnog, every: 9s } }\n  pong: { dir: down, id: 2 }',
    ),
    ['6:47 NO_MESSAGE heartbeat.reply "pnog" is not a down message / pong'],
  ],
  [
    'a match on a field that one side lacks',
    binary(
      'messages:\n  a: { dir: up, id: 1, fields: { tid: u8 }, expects: { message: b, match: { tid: tid } } }\n  b: { dir: down, id: 2 }',
    ),
    ['6:3 UNKNOWN_NAME match tid: message "b" has no field or element "tid"'],
  ],
  [
    'keys that are missing',
    binary('messages:\n  a: { dir: up }\n  b: { id: 2 }'),
    [
      '6:6 MISSING_KEY message a has no "id" / id: 0x01',
      '7:6 MISSING_KEY message b has no "dir" / up (client to server), down, or both',
    ],
  ],
  [
    'no login',
    binary('messages: { m: { dir: up, id: 1 } }').replace('session: { auth: none }', 'defaults: {}'),
    ['5:11 NO_LOGIN no message has auth:, so every connection is trusted / session: { auth: none } if that is meant'],
  ],
  [
    'names of items that are not there',
    tagged(TEMP, 'tag: u8, size: u8, repeat: [tmep], require: [x]'),
    [
      '5:49 UNKNOWN_NAME repeat: no item "tmep" / did you mean "temp"?',
      '5:66 UNKNOWN_NAME require: no item "x" / temp',
    ],
  ],
  ['a tag that is too wide', tagged('0x100: { name: temp, type: u8 }'), ['5:49 ID_WIDTH tag 0x100 does not fit u8']],
  ['a tag that is no number', tagged('one: { name: temp, type: u8 }'), ['5:49 ID_WIDTH tag one does not fit u8']],
  [
    'two items of one name',
    tagged(`${TEMP}, 2: { name: temp, type: u16 }`),
    ['5:78 DUPLICATE_NAME item "temp" is declared twice / choose another name'],
  ],
  [
    'a tag twice, spelt differently',
    tagged(`${TEMP}, 0x01: { name: b, type: u16 }`),
    ['5:78 DUPLICATE_NAME tag 0x01 is declared twice / one line for each tag'],
  ],
  [
    'an item called like what every tagged type has',
    tagged('1: { name: unknown, type: u8 }'),
    ['5:49 DUPLICATE_NAME item "unknown" is a name of every tagged type / choose another name'],
  ],
  ['an item without a name', tagged('1: { type: u8 }'), ['5:52 MISSING_KEY tag 1 has no "name"']],
  ['an item that is no map', tagged('1: u8'), ['5:49 SHAPE tag 1 needs a map, got "u8" / { name: temp, type: i16 }']],
  [
    'an item with a name that cannot be one',
    tagged('1: { name: a-b, type: u8 }'),
    ['5:60 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB'],
  ],
  [
    'tags and sizes of types that cannot be one',
    tagged(TEMP, 'tag: i8, size: varint'),
    [
      '5:27 BAD_TYPE the tag of an item cannot be i8 / u8, u16, u24 or u32',
      '5:37 BAD_TYPE the size of an item cannot be varint / u8, u16, u24 or u32',
    ],
  ],
  [
    'neither tag nor size',
    tagged(TEMP, 'unknown: keep'),
    ['5:20 MISSING_KEY tlv of type T has no "tag"', '5:20 MISSING_KEY tlv of type T has no "size"'],
  ],
  [
    'a misspelt key of a tagged type',
    tagged(TEMP, 'tag: u8, size: u8, repaet: [temp]'),
    ['5:41 UNKNOWN_KEY unknown key "repaet" in tlv of type T / did you mean "repeat"?'],
  ],
  [
    'what a size cannot count, and what cannot stand in front',
    tagged(TEMP, 'tag: u8, size: u8, covers: tag..size, first: value'),
    [
      '5:49 BAD_VALUE covers of tlv of type T cannot be "tag..size" / one of value, tag..value, size..value',
      '5:67 BAD_VALUE first of tlv of type T cannot be "value" / one of tag, size',
    ],
  ],
  [
    'a text in braces that ends at its comma',
    binary('messages: { m: { dir: up, id: 1, fields: { a: { type: u8, doc: four, or seven } } } }'),
    [
      '5:70 UNKNOWN_KEY unknown key "or seven" in field a / in braces, text with a comma in it needs quotes: doc: "one, two"',
    ],
  ],
  [
    'what has no meaning in an item',
    tagged('1: { name: a, type: u8, const: 3 }'),
    ['5:80 BAD_VALUE "const" has no meaning in a tagged item'],
  ],
  [
    'none of a type that is no whole number',
    tagged('1: { name: a, type: f32, none: 1 }'),
    ['5:80 BAD_TYPE only a whole number of up to 48 bits can have a value that means none'],
  ],
  [
    'none that the type cannot hold',
    tagged('1: { name: a, type: u8, none: 256 }'),
    ['5:79 BAD_VALUE none: 256 is no number of this type / 0..255'],
  ],
  [
    'items of an inlined type that the message has too',
    tagged(TEMP, undefined, 'temp: u8, t: { type: T(*), inline: true }'),
    ['6:54 DUPLICATE_NAME "temp" is declared twice in message m, first at 6:44'],
  ],
  [
    'items in the middle',
    tagged(TEMP, undefined, 't: T(*), x: u8'),
    ['6:44 REST_NOT_LAST T(*) must be the last field of its scope; "x" follows at 6:53'],
  ],
  [
    'items in a fixed number of bytes, or behind a varint',
    tagged(TEMP, undefined, 't: T(3), u: T(varint)'),
    [
      '6:47 UNSUPPORTED the size of a tagged type in "T(3)" is not supported by this version / T(u8), T(u16) or T(*)',
      '6:56 UNSUPPORTED the size of a tagged type in "T(varint)" is not supported by this version / T(u8), T(u16) or T(*)',
    ],
  ],
  ['items without a size', tagged(TEMP, undefined, 't: T'), ['6:47 BAD_TYPE "T" needs one size / T(8), T(u8) or T(*)']],
  [
    'a number that is to be decoded later',
    fields('b: { type: u8, lazy: true }'),
    ['5:65 BAD_VALUE lazy: it is for text, lists, types, and bytes with a codec / everything else is read at once'],
  ],
  [
    'bytes that are to be decoded later',
    fields('b: { type: bytes(*), lazy: true }'),
    ['5:71 BAD_VALUE lazy: bytes are not decoded, only copied / view: true, which does not copy them'],
  ],
  [
    'a list that is to be decoded later, whose items tell where they end',
    fields('b: { type: varint(u8), lazy: true }'),
    ['5:73 BAD_VALUE lazy: only reading the items tells where they end / items of one size, or (*)'],
  ],
  [
    'a list that is to be decoded later, whose last item says so',
    binary(
      `types: { T: { x: u8 } }\nmessages: { m: { dir: up, id: 1, fields: { b: { type: T(until x == 0), lazy: true } } } }`,
    ),
    ['6:78 BAD_VALUE lazy: only reading the items tells which is the last / (*) or a count'],
  ],
  [
    'a type that is to be decoded later, and ends where its own text ends',
    binary(`types: { T: { x: str(u8) } }\nmessages: { m: { dir: up, id: 1, fields: { b: { type: T, lazy: true } } } }`),
    ['6:64 BAD_VALUE lazy: only reading "T" tells where it ends / sized(u16 T)'],
  ],
  [
    'a type that is to be decoded later, and asks for what stands around it',
    binary(
      `types: { T: { x: { type: u8, if: n == 1 } } }\nmessages: { m: { dir: up, id: 1, fields: { n: u8, b: { type: T(*), lazy: true } } } }`,
    ),
    ['6:74 BAD_VALUE lazy: its type asks for "n" around it / a type that knows all by itself'],
  ],
  [
    'a warning of what is decoded later',
    fields('b: { type: str(u8), lazy: true, valid: { len: 1..2 }, bad: warn }'),
    ['5:70 BAD_VALUE lazy: when it is read, nobody is left to warn or to answer / without "bad"'],
  ],
  [
    'packed booleans that are to be decoded later',
    fields('b: { type: bool(8), packed: lsb, lazy: true }'),
    ['5:83 BAD_VALUE lazy: packed booleans are read at once / without "lazy"'],
  ],
  [
    'a field that is decoded later and asked for at once',
    fields('b: { type: u8(u8), lazy: true }, c: { type: u8, if: count(b) > 1 }'),
    ['5:44 BAD_VALUE lazy: something else asks for "b" / without "lazy"'],
  ],
  [
    'a list that is decoded later, and whose count an answer asks for',
    binary(
      `messages: { m: { dir: up, id: 1, reply: { send: ok, with: { got: n } }, fields: { n: { type: u8, auto: count(b) }, b: { type: u8(n), lazy: true } } }, ok: { dir: down, id: 2, fields: { got: u8 } } }`,
    ),
    ['5:116 BAD_VALUE lazy: an answer asks for "n", which counts "b" / without "lazy"'],
  ],
  [
    'a field that is decoded later, inlined',
    binary(
      `types: { T: { x: u8 } }\nmessages: { m: { dir: up, id: 1, fields: { b: { type: T, inline: true, lazy: true } } } }`,
    ),
    ['6:78 BAD_VALUE lazy: what is inlined is no member of its own / without "inline"'],
  ],
  [
    'bytes without quotes',
    binary(
      'messages: { m: { dir: up, id: 1 } }',
      FRAME.replace(
        'layout:',
        'layout:\n    a: { magic: 7878 }\n    b: { magic: 7e1 }\n    c: { magic: 0x7878 }\n    d: { magic: "7" }',
      ),
    ),
    [
      '9:17 UNQUOTED_BYTES magic: 7878 is the number 7878 / quote bytes: "78 78"',
      '10:17 UNQUOTED_BYTES YAML reads 7e1 as 70 (a float) / "7e 01" if bytes are meant',
      '11:17 UNQUOTED_BYTES YAML reads 0x7878 as 30840 (a number) / "78 78" if bytes are meant',
      '12:17 BAD_BYTES magic: "7" is no pair of hexadecimal digits / "07"',
    ],
  ],
  [
    'a range that names nothing',
    binary('messages: { m: { dir: up, id: 1 } }', FRAME.replace('id..body', 'idd..body')),
    ['9:32 BAD_RANGE covers: "idd..body": no element "idd" / id'],
  ],
  [
    'a range that runs backwards',
    binary('messages: { m: { dir: up, id: 1 } }', FRAME.replace('id..body', 'body..id')),
    ['9:32 BAD_RANGE covers: "body..id" runs backwards / id..body'],
  ],
  [
    'a checksum that covers itself',
    binary('messages: { m: { dir: up, id: 1 } }', `${FRAME}\n    crc: { check: xor8, over: id..crc }`),
    ['12:5 SELF_CHECK crc covers itself / end the range at "body"'],
  ],
  [
    'an unknown checksum',
    binary('messages: { m: { dir: up, id: 1 } }', `${FRAME}\n    crc: { check: crc16/x26, over: id..body }`),
    ['12:19 UNKNOWN_NAME unknown checksum "crc16/x26" / did you mean "crc16/x25"?'],
  ],
  [
    'a size behind variable data',
    binary(
      'messages: { m: { dir: up, id: 1 } }',
      'frame:\n  split: { by: length }\n  layout:\n    id: { type: u8, role: id }\n    body: body\n    size: { type: u16, covers: id..body }',
    ),
    [
      '11:5 VARIABLE_BEFORE_SIZE split by length, but "size" stands after "body", whose size is not known / move "size" before "body"',
    ],
  ],
  [
    'a size that counts too little',
    binary('messages: { m: { dir: up, id: 1 } }', FRAME.replace('u16', 'u8')),
    [
      '9:5 SIZE_WIDTH size: u8 counts to 255, but id..body can be 4095 (limits.frame) / limits: { frame: 256 }, or a wider size',
    ],
  ],
  [
    'a vector of a message that does not exist',
    binary('messages: { m: { dir: up, id: 1 } }\nvectors: [{ dir: up, raw: "00 01 01", is: n }]'),
    ['6:43 UNKNOWN_NAME unknown message "n" / did you mean "m"?'],
  ],
  [
    'a template that names no field',
    lines('  a: { dir: up, text: "/join {rom}", fields: { room: word } }'),
    [
      '6:23 UNKNOWN_NAME the text names "rom", which is no field of this message / room',
      '6:48 UNKNOWN_NAME field "room" stands nowhere in the text / {room}',
    ],
  ],
  [
    'two fields that nothing separates',
    lines('  a: { dir: up, text: "{x}{y}", fields: { x: word, y: word } }'),
    ['6:23 BAD_VALUE nothing stands between "x" and "y" / put a space or another literal between them'],
  ],
  [
    'a list where a map must be',
    '- a\n- b\n',
    ['1:1 SHAPE the schema must be a map of keys, got a list / keys stand without dashes: name: ...'],
  ],
  [
    'an empty file',
    '',
    ['1:1 SHAPE the schema is empty / begin with: wire: 1, protocol: { id: meter, version: 1.0.0 }, frame:, messages:'],
  ],
  ['a tab as indentation', 'wire: 1\n\tprotocol: x\n', ['2:1 YAML a tab cannot indent a line / indent with spaces']],
  [
    'another version',
    binary('messages: { m: { dir: up, id: 1 } }').replace('wire: 1', 'wire: 2'),
    ['1:7 BAD_VALUE this version reads wire: 1, not 2 / wire: 1'],
  ],
  [
    'two documents',
    'wire: 1\n---\nwire: 1\n',
    ['2:1 YAML the file holds more than one document / one schema in a file, without "---"'],
  ],
  [
    'an alias of nothing',
    binary('messages: { m: *nothing }'),
    ['5:16 YAML no anchor "nothing" stands before this alias'],
  ],
  [
    'numbers that do not fit their field',
    fields('a: { type: u8, const: 300 }, b: { type: i8, enum: { x: 128 } }, c: { type: u8, default: abc }'),
    [
      '5:66 BAD_VALUE const cannot be 300 / u8 holds 0..255',
      '5:94 BAD_VALUE enum: "x" cannot be 128 / i8 holds -128..127',
      '5:132 BAD_VALUE default cannot be "abc" / u8 holds 0..255',
    ],
  ],
  [
    'types that belong in a layout or in lines',
    fields('a: word, b: body, c: { magic: "01" }, d: { check: xor8, over: a..b }'),
    [
      '5:44 BAD_TYPE "a": a word is for lines of text / str(u8)',
      '5:53 BAD_TYPE "b": a body belongs in the layout of the frame',
      '5:62 BAD_TYPE "c": a magic belongs in the layout of the frame',
      '5:82 BAD_TYPE "d": a check belongs in the layout of the frame',
    ],
  ],
  [
    'a count of what is no list',
    fields('n: { type: u8, auto: count(z) }, z: u8'),
    ['5:65 BAD_VALUE auto: "z" is no list, so it has no count'],
  ],
  [
    'a call that has no meaning there',
    fields('s: str(u8), a: { type: u8, if: size(s) > 3 }'),
    ['5:75 UNSUPPORTED if: size() is not supported here by this version / auto: size(a..b), and nothing else'],
  ],
  [
    'calls that have no meaning where they stand',
    binary(
      `types: { T: { l: u8(u8) } }
fragments: { key: [id], index: count(id), total: id, join: body }
messages:
  m: { dir: up, id: 1, rules: [size(s) > 3, more(1)], fields: { n: { type: u8, auto: size(s) + 4 }, s: str(n - 4) } }
  t: { dir: up, id: 2, fields: { t: T(until count(l) == 0) } }
  w: { dir: up, id: 3, fields: { s: str(*) }, auth: { identity: s, early: { message: k, with: { z: count(s) } } }, reply: { send: k, with: { z: size(s) } } }
  k: { dir: down, id: 4, fields: { z: u8 } }
  a: { dir: up, id: 5, fields: { l: u8(u8), x: { type: u8, if: count(3) > 1 }, s: "str(more(4) ? 4 : 0)" } }`,
    ),
    [
      '6:32 UNSUPPORTED fragments: count() is not supported here by this version / a number of its own: { type: u8, auto: count(list) }',
      '8:32 UNSUPPORTED rules: size() is not supported here by this version / auto: size(a..b), and nothing else',
      '8:45 UNSUPPORTED rules: more() is not supported here by this version / if: more(n)',
      '8:86 UNSUPPORTED auto: size() is not supported here by this version / auto: size(a..b), and nothing else',
      '9:37 UNSUPPORTED until: count() is not supported here by this version / a number of its own: { type: u8, auto: count(list) }',
      '10:100 UNSUPPORTED early: count() is not supported here by this version / a number of its own: { type: u8, auto: count(list) }',
      '10:145 UNSUPPORTED with: size() is not supported here by this version / auto: size(a..b), and nothing else',
      '12:64 BAD_EXPRESSION if: count() takes the name of a field',
      '12:83 UNSUPPORTED size: more() is not supported here by this version / if: more(n)',
    ],
  ],
  ['an empty template', lines('  a: { dir: up, text: "" }'), ['6:23 BAD_VALUE text of message a cannot be empty']],
  [
    'a valid range on text, and a length on a number',
    fields('s: { type: str(u8), valid: 1..5 }, n: { type: u8, valid: { len: 1..2 } }'),
    [
      '5:71 BAD_VALUE valid: a range does not fit field s, which is text / valid: { len: 1..20, match: "^[a-z]+$" }',
      '5:101 BAD_VALUE valid: len and match does not fit field n, which is a number / valid: 1..20',
    ],
  ],
  [
    'a role in a message',
    fields('s: { type: u16, role: serial }'),
    ['5:44 BAD_VALUE field "s": "role" is for elements of the layout'],
  ],
  [
    'two rests in the middle of a text',
    lines('  a: { dir: up, text: "{x}-{y}-{z}", fields: { x: rest, y: rest, z: word } }'),
    [
      '6:23 BAD_VALUE only one rest can stand in the middle of a text / make the others words: a rest in the middle ends at the last of what follows it',
    ],
  ],
  [
    'bits without fields',
    fields('q: { bits: u8 }'),
    ['5:47 MISSING_KEY field q has no "fields" / fields: { spare: 8 }'],
  ],
  [
    'both one frame and several',
    binary(ONE, `${FRAME}\nframes: {}`),
    ['12:9 SHAPE a schema has either "frame" or "frames" / move "frame" into "frames"'],
  ],
  ['no shape among several', binary(ONE, 'frames: {}'), ['6:9 SHAPE frames needs at least one shape']],
  [
    'a shape with a name that cannot be one',
    binary(ONE, 'frames: { a-b: { split: { by: slip }, layout: { id: { type: u8, role: id }, body: body } } }'),
    ['6:11 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB'],
  ],
  [
    'a way to cut without what it needs',
    shape('split: { by: flag }'),
    ['6:17 MISSING_KEY split has no "flag" / flag: "7e"'],
  ],
  [
    'a way to cut without what it needs, 2',
    shape('split: { by: until }'),
    ['6:17 MISSING_KEY split has no "end" / end: "0d 0a"'],
  ],
  [
    'a way to cut without what it needs, 3',
    shape('split: { by: fixed }'),
    ['6:17 MISSING_KEY split has no "size" / size: 4'],
  ],
  [
    'a way to cut without what it needs, 4',
    shape('split: { by: quiet }'),
    ['6:17 MISSING_KEY split has no "after" / after: 200ms'],
  ],
  [
    'a way to cut without what it needs, 5',
    shape('split: { by: table }'),
    ['6:17 MISSING_KEY split has no "sizes" / sizes: { 0x01: 12 } with the bytes of a whole frame by its id'],
  ],
  [
    'an option of another way to cut',
    shape(`split: { by: slip, size: 3 }, ${LAYOUT}`),
    ['6:29 BAD_VALUE split by slip has no "size" / it has no options'],
  ],
  [
    'options that do not fit the way to cut',
    shape(`split: { by: line, size: 3 }`, LINE),
    ['6:29 BAD_VALUE split by line has no "size" / options: end, empty, overflow'],
  ],
  [
    'a flag of two bytes',
    shape(`split: { by: flag, flag: "7e 7e" }, ${LAYOUT}`),
    ['6:35 BAD_VALUE a flag is one byte, got 2 / flag: "7e"'],
  ],
  [
    'a marker without bytes',
    shape(`split: { by: until, end: "" }, ${LAYOUT}`),
    ['6:35 BAD_BYTES end: a marker needs at least one byte'],
  ],
  [
    'a fixed size out of bounds',
    shape(`split: { by: fixed, size: 5000 }, ${LAYOUT}`),
    ['6:36 BAD_VALUE size of split cannot be 5000 / a whole number, 1..4096'],
  ],
  [
    'a table of sizes with an id that is none',
    shape(`split: { by: table, sizes: { one: 3, 2: 0 } }, ${LAYOUT}`),
    [
      '5:13 BAD_VALUE id 0x01 of "m" has no size in split.sizes / sizes: { 0x01: 1 }',
      '6:39 BAD_VALUE an id cannot be one / a whole number',
      '6:50 BAD_VALUE 2 of sizes cannot be 0 / a whole number, 1..4096',
    ],
  ],
  [
    'an escape without a flag',
    shape(`split: { by: slip }, escape: { lead: "7d", map: { "01": "7d" } }, ${LAYOUT}`),
    ['6:39 BAD_VALUE escape is for split by flag, not by slip'],
  ],
  [
    'an escape without its lead and map',
    shape(`split: { by: flag, flag: "7e" }, escape: {}, ${LAYOUT}`),
    [
      '6:51 MISSING_KEY escape has no "lead" / lead: "7d"',
      '6:51 MISSING_KEY escape has no "map" / map: { "01": "7d", "02": "7e" }',
    ],
  ],
  [
    'an escape that forgets the flag',
    shape(`split: { by: flag, flag: "7e" }, escape: { lead: "7d", map: { "01": "7d" } }, ${LAYOUT}`),
    ['6:51 NOT_INVERTIBLE cannot encode the byte 7e: escape has no pair for it / "01": "7e"'],
  ],
  [
    'an escape whose code is the flag',
    shape(`split: { by: flag, flag: "7e" }, escape: { lead: "7d", map: { "01": "7d", "7e": "7e" } }, ${LAYOUT}`),
    ['6:90 BAD_VALUE escape: the code 7e is the flag itself / a byte that is neither flag nor lead'],
  ],
  [
    'an escape of what is no byte',
    shape(`split: { by: flag, flag: "7e" }, escape: { lead: "7d 7d", map: { "1": "7d", "02": "7e" } }, ${LAYOUT}`),
    ['6:59 BAD_VALUE "lead" of escape must be one byte, got 2'],
  ],
  [
    'an escape of what is no byte, 2',
    shape(`split: { by: flag, flag: "7e" }, escape: { lead: "7d", map: { "1": "7d", "02": "7e 7e" } }, ${LAYOUT}`),
    [
      '6:51 NOT_INVERTIBLE cannot encode the byte 7d: escape has no pair for it / "01": "7d"',
      '6:51 NOT_INVERTIBLE cannot encode the byte 7e: escape has no pair for it / "01": "7e"',
      '6:72 BAD_BYTES "1" is no byte / "01": "7d"',
      '6:89 BAD_VALUE "02" of map of escape must be one byte, got 2',
    ],
  ],
  [
    'bytes in front of a shape that are too far away',
    shapes(`a: { when: { is: "00 00", at: 15 }, split: { by: slip }, ${LAYOUT} }`),
    ['6:28 BAD_VALUE a shape looks at the first 16 bytes, and at one at least'],
  ],
  [
    'bytes in front of a shape that are too far away, 2',
    shapes(`a: { when: { is: "00", at: 16 }, split: { by: slip }, ${LAYOUT} }`),
    ['6:38 BAD_VALUE at of when of frame a cannot be 16 / a whole number, 0..15'],
  ],
  [
    'a place without bytes',
    shapes(`a: { when: { not: { at: 2 } }, split: { by: slip }, ${LAYOUT} }`),
    ['6:29 MISSING_KEY not of when of frame a has no "is" / is: "00 00"'],
  ],
  [
    'a state that no connection has',
    shapes(`a: { when: { state: closed }, split: { by: slip }, ${LAYOUT} }`),
    ['6:31 BAD_VALUE state of when of frame a cannot be "closed" / one of new, open'],
  ],
  [
    'a shape that waits for no message',
    shapes(`a: { when: { awaiting: mm }, split: { by: slip }, ${LAYOUT} }`),
    ['6:9 NO_MESSAGE frame a: awaiting "mm", which is no message / m'],
  ],
  [
    'a shape of no message',
    shapes(`a: { split: { by: slip }, ${LAYOUT} }, b: { split: { by: slip }, message: mm }`),
    ['6:9 NO_MESSAGE frame b: there is no message "mm" / m'],
  ],
  [
    'a message that no shape can carry',
    shapes(
      `a: { dir: down, split: { by: slip }, ${LAYOUT} }, c: { dir: up, split: { by: slip }, message: n }`,
      'messages: { m: { dir: up, id: 1 }, n: { dir: up } }',
    ),
    ['5:16 NO_MESSAGE message "m" has no frame: no frame that goes up can carry it / a frame with message: m'],
  ],
  [
    'a message that no shape can carry, 2',
    shapes(
      `a: { split: { by: slip }, ${LAYOUT} }, c: { split: { by: slip }, message: n }`,
      'messages: { m: { dir: up }, n: { dir: up } }',
    ),
    ['5:16 NO_MESSAGE message "m" has no frame: it has neither id nor text / a frame with message: m'],
  ],
  [
    'filters of bytes, and filters that are none',
    shape(`split: { by: slip }, filter: telnet-iac, ${LAYOUT}`),
    ['6:39 BAD_VALUE filters are for lines of text / split: { by: line }'],
  ],
  [
    'spelling of bytes',
    shape(`split: { by: slip }, spelling: keep, ${LAYOUT}`),
    ['6:41 BAD_VALUE "spelling" is for frames of text: bytes are kept as they are'],
  ],
  [
    'filters of bytes, and filters that are none, 2',
    shape('split: { by: line }, filter: [telnet], emit: "3b"', LINE),
    [
      '6:39 BAD_VALUE unknown filter "telnet" / telnet-iac or backspace',
      '6:55 BAD_VALUE emit must be a line end / "0d 0a", "0a" or "0d"',
    ],
  ],
  [
    'a frame without layout',
    shape('split: { by: slip }'),
    [
      '6:8 MISSING_KEY frame has no "layout" / layout: { id: { type: u8, role: id }, body: body }, or message: the one that it carries',
    ],
  ],
  [
    'a frame without layout, 2',
    shape('split: { by: length }'),
    ['6:8 MISSING_KEY frame has no "layout" / split by length finds the size in it'],
  ],
  [
    'markers of several forms, and nothing that picks one',
    binary(ONE, FRAME.replace('layout:', 'layout:\n    form: { magic: { short: "78", long: "79" } }')),
    [
      '9:5 NOT_INVERTIBLE cannot encode "form": nothing tells which marker to take / pick: { form: "size(body) > 250 ? long : short" }',
    ],
  ],
  [
    'pick of no marker',
    binary(ONE, `${FRAME}\n  pick: { frm: "size(body) > 9 ? a : b" }`),
    ['12:11 UNKNOWN_NAME unknown alternative marker "frm"'],
  ],
  [
    'pick of a form that the marker does not have',
    binary(
      ONE,
      `${FRAME.replace('layout:', 'layout:\n    form: { magic: { short: "78", long: "79" } }')}\n  pick: { form: "size(body) > 250 ? lnog : short" }`,
    ),
    ['13:17 UNKNOWN_NAME unknown name in pick: "lnog" / did you mean "long"?'],
  ],
  [
    'learning what is no variable of the connection',
    shape(`split: { by: slip }, learn: { version: id }, ${LAYOUT}`),
    ['6:40 BAD_NAME learn sets "conn.name", not "version" / conn.version'],
  ],
  [
    'learning what is no variable of the connection, 2',
    shape(`split: { by: slip }, learn: version, ${LAYOUT}`),
    ['6:38 SHAPE learn must be a map / learn: { conn.version: attrs.version }'],
  ],
  [
    'learning from what the layout does not have',
    shape(`split: { by: slip }, learn: { conn.v: attrs.version }, ${LAYOUT}`),
    ['6:38 UNKNOWN_NAME learn: conn.v: the layout has no element "attrs"'],
  ],
  [
    'learning from what the layout does not have, 2',
    shape(
      'split: { by: slip }, learn: { conn.v: f.sub }, layout: { id: { type: u8, role: id }, f: { bits: u8, fields: { sum: 8 } }, body: body }',
    ),
    ['6:38 UNSUPPORTED learn: conn.v: "f.sub" is not one of f.sum'],
  ],
  [
    'learning what is no number',
    shape(
      'split: { by: slip }, opaque: "size(name) > 3", learn: { conn.n: name }, layout: { id: { type: u8, role: id }, name: str(4), body: body }',
    ),
    [
      '6:39 UNSUPPORTED opaque: size() has no meaning for the elements of a frame / present(element)',
      '6:39 UNSUPPORTED opaque: "name" is no whole number',
      '6:64 UNSUPPORTED learn: conn.n: "name" is no whole number',
    ],
  ],
  [
    'leniency towards nothing',
    shape(
      'split: { by: slip }, lenient: [sum, f.sub], layout: { id: { type: u8, role: id }, f: { bits: u8, fields: { all: 8 } }, body: body }',
    ),
    [
      '6:40 UNKNOWN_NAME unknown name in lenient: "sum" / known: id, f, body',
      '6:40 UNKNOWN_NAME lenient: "f" has no "sub"',
    ],
  ],
  [
    'elements that a layout cannot hold',
    layout('a: u8(3), b: varint, c: cstr, d: str(varint)'),
    [
      '6:110 UNSUPPORTED "a": a layout cannot hold a list',
      '6:120 UNSUPPORTED "b": a layout cannot hold a varint / u8: up to 127 both are the same byte; the size and the id may be varints',
      '6:131 UNSUPPORTED "c": a delimiter cannot end an element of a layout',
      '6:140 UNSUPPORTED "d": a varint cannot tell the size of an element of a layout',
    ],
  ],
  [
    'elements that a layout cannot hold, 2',
    layout(
      'a: time(gps week tow), b: { type: u16, none: 0 }, c: { type: u8, valid: 1..9, bad: warn }, d: "str(until 00)"',
    ),
    [
      '6:110 UNSUPPORTED "a": a layout takes times that are one number: time(u32 s)',
      '6:133 UNSUPPORTED "b": an element of a layout cannot have "none"',
      '6:160 UNSUPPORTED "c": bad: warn with valid: is for fields of messages; use lenient:',
      '6:201 UNSUPPORTED "d": a delimiter cannot end an element of a layout',
    ],
  ],
  [
    'elements that a layout cannot hold, 3',
    layout('a: { fields: { x: str(u8) } }'),
    ['6:110 UNSUPPORTED "a": a group in a layout needs fields of fixed size'],
  ],
  [
    'two bodies, and none',
    layout('a: body'),
    ['6:41 SHAPE the layout has more than one body / fields of messages stand in one place'],
  ],
  [
    'two bodies, and none, 2',
    shape('split: { by: slip }, layout: { id: { type: u8, role: id } }'),
    ['6:39 SHAPE the layout has no body / body: body, where the fields of the messages stand'],
  ],
  [
    'two sizes, and none',
    layout('a: { type: u8, covers: body }'),
    [
      '6:41 SHAPE split by length needs one element with "covers" / size: { type: u16, covers: id..crc }, or head: { bits: u16, fields: { spare: 6, size: 10 }, auto: { size: size(id..body) } }',
    ],
  ],
  [
    'two sizes, and none, 2',
    shape(`split: { by: length }, ${LAYOUT}`),
    [
      '6:41 SHAPE split by length needs one element with "covers" / size: { type: u16, covers: id..crc }, or head: { bits: u16, fields: { spare: 6, size: 10 }, auto: { size: size(id..body) } }',
    ],
  ],
  [
    'no id',
    shape('split: { by: slip }, layout: { a: u8, body: body }'),
    [
      '6:39 SHAPE the layout needs a number with role: id before the body / id: { type: u8, role: id }; or message: name beside it, where all frames are that one message',
    ],
  ],
  [
    'no id, 2',
    shape('split: { by: slip }, layout: { body: body, id: { type: u8, role: id } }'),
    [
      '6:53 SHAPE the layout needs a number with role: id before the body / id: { type: u8, role: id }; or message: name beside it, where all frames are that one message',
    ],
  ],
  [
    'variable data that the size leaves out',
    binary(ONE, FRAME.replace('id..body', 'body').replace('id:', 'name: str(u8)\n    id:')),
    ['10:5 UNSUPPORTED "name" has no fixed size, so "size" must cover it'],
  ],
  [
    'variable data behind the body',
    binary(ONE, `${FRAME}\n    name: str(u8)`),
    ['12:5 UNSUPPORTED "name" stands behind the body, so it needs a fixed size, without "if"'],
  ],
  [
    'a size that covers itself and varies',
    binary(ONE, FRAME.replace('{ type: u16, covers: id..body }', '{ type: varint, covers: size..body }')),
    ['9:5 UNSUPPORTED "size" can cover itself only where its width is fixed'],
  ],
  [
    'confirm of what is not the last marker',
    binary(ONE, FRAME.replace('by: length', 'by: length, confirm: stop')),
    ['7:10 UNKNOWN_NAME confirm and rescue name the last marker of the layout, not "stop"'],
  ],
  [
    'cases of other forms',
    binary(
      ONE,
      `${FRAME.replace('type: u16', 'type: { when: form, short: u8, lnog: u16 }').replace('layout:', 'layout:\n    form: { magic: { short: "78", long: "79" } }')}\n  pick: { form: "size(body) > 250 ? long : short" }`,
    ),
    ['10:5 UNKNOWN_NAME the cases of "size" are not the forms of "form" / short, long'],
  ],
  [
    'cases that are no numbers',
    binary(ONE, FRAME.replace('type: u16', 'type: { when: form, short: str(2) }')),
    ['9:40 UNSUPPORTED case "short" must be an unsigned number'],
  ],
  [
    'a condition on what is no number',
    layout('name: str(4), a: { type: u8, if: name == 3 }'),
    ['6:143 UNSUPPORTED if: "name" is no whole number'],
  ],
  [
    'a condition on what is no number, 2',
    layout('f: { bits: u8, fields: { on: 1, spare: 7 } }, a: { type: u8, if: f.onn }'),
    ['6:175 UNKNOWN_NAME if: "f" has no "onn" / did you mean "on"?'],
  ],
  [
    'markers of several lengths',
    layout('a: { magic: { x: "01", y: "01 02" } }, b: { magic: "" }'),
    [
      '6:122 UNSUPPORTED alternative markers must have the same length',
      '6:161 BAD_BYTES a marker needs at least one byte',
    ],
  ],
  [
    'a checksum without range, or in a number that is too small',
    layout('a: { check: crc32 }, b: { check: crc32, over: id..id, as: u16 }, c: { check: crc32, over: "id-body" }'),
    [
      '6:113 MISSING_KEY field a has no "over" / over: id..body names the elements that it covers',
      '6:168 UNSUPPORTED the checksum cannot be written as "u16" / an unsigned number that is wide enough',
      '6:200 BAD_RANGE over: cannot read the range "id-body" / over: id..body',
    ],
  ],
  [
    'an automatic size in bits of a message',
    fields('h: { bits: u8, fields: { n: 8 }, auto: { n: size(s) } }, s: str(h.n)'),
    [
      '5:88 UNSUPPORTED auto: a size in some bits of a number is for the layout of a frame / a number of its own: { type: u16, auto: size(s) }',
    ],
  ],
  [
    'bits that nothing can compute',
    layout('h: { bits: u8, fields: { n: 8 }, auto: { n: id + 1, m: present(x) } }'),
    [
      '6:149 UNKNOWN_NAME unknown bit field "m" / did you mean "n"?',
      '6:151 UNSUPPORTED auto: cannot compute "n" / size(a..b), present(element) or conn.name',
    ],
  ],
  [
    'bits that nothing can compute, 2',
    layout('h: { bits: u8, fields: { n: 8 }, auto: { n: present(x) } }'),
    ['6:154 UNKNOWN_NAME unknown element "x" / did you mean "h"?'],
  ],
  [
    'an automatic number of bits',
    fields('h: { bits: u8, fields: { n: 8 }, auto: size(s) }, s: str(u8)'),
    ['5:44 UNSUPPORTED auto of a bit number must be "present", or a map of its bits'],
  ],
  [
    'a condition on a field that is not read yet',
    binary('messages: { a: { dir: up, id: 1, when: kind == 1, fields: { kind: u8 } }, b: { dir: up, id: 1 } }'),
    [
      '5:40 UNSUPPORTED when: "kind" is a field of the message, which is read only when the message is known / make "kind" an element of the layout, before the body',
    ],
  ],
  [
    'a condition on nothing',
    binary('messages: { a: { dir: up, id: 1, when: idd == 1 }, b: { dir: up, id: 1 } }'),
    ['5:40 UNKNOWN_NAME when: the layout has no element "idd" / did you mean "id"?'],
  ],
  [
    'the same condition twice',
    binary('messages:\n  a: { dir: up, id: 1, when: id == 1 }\n  b: { dir: up, id: 1, when: id == 1 }'),
    [
      '7:3 DUPLICATE_ID id 0x01 (up) is taken by "a" at 6:3 / add when: to tell them apart, list both ids in one message, or give it another id',
    ],
  ],
  [
    'rules about nothing',
    binary(
      'messages: { a: { dir: up, id: 1, fields: { n: u8, m: { bits: u8, fields: { x: 8 } } }, rules: [k > 3, m.y == 1, "n >"] } }',
    ),
    [
      '5:96 UNKNOWN_NAME unknown name in rules: "k" / did you mean "n"?',
      '5:103 UNKNOWN_NAME rules: "m" has no "y"',
      '5:113 BAD_EXPRESSION cannot read the expression "n >": the expression ends too early',
    ],
  ],
  [
    'rules about an element that is no number',
    binary(
      'messages: { a: { dir: up, id: 1, rules: name == 3 } }',
      FRAME.replace('body: body', 'name: str(u8)\n    body: body'),
    ),
    ['5:41 UNSUPPORTED rules: "name" is no whole number'],
  ],
  [
    'a mask with keys missing',
    binary('messages: { a: { dir: up, id: { mask: 0x80 } } }'),
    ['5:31 MISSING_KEY id of message a has no "as"', '5:31 MISSING_KEY id of message a has no "equals" / equals: 0x80'],
  ],
  [
    'a mask that cannot match',
    binary(
      'messages: { a: { dir: up, id: { mask: 0x80, equals: 0x81, as: base } }, b: { dir: up, id: { mask: 0x80, equals: 0, as: a-b } } }',
    ),
    [
      '5:53 BAD_VALUE equals has bits that mask leaves out / equals must lie within mask',
      '5:120 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB',
    ],
  ],
  [
    'an id that is no number',
    binary('messages: { a: { dir: up, id: one }, b: { dir: up, id: [1, -2] } }'),
    [
      '5:31 SHAPE an id must be a whole number, got "one" / a number such as 3 or 0x03; what it means is the name of the message',
      '5:60 SHAPE an id must be a whole number, got -2 / a number such as 3 or 0x03; what it means is the name of the message',
    ],
  ],
  [
    'an answer with the id of nothing',
    binary('messages: { a: { dir: down, id: { same: request } } }'),
    ['5:13 NO_MESSAGE id: { same: request }, but no message names "a" as its answer'],
  ],
  [
    'an element of the layout as a field',
    binary(
      'messages: { a: { dir: up, id: 1, fields: { unit: u8 } } }',
      FRAME.replace('body: body', 'unit: u8\n    body: body'),
    ),
    ['5:44 DUPLICATE_NAME field "unit" has the name of an element of the layout, at 11:5'],
  ],
  [
    'a text with an id, and an id with a text',
    lines('  a: { dir: up, text: hi, id: 1 }'),
    ['6:31 BAD_VALUE a message in lines has a text, not an id / text: "/join {room}"'],
  ],
  [
    'a text with an id, and an id with a text, 2',
    binary('messages: { a: { dir: up, id: 1, text: hi } }'),
    ['5:40 BAD_VALUE text is for messages in lines; this frame has a layout / id: 0x01'],
  ],
  [
    'names of messages that cannot be',
    binary('messages: { connect: { dir: up, id: 1 }, aB: { dir: up, id: 2 }, a-c: { dir: up, id: 3 } }'),
    [
      '5:13 BAD_NAME "connect" cannot be the name of a message: onConnect is an event that every application has / another name, such as connectMessage',
      '5:66 BAD_NAME "a-c" cannot be a name / letters, digits and underscores, a letter first: aC',
    ],
  ],
  [
    'names of messages that cannot be, 2',
    binary('messages: { ab: { dir: up, id: 1 }, Ab: { dir: up, id: 2 } }'),
    ['5:37 DUPLICATE_NAME message "Ab" is declared twice, first at 5:13'],
  ],
  [
    'a login from the server',
    binary('messages: { a: { dir: down, id: 1, fields: { n: u8 }, auth: { identity: n }, heartbeat: { every: 9s } } }'),
    [
      '5:13 BAD_VALUE "a" goes down, so it cannot log in a client',
      '5:13 BAD_VALUE "a" goes down, so it is no heartbeat of a client',
    ],
  ],
  [
    'a promise for what is never handed to a worker, or always',
    binary(
      'messages: { a: { dir: down, id: 1, delivery: at-most-once }, b: { dir: up, id: 2, fields: { n: u8 }, auth: { identity: n }, delivery: at-most-once }, c: { dir: up, id: 3, heartbeat: { every: 9s }, delivery: at-most-once } }',
    ),
    [
      '5:13 BAD_VALUE "a" goes down, so delivery: at-most-once means nothing for it',
      '5:62 BAD_VALUE "b" is a login, so delivery: at-most-once means nothing for it',
      '5:151 BAD_VALUE "c" is answered by the gateway, so delivery: at-most-once means nothing for it',
    ],
  ],
  [
    'a login by nothing',
    binary('messages: { a: { dir: up, id: 1, fields: { name: u8 }, auth: { identity: nme, tries: 0 } } }'),
    [
      '5:74 UNKNOWN_NAME unknown field "nme" / did you mean "name"?',
      '5:86 BAD_VALUE tries cannot be 0 / a whole number from 1',
    ],
  ],
  [
    'a secret that would be shown as a uid',
    binary(
      'types: { T: { pin: u32 } }\nmessages: { a: { dir: up, id: 1, fields: { k: { type: str(u8), secret: true } }, auth: { identity: k } }, b: { dir: up, id: 2, fields: { t: { type: T, inline: true, secret: true } }, auth: { identity: pin } }, c: { dir: up, id: 3, fields: { n: u8, k: { type: u8, secret: true } }, auth: { identity: n } } }',
    ),
    [
      '6:100 SECRET_IDENTITY identity "k" is secret, but it becomes the uid, which stands in logs and in status / another field, or accept(fields, { uid }) with a uid that may be shown',
      '6:202 SECRET_IDENTITY identity "pin" is secret, but it becomes the uid, which stands in logs and in status / another field, or accept(fields, { uid }) with a uid that may be shown',
    ],
  ],
  [
    'a shape that no message has',
    shapes(
      'one: { when: { is: "01" }, split: { by: length }, layout: { m: { magic: "01" }, size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body } }, two: { when: { is: "02" }, split: { by: length }, layout: { m: { magic: "02" }, size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body } }',
    ),
    [
      '6:179 NO_MESSAGE frame two: no message is of this shape, so none is cut by it / message: name, for the message that it carries',
    ],
  ],
  [
    'a uid that many clients would have',
    binary(
      'types: { T: { x: u8 } }\nmessages:\n  a: { dir: up, id: 1, fields: { k: bytes(2) }, auth: { identity: k } }\n  b: { dir: up, id: 2, fields: { k: T }, auth: { identity: k } }\n  c: { dir: up, id: 3, fields: { k: { type: u8, if: more(1) } }, auth: { identity: k } }\n  d: { dir: up, id: 4, fields: { k: { type: u8, none: 0 } }, auth: { identity: k } }\n  e: { dir: up, id: 5, fields: { k: { type: u8, default: 0 } }, auth: { identity: k } }',
    ),
    [
      '7:67 BAD_VALUE identity "k" is neither text nor a number / hex(8), str(u8) or u32',
      '8:60 BAD_VALUE identity "k" is neither text nor a number / hex(8), str(u8) or u32',
      '9:84 BAD_VALUE identity "k" may be absent / a field that is always there',
      '10:80 BAD_VALUE identity "k" may be absent / a field that is always there',
    ],
  ],
  [
    'a heartbeat without a time',
    binary('messages: { a: { dir: up, id: 1, heartbeat: { miss: 0.5 } } }'),
    [
      '5:45 MISSING_KEY heartbeat of message a has no "every" / every: 60s',
      '5:53 BAD_VALUE miss cannot be 0.5 / a whole number from 1',
    ],
  ],
  [
    'an echo of no serial',
    binary('messages: { a: { dir: down, id: 1, serial: echo } }'),
    [
      '5:13 UNKNOWN_NAME serial: echo, but the layout has no element with role: serial / sequence: { type: u16, role: serial }',
    ],
  ],
  [
    'an answer with fields that it does not have',
    binary(
      'messages:\n  a: { dir: up, id: 1, fields: { x: u8 }, reply: { send: b, with: { n: x, m: y } } }\n  b: { dir: down, id: 2, fields: { m: u8 } }',
    ),
    [
      '6:72 UNKNOWN_NAME unknown field of b "n" / did you mean "m"?',
      '6:78 UNKNOWN_NAME unknown field of a "y" / did you mean "x"?',
    ],
  ],
  [
    'a member that the enumeration of the answer does not have',
    binary(
      'messages:\n  a: { dir: up, id: 1, reply: { send: b, with: { r: okk } } }\n  b: { dir: down, id: 2, fields: { r: { type: u8, enum: { ok: 0 } } } }',
    ),
    ['6:53 UNKNOWN_NAME unknown field of a "okk" / did you mean "ok"?'],
  ],
  [
    'an expected answer that does not exist',
    binary('messages:\n  a: { dir: up, id: 1, expects: { message: bb } }\n  b: { dir: down, id: 2 }'),
    ['6:3 NO_MESSAGE expects "bb", which is no message that goes down / b'],
  ],
  [
    'an expected answer that does not exist, 2',
    binary('messages:\n  a: { dir: up, id: 1, expects: {} }'),
    ['6:33 MISSING_KEY expects of message a has no "message"'],
  ],
  [
    'an answer to unknown ids that does not exist',
    binary('messages: { a: { dir: down, id: 1 } }\nunknown: { reply: b }'),
    ['6:19 NO_MESSAGE unknown.reply "b" is not a down message / a'],
  ],
  [
    'an answer to a bad frame that does not exist, or has no field',
    binary(
      'messages: { a: { dir: down, id: 1 } }',
      `${FRAME}\n    sum: { check: xor8, over: id..body, bad: reply(b 1) }`,
    ),
    ['12:5 NO_MESSAGE bad: reply "b" is not a down message / a'],
  ],
  [
    'an answer to a bad frame that does not exist, or has no field, 2',
    binary(
      'messages: { a: { dir: down, id: 1 } }',
      `${FRAME}\n    sum: { check: xor8, over: id..body, bad: reply(a 1) }`,
    ),
    ['12:5 BAD_VALUE bad: reply "a" has no field for 1 / reply(a)'],
  ],
  [
    'a consequence that is none, and one of nothing',
    fields('a: { type: u8, valid: 1..9, bad: shout }, b: { type: u8, bad: close }'),
    [
      '5:77 BAD_VALUE bad of field a cannot be "shout" / one of drop, warn, close',
      '5:106 BAD_VALUE bad is for what can be wrong: "valid", a check, or "auto"',
    ],
  ],
  [
    'a value from elsewhere than the request',
    fields('a: { type: u8, from: conn.x }'),
    ['5:65 BAD_EXPRESSION from names an element of the request / from: request.serial'],
  ],
  [
    'a type with too few parameters',
    binary(
      'types: { "Io(id n)": { id: id, value: n } }\nmessages: { m: { dir: up, id: 1, fields: { a: Io(u8), b: Io(u8 u8 u8)(2), c: Io } } }',
    ),
    [
      '6:47 BAD_TYPE "Io(u8)": Io(id n) takes 2 types, got 1 / Io(id n)',
      '6:58 BAD_TYPE "Io(u8 u8 u8)(2)": Io(id n) takes 2 types, got 3 / Io(id n)',
      '6:78 BAD_TYPE "Io": Io(id n) takes 2 types, got 0 / Io(id n)',
    ],
  ],
  [
    'a type with parameters twice, and with names that cannot be',
    binary(
      'types: { T(a): { x: a }, "T(a b)": { x: a, y: b }, "U(1)": { x: u8 } }\nmessages: { m: { dir: up, id: 1 } }',
    ),
    [
      '5:26 DUPLICATE_NAME type "T" is declared twice',
      '5:52 BAD_NAME "1" cannot be a name / letters, digits and underscores, a letter first',
    ],
  ],
  [
    'a parameter that is no type',
    binary('types: { T(n): { x: n } }\nmessages: { m: { dir: up, id: 1, fields: { a: T(uint8) } } }'),
    ['5:21 UNKNOWN_TYPE unknown type "uint8" / u8'],
  ],
  [
    'what cannot stand behind a size of its own',
    fields('a: sized(u8 u16), b: sized(T), c: sized(i8 bytes)'),
    [
      '5:47 UNSUPPORTED "sized(u8 u16)": only a type of this schema can stand behind its own size / sized(u16 Item) with types: { Item: { value: u16 } }',
      '5:65 BAD_TYPE cannot read "sized(T)" / sized(u16 Item)(count): each item behind its own size',
      '5:78 BAD_TYPE cannot read "sized(i8 bytes)" / sized(u16 Item)(count): each item behind its own size',
    ],
  ],
  [
    'a list that ends at nothing',
    binary(
      'types: { T: { last: u8 } }\nmessages: { m: { dir: up, id: 1, fields: { a: T(until lst == 1), b: u8(until a == 1) } } }',
    ),
    [
      '6:47 UNKNOWN_NAME unknown field of T "lst" / did you mean "last"?',
      '6:69 UNSUPPORTED "u8(until a == 1)": only a list of a type can end at an item / Item(until last == 1)',
    ],
  ],
  [
    'sizes that are none',
    fields('a: cstr(8), b: word(2), c: "str(until)", d: "str(until 0)", e: str(i8), f: u8(2)(3), g: bcd(u8)'),
    [
      '5:47 BAD_TYPE "cstr(8)": cstr ends at its zero byte / str(u8), or cstr',
      '5:59 BAD_TYPE "word(2)": word takes no size / word',
      '5:71 BAD_BYTES "str(until)": a delimiter needs at least one byte / str(until "0d 0a")',
      '5:88 BAD_BYTES "str(until 0)": "0" is no pair of hexadecimal digits / str(until "0d 0a")',
      '5:107 BAD_TYPE "str(i8)": a size cannot be i8 / u8, u16, u24, u32 or varint',
      '5:119 BAD_TYPE "u8(2)(3)" has too many brackets / a list has one size: u16(4), u16(u8) or u16(*)',
      '5:132 BAD_TYPE "bcd(u8)": digits need a number of bytes / bcd(4), or bcd(n) with n: { type: u8, auto: size(digits) }',
    ],
  ],
  [
    'packed numbers, encoded numbers',
    fields(
      'a: { type: u8(4), packed: lsb }, b: { type: u8, encoding: gbk }, c: { type: bool(8), packed: msb }, d: { type: str(4), encoding: utf16 }',
    ),
    [
      '5:70 BAD_TYPE packed is for a list of booleans / type: bool(8)',
      '5:102 BAD_TYPE encoding is for text / type: str(u8)',
      '5:137 BAD_VALUE packed of field c cannot be "msb" / did you mean "lsb"?',
      '5:173 BAD_VALUE unknown character set "utf16" / ascii, utf8, latin1 or gbk',
    ],
  ],
  [
    'numbers given in another way',
    fields('a: { type: u8, as: bigint }, b: { type: u64, as: hex }, c: { type: varint, max: 9 }'),
    [
      '5:63 BAD_VALUE as: bigint is for u56, i56, u64 and i64 / every smaller number is a number',
      '5:93 UNSUPPORTED as: hex is not supported by this version',
      '5:124 BAD_VALUE a varint cannot have 9 bytes / 1 to 7',
    ],
  ],
  [
    'flags of another width, and none',
    binary(
      'flags: { F: { size: u8, on: 0 } }\nmessages: { m: { dir: up, id: 1, fields: { a: { type: u16, flags: F }, b: { type: u8, flags: G } } } }',
    ),
    ['6:55 BAD_TYPE flags F take u8, got u16', '6:94 UNKNOWN_NAME unknown flag set "G" / did you mean "F"?'],
  ],
  [
    'flags that are wrong in themselves',
    binary(
      'flags: { a-b: { size: u8 }, C: { on: 1 }, D: { size: u40 }, E: { size: u8, on: 8, off: 1, of: 1, a-b: 2 } }\nmessages: { m: { dir: up, id: 1 } }',
    ),
    [
      '5:10 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB',
      '5:32 MISSING_KEY flags C has no "size" / size: u8',
      '5:54 BAD_TYPE flags D take u8, u16, u24 or u32, got "u40"',
      '5:80 BAD_VALUE flag "on" cannot be bit 8 / 0 to 7',
      '5:91 DUPLICATE_NAME flag "of": bit 1 is taken by "off"',
      '5:98 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB',
    ],
  ],
  [
    'enumerations that are wrong in themselves',
    binary('enums: { a-b: { x: 1 }, C: { x: 1, y: 1, z: 0.5 } }\nmessages: { m: { dir: up, id: 1 } }'),
    [
      '5:10 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first: aB',
      '5:36 DUPLICATE_NAME enum C: 1 is taken by "x"',
      '5:42 BAD_VALUE enum C: "z" cannot be 0.5 / a whole number',
    ],
  ],
  [
    'a name that a varint cannot say',
    fields('a: { type: varint, max: 1, enum: { x: 1, y: 200 } }, b: { type: svarint, max: 1, enum: { z: -65 } }'),
    [
      `5:77 BAD_VALUE enum: "y" cannot be 200 / it holds 0..127`,
      `5:131 BAD_VALUE enum: "z" cannot be -65 / it holds -64..63`,
    ],
  ],
  [
    'an enumeration of what is no number',
    fields('a: { type: str(4), enum: { x: 1 } }, b: { type: f32, scale: 2 }'),
    [
      '5:69 BAD_TYPE only a whole number can have an enumeration',
      '5:104 BAD_VALUE only a whole number of up to 48 bits can be scaled / a float has its decimals already',
    ],
  ],
  [
    'a constant that comes and goes',
    fields('a: u8, b: { type: u8, const: 3, if: a == 1 }'),
    ['5:73 UNSUPPORTED const with "if" is not supported by this version / enum: { name: 1 }'],
  ],
  [
    'a sign that stands nowhere',
    fields('a: { type: u8, negative: s.on }, b: { bits: u8, fields: { n: 8 } }, c: { type: u8, negative: b.n }'),
    [
      '5:69 UNKNOWN_NAME unknown name in negative: "s" / did you mean "a"?',
      '5:137 UNKNOWN_NAME negative: "b.n" is no single bit / "n" has 8 bits; a sign has one',
    ],
  ],
  [
    'inline of what has no names',
    fields('a: { type: u8, inline: true }'),
    ['5:67 BAD_VALUE inline is for a type of this schema, without "if"'],
  ],
  [
    'conditions that ask for the rest and more',
    fields('k: u8, a: { type: u8, if: "more(2) && k == 1" }'),
    ['5:70 UNSUPPORTED if: more() with other conditions is not supported by this version / if: more(n) alone'],
  ],
  [
    'a request where it is not known',
    fields('a: { type: u8, if: request.n == 1 }, b: str(request.n.m)'),
    [
      '5:63 UNSUPPORTED if: "request.n" is not known here / request.x is for rules and for sizes of fields',
      '5:84 UNSUPPORTED size: "request.n.m" is not known here / request.x is for rules and for sizes of fields',
    ],
  ],
  [
    'automatic values of nothing',
    fields('n: { type: u8, auto: count(lst) }, l: u8(u8), m: { type: u8, auto: { x: 1 } }'),
    [
      '5:65 UNKNOWN_NAME unknown list "lst" / known: n, l, m',
      '5:111 UNSUPPORTED auto: cannot compute a map / auto: size(a..b), count(list) or present',
    ],
  ],
  [
    'a bit field that is too wide',
    fields('a: { bits: u8, fields: { x: 40 } }'),
    ['5:72 BAD_VALUE bit field "x" cannot be 40 wide / x: 1, to 32; first is highest'],
  ],
  [
    'repeated items of enumerations and of times',
    tagged(
      '1: { name: a, type: u8, enum: { x: 1 } }, 2: { name: b, type: time(u8 yyMMddHHmmss) }',
      'tag: u8, size: u8, repeat: [a, b]',
    ),
    [
      '5:65 UNSUPPORTED item "a": an enumeration cannot be repeated in this version / fields: { value: ... } around it',
      '5:107 UNSUPPORTED item "b": a time of several numbers cannot be repeated in this version / fields: { value: ... } around it',
    ],
  ],
  [
    'a warning in an item',
    tagged('1: { name: a, type: u8, valid: 1..3, bad: warn }'),
    ['5:91 UNSUPPORTED bad: warn in a tagged item is not supported by this version'],
  ],
  [
    'defaults and limits that cannot be',
    binary(ONE)
      .replace('frame: 4KiB', 'frame: 17MiB')
      .replace('session:', 'defaults: { text: utf16, zone: CET }\nsession:'),
    [
      '3:19 BAD_VALUE unknown character set "utf16" / ascii, utf8, latin1 or gbk',
      '3:32 BAD_VALUE zone cannot be "CET" / the offset from UTC: "+08:00"',
      '5:18 BAD_VALUE limits.frame cannot be more than 16 MiB',
      '10:5 SIZE_WIDTH size: u16 counts to 65535, but id..body can be 17825790 (limits.frame) / limits: { frame: 65537 }, or a wider size',
    ],
  ],
  [
    'parts without what tells them apart',
    binary(`${ONE}\nfragments: { key: [idd], index: id, join: list }`),
    [
      '6:12 MISSING_KEY fragments has no "total"',
      '6:20 UNKNOWN_NAME unknown name in key: "idd" / did you mean "id"?',
      '6:43 UNKNOWN_NAME join: "list" is nothing that comes in parts / body',
    ],
  ],
  ['vectors that are no list', binary(`${ONE}\nvectors: {}`), ['6:10 SHAPE vectors must be a list']],
  [
    'states of a vector that no connection has',
    binary(`${ONE}\nvectors: [{ dir: up, raw: "0001 01", is: m, state: closed, request: 3, conn: [] }]`),
    [
      '6:52 BAD_VALUE state of vector 1 cannot be "closed" / one of new, open',
      '6:69 SHAPE request of vector 1 must be a map of keys, got 3',
      '6:78 SHAPE conn of vector 1 must be a map of keys, got a list',
    ],
  ],
  [
    'masks that one id can satisfy',
    binary(
      'messages:\n  a: { dir: up, id: { mask: 0x80, equals: 0x80, as: x } }\n  b: { dir: both, id: { mask: 0x0f, equals: 1, as: y } }',
    ),
    [
      '7:3 DUPLICATE_ID an id can be one of "b" and of "a" at 6:3 / masks that have a bit in common in which they differ',
    ],
  ],
  [
    'messages that do not fit the size of their frames',
    shape(
      `split: { by: fixed, size: 4 }, ${LAYOUT}`,
      'messages: { a: { dir: up, id: 1, fields: { x: u8 } }, b: { dir: up, id: 2, fields: { x: str(u8) } }, c: { dir: up, id: 3, fields: { x: u32 } } }',
    ),
    [
      '5:13 BAD_VALUE a frame of "a" takes 2 bytes, but is cut at 4 (split.size) / a field for the bytes that are left: spare: bytes(*)',
      '5:102 BAD_VALUE a frame of "c" takes 5 bytes, but is cut at 4 (split.size) / a field for the bytes that are left: spare: bytes(*)',
    ],
  ],
  [
    'messages that do not fit the size of their frames, 2',
    shape(
      `split: { by: table, sizes: { 0x01: 2 } }, ${LAYOUT}`,
      'messages: { a: { dir: up, id: [1, 2], fields: { x: u8 } }, b: { dir: up, id: 3, fields: { x: str(8) } } }',
    ),
    [
      '5:13 BAD_VALUE id 0x02 of "a" has no size in split.sizes / sizes: { 0x02: 2 }',
      '5:60 BAD_VALUE id 0x03 of "b" has no size in split.sizes / sizes: { 0x03: 9 }',
    ],
  ],
  [
    'constants and defaults of what cannot have them',
    fields('a: { type: str(4), const: 3 }, b: { type: u64, as: bigint, const: 3 }, c: { type: u8(3), default: 1 }'),
    [
      '5:70 BAD_TYPE const of field a is for whole numbers of a fixed size / valid: { match: "^OK$" }',
      '5:110 BAD_TYPE const of field b cannot be compared with a bigint / without "as"',
      '5:142 BAD_TYPE default of field c is for numbers, text and booleans',
    ],
  ],
  [
    'defaults of another type',
    fields(
      'a: { type: f32, default: x }, b: { type: bool, default: 1 }, c: { type: str(u8), default: 7 }, d: { type: hex(2), default: "0a1" }, e: { type: u8, enum: { on: 1 }, default: off }, g: { type: i64, default: 0.5 }',
    ),
    [
      '5:69 BAD_VALUE default cannot be "x" / a number',
      '5:100 BAD_VALUE default cannot be 1 / true or false',
      '5:134 BAD_VALUE default cannot be 7 / "7", in quotes',
      '5:167 BAD_VALUE default cannot be "0a1" / two digits for each byte',
      '5:217 BAD_VALUE default cannot be "off" / on',
      '5:249 BAD_VALUE default cannot be 0.5 / a number',
    ],
  ],
  [
    'a number that means nothing among names',
    fields('a: { type: u8, enum: { on: 1 }, none: 0 }'),
    ['5:82 BAD_TYPE none of field a cannot stand beside "enum" / a name for it: enum: { nothing: 0 }'],
  ],
  [
    'values of a request where there is none',
    binary(
      'types: { T: { a: { type: u8, from: request.x } } }\nmessages: { m: { dir: up, id: 1, fields: { t: T, s: { type: u8(u8), from: request.x } } } }',
    ),
    [
      '5:15 UNSUPPORTED "a" of a type cannot take its value from a request, of which a message alone knows / in the message itself',
      '6:75 BAD_TYPE from of field s is for numbers',
    ],
  ],
  [
    'values of a request around a body',
    layout('a: { type: u8, from: request.x }'),
    [
      '6:110 UNSUPPORTED "a" of a layout cannot take its value from a request, of which a message alone knows / role: serial here, and serial: echo in the answer',
    ],
  ],
  [
    'what is left of a body, asked for in a layout',
    layout('a: { type: u8, if: more(1) }'),
    [
      '6:129 UNSUPPORTED if: more() is about what is left of a body, and has no meaning in a layout / a bit of an earlier number',
    ],
  ],
  [
    'all the rest in a type that is followed by more, or that is repeated',
    binary(
      'types: { T: { k: u8, a: { type: bytes(*), if: k == 1 } }, L: { l: T } }\nmessages: { m: { dir: up, id: 1, fields: { t: L, z: u8 } }, n: { dir: up, id: 2, fields: { t: T(u8) } }, o: { dir: up, id: 3, fields: { t: sized(u8 T), z: T } } }',
    ),
    [
      '6:44 REST_NOT_LAST bytes(*) in "t" must be the last field of its scope; "z" follows at 6:50',
      '6:92 REST_NOT_LAST t: bytes(*) takes all the rest, so a list can have no second item / sized(u16 Item)(u8): each behind its size',
    ],
  ],
  [
    'text that is filled up to the size that it has',
    fields('n: { type: u8, auto: size(a) }, a: { type: str(n), pad: "20" }'),
    [
      '5:76 BAD_VALUE pad: "a" has as many bytes as it needs, because "n" is computed from it / str(12) is filled up, and str(len) is not',
    ],
  ],
  [
    'roles of what cannot have them',
    layout(
      'a: { type: bcd(2), role: serial }, b: { type: f32, role: identity }, c: { type: u8, role: serial, scale: 0.5 }',
    ),
    [
      '6:110 BAD_TYPE "a": a serial number is a whole number / serial: { type: u16, role: serial }; digits and text are fields like others, which handlers fill in',
      '6:145 BAD_TYPE "b": an identity is a whole number, text or digits / imei: { type: bcd(8), role: identity, trim: left0 }',
      '6:179 BAD_TYPE "c": role: serial cannot stand beside scale, enum, none, const, auto or negative / serial: { type: u16, role: serial }; digits and text are fields like others, which handlers fill in',
    ],
  ],
  [
    'tagged items whose size is told elsewhere, or that have keys which do not exist',
    tagged('1: { name: a, type: str(n) }, 2: { name: b, fields: { x: u8 }, secrt: true }', undefined, 'n: u8, t: T(*)'),
    [
      '5:69 UNSUPPORTED "a": an item says how long it is, and nothing else does / str(*), or fields: { size: ..., value: ... }',
      '5:112 UNKNOWN_KEY unknown key "secrt" in tag 2 / did you mean "secret"?',
    ],
  ],
  [
    'what cannot stand in layouts and types of text',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
types: { X: { text: "{a}", fields: { a: { type: bool } } } }
frame:
  split: { by: line }
  text: "{id}:{k}:{d}|{body}"
  layout: { id: { type: word, role: id }, k: { type: word, enum: { on: A } }, d: dm(2), body: { csv: true } }
messages:
  m: { dir: up, id: m, fields: { a: int } }
`,
    [
      '4:49 BAD_VALUE a bool cannot stand in a text type / enum: { on: "1", off: "0" }',
      '8:60 BAD_VALUE "enum" has no meaning in an element of text',
      '8:79 BAD_VALUE "d" cannot be a dm in a layout / char, chars, word, int, hexint or dec',
    ],
  ],
  [
    'what cannot stand in groups of columns',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: line }
  text: "{id}|{body}"
  layout: { id: { type: word, role: id }, body: { csv: true } }
messages:
  m: { dir: up, id: m, fields: { g: { group: { b: bool, c: rest }, repeat: 0..3 } } }
`,
    [
      '9:34 BAD_VALUE "g": a rest of a group cannot stand in columns / chars(*)',
      '9:48 BAD_VALUE "b": a bool cannot stand in columns / enum: { on: "1", off: "0" }',
    ],
  ],
  [
    'what cannot stand in groups of JSON',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: json }, layout: { body: { json: true, id: type } } }
messages:
  m: { dir: up, id: m, fields: { g: { group: { b: dm(2) }, repeat: 0..3 } } }
`,
    ['6:48 BAD_VALUE "b": a dm cannot stand in JSON / dec, or a group'],
  ],
  [
    'names for text of another length',
    lines('  m: { dir: up, text: "x {a} {b}", fields: { a: { type: chars(3), enum: { on: A, off: OFF } }, b: word } }'),
    ['6:79 BAD_VALUE enum of field a: the text of "on" is 1 long, and the field 3 / chars(*) is as long as its text'],
  ],
  [
    'filters of text that is cut in another way',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: json }, filter: backspace, layout: { body: { json: true, id: type } } }
messages: { m: { dir: up, id: m } }
`,
    ['4:39 BAD_VALUE filters are for lines of text / split: { by: line }'],
  ],
  [
    'JSON in a character set whose characters may end with a bracket',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
defaults: { text: gbk }
frame: { split: { by: json }, layout: { body: { json: true, id: type } } }
messages: { m: { dir: up, id: m } }
`,
    ['5:17 BAD_VALUE JSON objects cannot be told apart in gbk / split: { by: line }'],
  ],
  [
    'a type of text that would end inside of itself, in a template and behind a name',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
types: { L: { text: "{v};{h}", fields: { v: dm(2), h: { type: char, in: NS } }, as: degrees }, T: { text: "{l}/{x}", fields: { l: L, x: int } } }
frames:
  a: { split: { by: line } }
  b: { split: { by: until, end: "'#'" }, text: "{id} {body}", layout: { id: { type: word, role: id }, body: { kv: true } } }
messages:
  m: { dir: up, text: "a {t};{x}", fields: { t: T, x: int } }
  n: { dir: up, id: n, fields: { l: L, x: int } }
`,
    [
      '9:23 NOT_INVERTIBLE "t" ends at the first ";", which stands in its type / another literal between them, or the type at the end',
      '10:34 NOT_INVERTIBLE "l" ends at the first ";", which stands in its type / kv: { pair: "&" }, or another literal in the type',
    ],
  ],
  [
    'a body that ends at what may be a digit of its checksum',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line }, text: "{id} {body}A{sum}", layout: { id: { type: word, role: id }, body: { kv: true }, sum: { check: xor8, over: id..body, as: hex2 } } }
messages: { m: { dir: up, id: m, fields: { x: int } } }
`,
    [
      '4:37 NOT_INVERTIBLE the body ends at the last "A", which the digits of "sum" can be / a literal that is no hexadecimal digit: {body}*{sum}',
    ],
  ],
  [
    'what an encoder computes for what is no number, and a size behind what it counts',
    fields(
      'k: u8, a: { type: str(4), auto: k + 1 }, b: { type: varint, auto: size(z) }, c: { type: u8, auto: size(k..b) }, z: u8',
    ),
    [
      '5:51 BAD_TYPE auto: "a" is no whole number of a fixed size / type: u16',
      '5:85 BAD_TYPE auto: "b" is no whole number of a fixed size / type: u16',
      '5:142 UNSUPPORTED auto: "c" stands behind what it counts / a size in front, or around all of it: auto: size(text..len)',
    ],
  ],
  [
    'constants, defaults and words of text that can never stand there',
    lines(
      '  m: { dir: up, text: "m {a} {b}-{c} {d}", fields: { a: { type: word, const: x y }, b: { type: chars(*), enum: { on: 1-0 } }, c: { type: chars(2), default: abc }, d: { type: word, enum: { far: f r } } } }\n  n: { dir: up, text: "n {a} {b} {c}", fields: { a: { type: int, default: 9, valid: 1..5 }, b: { type: int, const: 9, valid: 1..5 }, c: { type: chars(3), in: ab, default: abc } } }',
    ),
    [
      '6:78 BAD_VALUE const cannot be "x y" / one word',
      '6:85 NOT_INVERTIBLE "b" ends at the first "-", so it cannot be "1-0" / other characters, or another literal behind it',
      '6:157 BAD_VALUE default cannot be "abc" / as many characters as the type has',
      '6:194 BAD_VALUE enum of field d: "f r" is no word / chars(*) can have spaces',
      '7:75 BAD_VALUE default cannot be 9',
      '7:116 BAD_VALUE const cannot be 9 / 1..5',
      '7:172 BAD_VALUE default cannot be "abc" / what "valid" and "in" let through',
    ],
  ],
  [
    'columns that hold a comma, or that are optional and have a default, and values beyond their digits',
    `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: line }
  text: "{id}|{body}"
  layout: { id: { type: word, role: id }, body: { csv: true } }
messages:
  m: { dir: up, id: m, fields: { a: { type: word, const: "x,y" }, b: { type: int, optional: true, default: 5 }, c: { type: hexint(2), valid: -5..5 }, d: { type: chars(3), valid: { len: 1..2 } } } }
`,
    [
      '9:34 NOT_INVERTIBLE "a" is a column, so it cannot be "x,y" / no comma, or a rest at the end',
      '9:108 BAD_VALUE a field with a default is always written, so it cannot be optional / without "optional", or without "default"',
      '9:142 BAD_VALUE valid: -5..5 is more than hexint(2) can say / 0..0xff',
      '9:179 BAD_VALUE valid: field d always has 3 characters, not 1..2 / chars(*) has as many as there are',
    ],
  ],
];
