/** What is said about a wrong schema: where, what, and what to try. */
import t from 'tap';
import { resolveSchema } from '../../generator/model/resolve.js';
import { plain } from '../../generator/schema/colors.js';
import { type Diagnostic, formatDiagnostic, formatDiagnostics } from '../../generator/schema/diagnostics.js';
import { loadCode } from '../support/load.js';

const FRAME = `frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    body: body`;

/** Line 5 is the first line of `body`. */
function binary(body: string, frame = FRAME): string {
  return `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
limits: { frame: 4KiB }
${body}
${frame}
`;
}

/** A message with these fields; they begin at 5:44. */
const fields = (list: string): string => binary(`messages: { m: { dir: up, id: 1, fields: { ${list} } } }`);

const lines = (messages: string): string => `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line } }
messages:
${messages}
`;

function diagnose(text: string): readonly Diagnostic[] {
  return resolveSchema('odd.wire.yaml', text).source.diagnostics;
}

/** `5:37 UNKNOWN_TYPE unknown type "uint8" / u8`. */
function brief(d: Diagnostic): string {
  return `${d.line}:${d.column} ${d.code} ${d.message}${d.hint === undefined ? '' : ` / ${d.hint}`}`;
}

/** A tagged type; its keys begin at 5:22, its items at 5:49 if those are `tag: u8, size: u8`. */
const tagged = (of: string, tlv = 'tag: u8, size: u8', list = 't: T(*)'): string =>
  binary(`types: { T: { tlv: { ${tlv} }, of: { ${of} } } }\nmessages: { m: { dir: up, id: 1, fields: { ${list} } } }`);
const TEMP = '1: { name: temp, type: u8 }';

/** Title, schema, and what is said, in full and in order. */
const cases: readonly [string, string, readonly string[]][] = [
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
    ['5:44 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first'],
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
    ['5:44 LATE_NAME if: uses "b", which is decoded later (5:73)'],
  ],
  [
    'an unknown name in an expression',
    fields('flag: u8, a: { type: u8, if: flog == 1 }'),
    ['5:54 UNKNOWN_NAME unknown name in if: "flog" / did you mean "flag"?'],
  ],
  [
    'an unknown bit',
    fields('m: { bits: u8, fields: { on: 1, spare: 7 } }, a: { type: u8, if: m.onn }'),
    ['5:90 UNKNOWN_NAME if: "m" has no "onn" / did you mean "on"?'],
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
    'an unreadable range',
    fields('a: { type: u8, valid: 9..1 }'),
    ['5:66 BAD_VALUE cannot read the range "9..1" / least..greatest: 1..20'],
  ],
  [
    'the rest in the middle',
    fields('a: str(*), b: u8'),
    ['5:44 REST_NOT_LAST str(*) must be the last field of its scope; "b" follows at 5:55'],
  ],
  [
    'a type that contains itself',
    binary('types: { T: { a: T } }\nmessages: { m: { dir: up, id: 1 } }'),
    ['5:18 RECURSIVE type "T" contains itself / a type that contains itself has no greatest size'],
  ],
  [
    'the same id twice in a direction',
    binary('messages:\n  a: { dir: up, id: 0x12 }\n  b: { dir: both, id: 0x12 }'),
    ['7:3 DUPLICATE_ID id 0x12 (up) is taken by "a" at 6:3 / list both ids in one message, or give it another id'],
  ],
  [
    'an id that is too wide',
    binary('messages:\n  a: { dir: up, id: 0x1234 }'),
    ['6:21 ID_WIDTH id 0x1234 does not fit u8 (layout.id, 11:5)'],
  ],
  [
    'an answer that does not exist',
    binary(
      'messages:\n  ping: { dir: up, id: 1, heartbeat: { reply: pnog, every: 9s } }\n  pong: { dir: down, id: 2 }',
    ),
    ['6:3 NO_MESSAGE heartbeat.reply "pnog" is not a down message / pong'],
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
    ['5:60 BAD_NAME "a-b" cannot be a name / letters, digits and underscores, a letter first'],
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
    'what this version cannot do',
    fields('a: cstr, b: { type: u8, round: down }'),
    [
      '5:47 UNSUPPORTED the type "cstr" is not supported by this version',
      '5:75 UNSUPPORTED "round" is not supported by this version',
    ],
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
      '12:17 BAD_BYTES magic: "7" is no pair of hexadecimal digits / bytes are pairs of hexadecimal digits and quoted text: "\'$GP\' 0d 0a"',
    ],
  ],
  [
    'a range that names nothing',
    binary('messages: { m: { dir: up, id: 1 } }', FRAME.replace('id..body', 'idd..body')),
    ['9:5 BAD_RANGE covers: "idd..body": no element "idd" / id'],
  ],
  [
    'a range that runs backwards',
    binary('messages: { m: { dir: up, id: 1 } }', FRAME.replace('id..body', 'body..id')),
    ['9:5 BAD_RANGE covers: "body..id" runs backwards / id..body'],
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
  ['a list where a map must be', '- a\n- b\n', ['1:1 SHAPE the schema must be a map of keys, got a list']],
  ['an empty file', '', ['1:1 SHAPE the schema must be a map of keys, got nothing']],
  [
    'a tab as indentation',
    'wire: 1\n\tprotocol: x\n',
    ['2:1 YAML Tabs are not allowed as indentation / indent with spaces'],
  ],
  [
    'another version',
    binary('messages: { m: { dir: up, id: 1 } }').replace('wire: 1', 'wire: 2'),
    ['1:7 BAD_VALUE this version reads wire: 1, not 2'],
  ],
  ['two documents', 'wire: 1\n---\nwire: 1\n', ['2:1 YAML the file holds more than one document']],
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
    ['5:44 BAD_VALUE auto: "z" is no list, so it has no count'],
  ],
  [
    'a call that has no meaning there',
    fields('s: str(u8), a: { type: u8, if: size(s) > 3 }'),
    ['5:56 UNSUPPORTED if: size() is not supported here by this version'],
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
];

