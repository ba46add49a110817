/** What is said to somebody who writes a schema for the first time: where, what cannot be, and what to try. One mistake, one message. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { resolveSchema } from '../../generator/model/resolve.js';
import { readText } from '../../generator/run/load-schema.js';

const STATION = `wire: 1
protocol: { id: station, version: 1.0.0 }
defaults: { endian: little }
limits: { frame: 258, idle: 10m }
session: { auth: none }
frame:
  split: { by: length }
  layout:
    start: { magic: "5a a5" }
    length: { type: u8, covers: command..check }
    command: { type: u8, role: id }
    sequence: { type: u8, role: serial }
    body: body
    check: { check: crc16/modbus, over: length..body }
messages:
  measured:
    dir: up
    id: 0x03
    fields:
      time: time(u32 s)
      v: { bits: u8, fields: { south: 1, low: 1, spare: 6 } }
      lat: { type: u16, scale: 0.1, negative: v.south }
      rain: { type: u16, if: v.low }
  stored: { dir: down, id: 0x83, serial: echo }
`;

const RAIN = 'rain: { type: u16, if: v.low }';
const SUM = '{ check: crc16/modbus, over: length..body }';

/** What stands in the station's schema, what somebody wrote instead, and all that is said of it. */
type Slip = readonly [title: string, right: string, wrong: string, said: string];

/** A field of its own in the place of the last one, from 23:7. */
const field = (title: string, wrong: string, said: string): Slip => [title, RAIN, wrong, said];

const YAML: readonly Slip[] = [
  [
    'a line that is indented too far',
    '    body: body',
    '      body: body',
    '13:7 YAML "body" is indented by 6, which fits no line above it / 4 spaces',
  ],
  [
    'a line between two depths',
    '    body: body',
    '   body: body',
    '13:4 YAML "body" is indented by 3, which fits no line above it / 2 or 4 spaces',
  ],
  [
    'a line that has slipped out of its map',
    '    body: body',
    '  body: body',
    '13:9 YAML "check" is indented deeper than "body", which has a value of its own / indent "check" as far as "body", or body as the lines below it',
  ],
  ['a tab', '    body: body', '\tbody: body', '13:1 YAML a tab cannot indent a line / indent with spaces'],
  [
    'a dash in front of a key',
    '    body: body',
    '    - body',
    '13:1 YAML an item of a list stands among keys / keys stand without dashes: name: value',
  ],
  field(
    'brackets of C in a map',
    'x: { type: bcd[4] }',
    '23:21 YAML "[" cannot follow "bcd" / the size of a type stands in round brackets: bcd(4)',
  ),
  field(
    'a brace that is not closed',
    'x: { type: u8',
    '23:10 YAML this "{" is not closed / a "}" is missing at its end',
  ),
  field(
    'a brace too many',
    'x: { type: u8 }}',
    '23:22 YAML one "}" too many / take it out, or look for a "{" that is missing',
  ),
  field(
    'no colon',
    'x u8',
    '23:7 YAML "x u8" is not a key and a value / a colon and a space stand between them: x: u8',
  ),
  field(
    'a colon without a space',
    'x:u8',
    '23:7 YAML "x:u8" is not a key and a value / a colon and a space stand between them: x: u8',
  ),
  field(
    'a semicolon for a comma',
    'x: { type: u8; scale: 2 }',
    '23:18 YAML a comma is missing between two keys / inside of { } keys stand with commas between them',
  ),
  field(
    'a percent sign without quotes',
    'x: { type: u8, unit: % }',
    '23:28 YAML a text that begins with "%" needs quotes / "%"',
  ),
  field('a star', 'x: *', '23:10 YAML "*" names an anchor, and none is named / quote it if the character is meant'),
  [
    'a colon in a text',
    'dir: up',
    'dir: up\n    doc: Time: the time',
    '18:10 YAML a text with ": " in it needs quotes / doc: "Time: the time"',
  ],
];

const SHAPES: readonly Slip[] = [
  [
    'a short form of split',
    '{ by: length }',
    'length',
    '7:10 SHAPE split must be a map of keys, got "length" / split: { by: length }',
  ],
  [
    'a list of fields',
    '      time: time(u32 s)\n      v: { bits: u8, fields: { south: 1, low: 1, spare: 6 } }\n      lat: { type: u16, scale: 0.1, negative: v.south }\n      rain: { type: u16, if: v.low }',
    '      - time: time(u32 s)',
    '20:7 SHAPE fields of message measured must be a map of keys, got a list / keys stand without dashes: name: ...',
  ],
  [
    'a reply that is only a name',
    'dir: up',
    'dir: up\n    reply: stored',
    '18:12 SHAPE reply of message measured must be a map of keys, got "stored" / reply: { send: stored }',
  ],
  [
    'a heartbeat that is only a yes',
    'dir: up',
    'dir: up\n    heartbeat: true',
    '18:16 SHAPE heartbeat of message measured must be a map of keys, got true / heartbeat: { reply: message, every: 60s }',
  ],
  [
    'a message that is nothing',
    '  stored:',
    '  ping:\n  stored:',
    '24:8 SHAPE message ping must be a map of keys, got nothing / ping: { dir: up, id: 0x01 }',
  ],
  field('a field without a type', 'x:', '23:7 SHAPE field x has no type / x: u8'),
  field(
    'a list where a type must be',
    'x: [u8, 4]',
    '23:10 SHAPE field x must be a type or a map, got a list / a list of numbers is u8(4), one of types Point(u8)',
  ),
  ['a body without a type', 'body: body', 'body:', '13:5 SHAPE field body has no type / body: body'],
  [
    'a body of bytes',
    'body: body',
    'body: bytes(*)',
    '13:5 REST_NOT_LAST bytes(*) must be the last field of its scope; "check" follows at 14:5 / body: body, where the fields of the messages stand',
  ],
  [
    'a quoted version of the language',
    'wire: 1',
    'wire: "1"',
    '1:7 SHAPE wire of the schema must be a number, got "1" / without quotes: wire: 1',
  ],
];

const KEYS: readonly Slip[] = [
  [
    'a misspelt section, which is not missing as well',
    'messages:',
    'mesages:',
    '15:1 UNKNOWN_KEY unknown key "mesages" in the schema / did you mean "messages"?',
  ],
  ['a misspelt layout', 'layout:', 'layuot:', '8:3 UNKNOWN_KEY unknown key "layuot" in frame / did you mean "layout"?'],
  [
    'a misspelt covers, which the size does not lack as well',
    'covers:',
    'cover:',
    '10:25 UNKNOWN_KEY unknown key "cover" in field length / did you mean "covers"?',
  ],
  [
    'a misspelt role, which the layout does not lack as well',
    'role: id',
    'role: di',
    '11:32 BAD_VALUE role of field command cannot be "di" / did you mean "id"?',
  ],
  [
    'a role by the name of the manual',
    'role: id',
    'role: command',
    '11:32 BAD_VALUE role of field command cannot be "command" / role: id, the number that tells messages apart',
  ],
  [
    'a direction by another name',
    'dir: up',
    'dir: in',
    '17:10 BAD_VALUE dir of message measured cannot be "in" / up, from the device to the server',
  ],
  [
    'a byte order by another name',
    'endian: little',
    'endian: LE',
    '3:21 BAD_VALUE endian of defaults cannot be "LE" / little',
  ],
  ['a cut by another name', 'by: length', 'by: newline', '7:16 BAD_VALUE by of split cannot be "newline" / by: line'],
  field(
    'a key that another language has',
    'x: { type: u8, description: hi }',
    '23:22 UNKNOWN_KEY unknown key "description" in field x / doc: one line about it',
  ),
  field(
    'bits that are called fields of a number',
    'x: { type: u8, fields: { a: 1, spare: 7 } }',
    '23:30 BAD_VALUE field x has both "type" and "fields" / fields of a number are bits: { bits: u8, fields: ... }; those of a group stand without "type"',
  ),
  [
    'a checksum that has a type as well',
    SUM,
    '{ type: u16, check: crc16/modbus, over: length..body }',
    '14:20 BAD_VALUE field check has both "check" and "type" / a checksum has its own width; a wider number is as: u32',
  ],
  field(
    'an attribute that would be passed over',
    'x: { type: u8, pad: "00" }',
    '23:27 BAD_VALUE pad of field x is for a text whose size is known before / type: str(12), pad: "00"',
  ),
  field(
    'names that may be open, of no enumeration',
    'x: { type: u8, open: true }',
    '23:28 BAD_VALUE open of field x is for an enumeration / enum: { off: 0, on: 1 }, open: true',
  ),
  ['a number of kilobytes', 'frame: 258', 'frame: 1KB', '4:18 BAD_VALUE frame cannot be "1KB" / 1KiB'],
  ['a duration without a unit', 'idle: 10m', 'idle: 10', '4:29 BAD_VALUE idle cannot be "10" / 10s'],
  [
    'an id in quotes',
    'id: 0x03',
    'id: "0x03"',
    '18:9 SHAPE an id must be a whole number, got "0x03" / without quotes: 0x03',
  ],
  [
    'an id as assemblers write it',
    'id: 0x03',
    'id: 3h',
    '18:9 SHAPE an id must be a whole number, got "3h" / without quotes: 0x3',
  ],
  [
    'an id of the protocol in capitals',
    'id: station',
    'id: WeatherStation',
    '2:17 BAD_NAME "WeatherStation" cannot be the id of a protocol / lower-case letters, digits and dashes, a letter first: weather-station',
  ],
];