for (const [title, text, wanted] of cases) {
  t.test(title, async t => {
    t.same(diagnose(text).map(brief), wanted);
  });
}

t.test('the caret stands under what is wrong', async t => {
  for (const [title, text] of cases) {
    for (const d of diagnose(text)) {
      const [, source, caret] = formatDiagnostic(d, plain).split('\n');
      const line = text.split('\n')[d.line - 1] ?? '';
      t.equal(source?.slice(source.indexOf('|') + 2), line, title);
      t.equal(caret!.indexOf('^') - (caret!.indexOf('|') + 2), d.column - 1, title);
      t.ok(caret!.length <= Math.max(1, line.length) + caret!.indexOf('|') + 2, `${title}: not beyond the line`);
    }
  }
  const [d] = diagnose(fields('a: uint16'));
  t.equal(
    formatDiagnostic(d!, plain),
    `odd.wire.yaml:5:47 error unknown type "uint16" [UNKNOWN_TYPE]
5 | messages: { m: { dir: up, id: 1, fields: { a: uint16 } } }
  |                                               ^^^^^^
  hint: u16`,
  );
});

t.test('all mistakes of a file are found at once, sorted, and twenty are shown', async t => {
  const wrong = Array.from({ length: 30 }, (_, i) => `  m${i}: { dir: up, id: ${i}, fields: { a: uint8 } }`);
  const found = diagnose(binary(`messages:\n${wrong.join('\n')}`));
  t.equal(found.length, 30);
  t.same(
    found.map(d => d.line),
    wrong.map((_, i) => 6 + i),
  );
  const shown = formatDiagnostics(found, plain);
  t.equal(shown.match(/\[UNKNOWN_TYPE\]/g)?.length, 20);
  t.match(shown, /10 more not shown\n\n30 errors$/);
});

t.test('Windows line ends do not disturb places', async t => {
  const text = fields('a: uint16').replaceAll('\n', '\r\n');
  const [d] = diagnose(text);
  t.match(d, { line: 5, code: 'UNKNOWN_TYPE', source: /\} \}$/ });
});