const TYPES: readonly Slip[] = [
  ...(
    [
      ['bcd[4]', 'bcd(4)'],
      ['u8[4]', 'u8(4)'],
      ['u16[]', 'u16(u8), or u16(*)'],
      ['Point[4]', 'Point(4)'],
      ['str<10>', 'str(10)'],
      ['unsigned char', 'u8'],
      ['unsigned int', 'u32'],
      ['u16 le', 'u16le'],
    ] as const
  ).map(([type, hint]) =>
    field(
      `the type ${type}`,
      `x: ${type}`,
      `23:10 BAD_TYPE cannot read the type "${type}": unexpected "${/(?:[[<]| (?=\w)).*$/.exec(type)![0].trim()}" after "${/^\w+ ?/.exec(type)![0]}" / ${hint}`,
    ),
  ),
  ...(
    [
      ['bcd4', 'bcd(4)'],
      ['uint16_t', 'u16'],
      ['U16', 'u16'],
      ['u16LE', 'u16le'],
      ['le16', 'u16le'],
      ['string(8)', 'str(8)'],
      ['array(u8)', 'u8(u8)'],
      ['u12', '{ bits: u16, fields: { name: 12, spare: 4 } }'],
      ['bits(8)', '{ bits: u8, fields: { name: 3, spare: 5 } }'],
      ['enum', '{ type: u8, enum: { off: 0, on: 1 } }'],
      ['timestamp', 'time(u32 s)'],
      ['ipv4', 'u8(4), or hex(4)'],
    ] as const
  ).map(([type, hint]) =>
    field(`the type ${type}`, `x: ${type}`, `23:10 UNKNOWN_TYPE unknown type "${/^\w+/.exec(type)![0]}" / ${hint}`),
  ),
  field('digits without a size', 'x: bcd', '23:10 BAD_TYPE "bcd" needs one size / bcd(4): four bytes of two digits'),
  field(
    'characters without a size',
    'x: char[8]',
    '23:10 BAD_TYPE cannot read the type "char[8]": unexpected "[8]" after "char" / str(8)',
  ),
];

const VALUES: readonly Slip[] = [
  [
    'a bit that does not fill its number',
    ', spare: 6',
    '',
    '21:18 BITS_FILL bits: u8 needs 8 bits, fields give 2 / spare: 6',
  ],
  [
    'too few spare bits',
    'spare: 6',
    'spare: 4',
    '21:18 BITS_FILL bits: u8 needs 8 bits, fields give 6 / spare: 6, or spare2: 2',
  ],
  [
    'too many spare bits',
    'spare: 6',
    'spare: 9',
    '21:18 BITS_FILL bits: u8 needs 8 bits, fields give 11 / 3 too many: spare: 6, or bits: u16',
  ],
  [
    'a second run of spare bits',
    'spare: 6',
    'spare: 3, x: 1, spare: 2',
    '21:66 DUPLICATE_NAME bit field "spare" is declared twice in bits of field v, first at 21:50 / a second run of spare bits is spare2',
  ],
  [
    'unused bits by the name of a line',
    'spare: 6',
    '_: 6',
    '21:50 BAD_NAME "_" cannot be a name / bits that mean nothing are spare: 6',
  ],
  [
    'bits by their places',
    'low: 1',
    'low: 1..1',
    '21:47 SHAPE bit field "low" must have a number of bits, got "1..1" / low: 1, to 32; first is highest',
  ],
  [
    'a sign in a bit that is not there',
    'negative: v.south',
    'negative: v.sout',
    '22:47 UNKNOWN_NAME negative: "v.sout" is no single bit / v has the single bits south, low; did you mean v.south?',
  ],
  [
    'a sign in a flag without its number',
    'negative: v.south',
    'negative: south',
    '22:47 BAD_EXPRESSION negative names one bit, or its negation / a bit of a number of bits: negative: course.west, or "!course.north"',
  ],
  [
    'a negation that YAML takes for a tag',
    'negative: v.south',
    'negative: !v.south',
    '22:56 BAD_EXPRESSION YAML reads !v.south as a tag / quote it: "!v.south"',
  ],
  [
    'one sign of equality',
    'if: v.low',
    'if: v.low = 1',
    '23:30 BAD_EXPRESSION cannot read the expression "v.low = 1": unexpected "=" / v.low == 1',
  ],
  [
    'words for operators',
    'if: v.low',
    'if: v.low and not v.south',
    '23:30 BAD_EXPRESSION cannot read the expression "v.low and not v.south": unexpected "and" / v.low && !v.south',
  ],
  [
    'a checksum of which there are many',
    'crc16/modbus',
    'crc16',
    '14:21 UNKNOWN_NAME unknown checksum "crc16" / which one? crc16/modbus, crc16/x25, crc16/ccitt-false, crc16/xmodem, crc16/kermit, crc16/arc or another of the table in the reference; a golden frame under vectors: shows it',
  ],
  [
    'a checksum as the manual spells it',
    'crc16/modbus',
    'CRC-16/MODBUS',
    '14:21 UNKNOWN_NAME unknown checksum "CRC-16/MODBUS" / did you mean "crc16/modbus"?',
  ],
  [
    'half the name of a checksum',
    'crc16/modbus',
    'modbus',
    '14:21 UNKNOWN_NAME unknown checksum "modbus" / did you mean "crc16/modbus"?',
  ],
  [
    'a checksum that is none',
    'crc16/modbus',
    'md5',
    '14:21 UNKNOWN_NAME unknown checksum "md5" / xor8, sum8, sum16, lrc, fletcher16, adler32, a CRC such as crc16/modbus, or one of your own: { width: 16, poly: 0x1021 }',
  ],
  field(
    'bits that the manual calls reserved',
    'x: { bits: u8, fields: { rain: 1, reserved1: 7 } }',
    '23:41 UNUSED_BITS "reserved1" is a member of the value like all others, which an encoder must be given / bits that mean nothing are spare: 7',
  ),
  [
    'a zone in minutes',
    'defaults: { endian: little }',
    'defaults: { endian: little, zone: "+80:00" }',
    `3:35 BAD_VALUE zone cannot be "+80:00" / the offset from UTC: "+08:00"`,
  ],
  [
    'an id that is a signed varint',
    'command: { type: u8, role: id }',
    'command: { type: svarint, role: id }',
    '11:5 UNSUPPORTED "command": a layout cannot hold a varint / an id is a varint of at most 4 bytes, without zigzag',
  ],
  [
    'an id that is a longer varint than an id can be',
    'command: { type: u8, role: id }',
    'command: { type: varint, max: 5, role: id }',
    '11:5 UNSUPPORTED "command": a layout cannot hold a varint / an id is a varint of at most 4 bytes, without zigzag',
  ],
  [
    'a varint that is no id',
    'command: { type: u8, role: id }',
    'command: { type: u8, role: id }\n    extra: varint',
    '12:5 UNSUPPORTED "extra": a layout cannot hold a varint / u8: up to 127 both are the same byte; the size and the id may be varints',
  ],
  [
    'a length in too few bits',
    'length: { type: u8, covers: command..check }',
    'length: { bits: u8, fields: { spare: 4, size: 4 }, auto: { size: size(command..check) } }',
    '10:5 SIZE_WIDTH length.size: 4 bits of length counts to 15, but command..check can be 255 (limits.frame) / limits: { frame: 18 }, or a wider size',
  ],
  [
    'two lengths in bits',
    'length: { type: u8, covers: command..check }',
    'length: { bits: u16, fields: { some: 8, all: 8 }, auto: { some: size(body), all: size(command..check) } }',
    '9:5 SHAPE split by length needs one size, and both "length.some" and "length.all" are one / auto: size(a..b) for the one that tells the length of the frame',
  ],
  [
    'a length in bits that nothing computes',
    'length: { type: u8, covers: command..check }',
    'length: { bits: u16, fields: { spare: 6, size: 10 } }',
    '9:5 SHAPE split by length needs one element with "covers" / size: { type: u16, covers: id..crc }, or head: { bits: u16, fields: { spare: 6, size: 10 }, auto: { size: size(id..body) } }',
  ],
  [
    'a length in bits of something else',
    'length: { type: u8, covers: command..check }',
    'length: { bits: u16, fields: { spare: 6, size: 10 }, auto: { size: size(comand..check) } }',
    '10:72 BAD_RANGE auto: "comand..check": no element "comand" / command',
  ],
  [
    'a checksum of which there are two',
    'crc16/modbus',
    'fletcher8',
    '14:21 UNKNOWN_NAME unknown checksum "fletcher8" / fletcher16 (modulo 255) or fletcher16/mod256 (as in UBX)',
  ],
  [
    'a range of places',
    'over: length..body',
    'over: 0..4',
    '14:41 BAD_RANGE over: "0..4": no element "0" / elements: start, length, command, sequence, body, check',
  ],
  [
    'a range with a dash',
    'over: length..body',
    'over: length-body',
    '14:41 BAD_RANGE over: cannot read the range "length-body" / over: length..body',
  ],
  [
    'bytes with prefixes',
    'magic: "5a a5"',
    'magic: "0x5a 0xa5"',
    '9:21 BAD_BYTES magic: "0x" is no pair of hexadecimal digits / "5a a5"',
  ],
  [
    'text for bytes',
    'magic: "5a a5"',
    'magic: "$GP"',
    `9:21 BAD_BYTES magic: "$G" is no pair of hexadecimal digits / text stands in quotes of its own: "'$GP'"`,
  ],
  field(
    'a list of names',
    'x: { type: u8, enum: [off, on] }',
    '23:28 SHAPE enum of field x must say the number of each name, got a list / { off: 0, on: 1 }',
  ),
  field('a range that is a list', 'x: { type: u8, valid: [0, 5] }', '23:29 BAD_VALUE a list is no range / 0..5'),
  field(
    'a range that runs backwards',
    'x: { type: u8, valid: 5..1 }',
    '23:29 BAD_VALUE the range "5..1" runs backwards / 1..5',
  ),
  field(
    'a bit of a mask that no field is about',
    'x: { bits: u8, fields: { clean: 1, hasUser: 1, spare: 6 }, auto: present }\n      user: { type: u8, if: x.hasUser }',
    '23:7 NOT_INVERTIBLE auto: present computes all bits of "x", but no field has if: x.clean / auto: { hasUser: present(user) }',
  ),
  field(
    'a mask that no field is about',
    'x: { bits: u8, fields: { clean: 1, spare: 7 }, auto: present }',
    '23:7 NOT_INVERTIBLE auto: present computes all bits of "x", but no field has if: x.clean / without auto, its bits are members of the value',
  ),
  field(
    'names for the numbers of a list',
    'x: { type: u8(*), enum: { off: 0, on: 1 } }',
    '23:31 BAD_TYPE only a whole number can have an enumeration / a list of a type with that one field: types: { Item: { x: { type: u8, enum: { ... } } } }',
  ),
  [
    'an answer with the checksum of what it answers',
    '  stored: { dir: down, id: 0x83, serial: echo }',
    '    reply: { send: stored, with: { sum: check } }\n  stored: { dir: down, id: 0x83, serial: echo, fields: { sum: u16 } }',
    '24:41 UNSUPPORTED with sum: "check" is on the wire, but no member of measured / what a handler can tell is given to event.reply()',
  ],
  field(
    'a day that no calendar has',
    'x: time(u32 s 2010-02-30)',
    '23:10 BAD_TYPE cannot read the time "time(u32 s 2010-02-30)" / time(u32 s), time(u64 ms), time(u32 s 2010-01-01), time(u8 yyMMddHHmmss), time(bcd yyMMddHHmmss) or time(gps week tow)',
  ),
  field(
    'a time with two years',
    'x: time(u8 yyMMddHHmmyy)',
    '23:10 BAD_TYPE cannot read the time "time(u8 yyMMddHHmmyy)" / time(u32 s), time(u64 ms), time(u32 s 2010-01-01), time(u8 yyMMddHHmmss), time(bcd yyMMddHHmmss) or time(gps week tow)',
  ),
  field(
    'a number in quotes',
    'x: { type: u8, const: "0x02" }',
    '23:29 SHAPE const of field x must be a number, got "0x02" / without quotes: const: 0x02',
  ),
  field(
    'a name with a dash',
    'my-field: u8',
    '23:7 BAD_NAME "my-field" cannot be a name / letters, digits and underscores, a letter first: myField',
  ),
  field(
    'a size that is read later',
    'x: str(n)\n      n: { type: u8, auto: size(x) }',
    '23:10 LATE_NAME size: uses "n", which is decoded later (24:7) / move "n" before "x"',
  ),
];