t.test('weird input never throws, and a schema without errors can be loaded', async t => {
  const weird = [
    'hello',
    '~',
    '42',
    'a: &a [*a]',
    'a: &a { b: *a }',
    '? [a, b]\n: 1',
    '? \n: 1',
    '{',
    '"',
    'wire: 1\nwire: 1',
    '%YAML 9.9\n---\na',
    '!!binary aGk=',
    '\u0000',
    '\ufeffwire: 1',
    'wire: 1e999',
    'a: !unknown b',
    binary('messages:'),
    binary('messages: 7'),
    binary('messages: []'),
    binary('messages: { a: }'),
    binary('messages: { a: [] }'),
    binary('messages: { ? [x] : { dir: up, id: 1 } }'),
    binary('messages: { a: { dir: up, id: [[1]] } }'),
    binary('messages: { a: { dir: up, id: { same: 7 } } }'),
    binary('messages: { a: { dir: up, id: 1, heartbeat: 7, auth: [], reply: x, expects: ~ } }'),
    binary('messages: { a: &x { dir: up, id: 1 }, b: { <<: *x, id: 2 } }'),
    binary(
      'enums: { E: [1] }\nflags: { F: 7 }\ntypes: { T: u8 }\nmessages: { a: { dir: up, id: 1, fields: { t: T } } }',
    ),
    binary('vectors: [1, ~, {}, { dir: up, raw: 12 }]\nmessages: { a: { dir: up, id: 1 } }'),
    'wire: 1\nprotocol: []\nframe: []\nmessages: {}',
    'wire: 1\nprotocol: { id: x }\nframe: { split: { by: [] } }\nmessages: {}',
    'wire: 1\nprotocol: { id: x }\nframe: { split: { by: length }, layout: { a: 7 } }\nmessages: {}',
    ...['a: ~', 'a: []', 'a: { type: {} }', 'a: { type: [] }', 'a: { bits: [] }', 'a: { bits: u8, fields: [] }'].map(
      fields,
    ),
    ...[
      'a: { type: u8, if: [] }',
      'a: { type: u8, enum: [] }',
      'a: { type: u8, valid: [] }',
      'a: { type: u8, enum: {} }',
    ].map(fields),
    ...[
      'a: { type: u8, scale: x }',
      'a: { type: u8, scale: 1/0 }',
      'a: { type: u8, scale: 1e400 }',
      'a: { magic: {} }',
    ].map(fields),
    ...['a: { type: u8, auto: 7 }', 'a: { type: u8, auto: size() }', 'a: str(0)', 'a: u8(-1)', 'a: str(u8)(u8)'].map(
      fields,
    ),
    ...[
      'a: str(b)',
      'a: str(1 + )',
      'a: time(x y)',
      'a: hex(*), b: u8',
      'a: bcd(u8)',
      'a: { type: u8, pad: "00 00" }',
    ].map(fields),
    ...[
      'a: { type: u8, negative: 7 }',
      'a: { type: u8, default: {} }',
      'a: { type: str(u8), valid: { match: "(" } }',
    ].map(fields),
    ...['s: str(u8), a: { type: u8, if: size(s) > 3 }', 'o: { type: u8, if: more(1) }, a: { type: u8, if: o > 3 }'].map(
      fields,
    ),
    ...['m: { bits: u8, fields: { x: 1, spare: 7 }, if: more(1) }, a: { type: u8, if: m.x }'].map(fields),
    ...[
      'o: { type: u8, if: more(1) }, a: { type: u8, if: present(o) }',
      'x: u8, a: { type: u8, if: "!present(x)" }',
    ].map(fields),
  ];
  for (const text of weird) {
    try {
      const { source, model } = resolveSchema('odd.wire.yaml', text);
      formatDiagnostics(source.diagnostics, plain);
      t.equal(model === undefined, source.hasErrors, JSON.stringify(text.slice(-80)));
      for (const d of source.diagnostics) t.ok(d.line >= 1 && d.column >= 1 && d.length >= 1);
      if (model !== undefined) await loadCode(model);
    } catch (e) {
      t.fail(`${(e as Error).message.split('\n')[0]}: ${text.slice(text.indexOf('messages'))}`);
    }
  }
});

t.test('a good schema with one thing changed never throws', async t => {
  const good = fields(
    'a: { type: u8, valid: 1..9 }, s: str(u8), m: { bits: u8, fields: { x: 1, spare: 7 } }, b: { type: u8, if: m.x }',
  );
  const words = good.match(/[\w.]+|[^\s\w]/g) ?? [];
  for (const [i] of words.entries()) {
    for (const instead of ['', '7', '[', 'x', '~', 'u8', '*']) {
      const changed = words.map((w, k) => (k === i ? instead : w));
      let n = 0;
      const text = good.replace(/[\w.]+|[^\s\w]/g, () => changed[n++]!);
      try {
        formatDiagnostics(diagnose(text), plain);
      } catch (e) {
        t.fail(`${(e as Error).message}: ${text}`);
      }
    }
  }
  t.pass(`${words.length} words`);
});