const GROUPS: Readonly<Record<string, readonly Slip[]>> = { YAML, SHAPES, KEYS, TYPES, VALUES };

function said(text: string): string[] {
  return resolveSchema('station.wire.yaml', text).source.diagnostics.map(
    d => `${d.line}:${d.column} ${d.code} ${d.message}${d.hint === undefined ? '' : ` / ${d.hint}`}`,
  );
}

t.test('the station itself is right', async t => {
  t.same(said(STATION), []);
});

for (const [group, slips] of Object.entries(GROUPS)) {
  t.test(`one mistake gets one message that says what to try: ${group}`, async t => {
    for (const [title, right, wrong, wanted] of slips) {
      t.ok(STATION.includes(right), `${title}: the schema has what is replaced`);
      t.same(said(STATION.replace(right, () => wrong)), [wanted], title);
    }
  });
}

t.test('several mistakes in one value each are told at once', async t => {
  const text = STATION.replace('{ type: u16, scale: 0.1, negative: v.south }', '{ type: u16, unit: % }').replace(
    RAIN,
    'x: { type: u8, doc: @home }',
  );
  t.same(
    said(text).map(line => line.split(' / ')[0]),
    ['22:31 YAML a text that begins with "%" needs quotes', '23:27 YAML a text that begins with "@" needs quotes'],
  );
});

t.test('a message with a mistake is known to those who name it', async t => {
  const vector = 'vectors:\n  - { dir: up, raw: "00", is: measured }\n';
  t.same(
    said(STATION.replace('time: time(u32 s)', 'time: uint32') + vector),
    ['20:13 UNKNOWN_TYPE unknown type "uint32" / u32'],
    'one mistake',
  );
});

t.test('a file of bytes is not read as a schema', async t => {
  const folder = t.testdir({ 'capture.bin': 'wire\0\u0001', 'a.wire.yaml': '\ufeffwire: 1' });
  writeFileSync(`${folder}/latin.wire.yaml`, Buffer.from('unit: \u00b0C', 'latin1'));
  t.throws(() => readText(`${folder}/latin.wire.yaml`), { message: /is not in UTF-8$/, hint: /save it as UTF-8/ });
  t.throws(() => readText(`${folder}/capture.bin`), { message: /capture\.bin" is no text$/, hint: /\.wire\.yaml/ });
  t.equal(readText(`${folder}/a.wire.yaml`), 'wire: 1', 'without the mark that some editors begin it with');
});
