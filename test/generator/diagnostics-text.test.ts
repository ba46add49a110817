/** What is said about a wrong schema of text: where, what, and what to try. */
import t from 'tap';
import { resolveSchema } from '../../generator/model/resolve.js';
import type { Diagnostic } from '../../generator/schema/diagnostics.js';

/** Line 4 is the first line of `body`. */
const schema = (body: string): string => `wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
${body}
`;

/** A line with a template and these fields; the template begins at 5:37, the fields at 5:60 with a template of this length. */
const line = (text: string, fields: string): string =>
  schema(`frame: { split: { by: line } }
messages: { m: { dir: up, text: "${text}", fields: { ${fields} } } }`);

/** Columns with these fields, which begin at 8:44. */
const columns = (fields: string, more = '', body = 'csv: true'): string =>
  schema(`frame:
  split: { by: line }
  text: "{id},{body}"
  layout: { id: { type: word, role: id }, body: { ${body} } }
messages: { m: { dir: up, id: M, fields: { ${fields} }${more} } }`);

/** A layout; it begins at 7:3. */
const layout = (elements: string, text = '{id},{body}*{sum}', split = 'by: line'): string =>
  schema(`frame:
  split: { ${split} }
  text: "${text}"
  layout: { ${elements} }
messages: { m: { dir: up, id: M } }`);

const ID = 'id: { type: word, role: id }';
const BODY = 'body: { csv: true }';
const SUM = 'sum: { check: xor8, over: id..body, as: hex2 }';

/** A type for columns; it begins at 4:10. */
const type = (text: string): string =>
  schema(`types: { T: ${text} }
frame: { split: { by: line } }
messages: { m: { dir: up, text: "{t}", fields: { t: T } } }`);

function brief(d: Diagnostic): string {
  return `${d.line}:${d.column} ${d.code} ${d.message}${d.hint === undefined ? '' : ` / ${d.hint}`}`;
}

const cases: readonly [string, string][] = [
  ['a type of bytes in a text', line('{a}', 'a: u16')],
  ['text of bytes in a text', line('{a}', 'a: str(u8)')],
  ['a type with a slip', line('{a}', 'a: chsr(2)')],
  ['a number of characters that is none', line('{a}', 'a: chars(0)')],
  ['another time', line('{a}', 'a: time(u32 s)')],
  ['another date', line('{a}', 'a: date(yyMM)')],
  ['degrees without digits', line('{a}', 'a: dm(0)')],
  ['hexadecimal digits by the name of those in bytes', line('{a}', 'a: hex(8)')],
  ['too many hexadecimal digits', line('{a}', 'a: hexint(14)')],
  ['hexadecimal digits in another case', line('{a}', 'a: hexint(8 upper)')],
  ['a constant that its digits cannot say', line('{a}', 'a: { type: hexint(2), const: 0x100 }')],
  ['a name for what its digits cannot say', line('{a}', 'a: { type: hexint(2), enum: { on: 1, all: 256 } }')],
  ['bits in digits that are too many', line('{a}', 'a: { bits: hexint(2), fields: { a: 4, b: 5 } }')],
  ['bits in as many digits as it takes', line('{a}', 'a: { bits: hexint, fields: { a: 4 } }')],
  ['bits in bytes in a text', line('{a}', 'a: { bits: u8, fields: { a: 8 } }')],
  ['bits that are a type too', line('{a}', 'a: { bits: hexint(2), type: int, fields: { a: 8 } }')],
  ['a default for bits', line('{a}', 'a: { bits: hexint(2), fields: { a: 8 }, default: 1 }')],
  [
    'a default for a type with fields of its own',
    `${line('{a}', 'a: { type: T, default: 5 }')}types: { T: { text: "{x}/{y}", fields: { x: int, y: int } } }\n`,
  ],
  ['flags of another width', `${line('{a}', 'a: { type: hexint(2), flags: F }')}flags: { F: { size: u32, a: 0 } }\n`],
  ['flags of what is no number', `${line('{a}', 'a: { type: word, flags: F }')}flags: { F: { size: u8, a: 0 } }\n`],
  ['flags nobody knows', line('{a}', 'a: { type: int, flags: F }')],
  [
    'bits in an element of a layout',
    layout(`${ID}, ${BODY}, ${SUM}, a: { bits: hexint(2), fields: { a: 8 } }`, '{id},{body}*{sum}{a}'),
  ],
  ['two of as many digits as it takes, one behind the other', line('{a}{b}', 'a: hexint, b: hexint(2)')],
  [
    'a type of characters in bytes',
    schema(
      'frame: { split: { by: length }, layout: { n: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body } }\nlimits: { frame: 100 }\nmessages: { m: { dir: up, id: 1, fields: { a: chars(2), b: { type: u8, optional: true } } } }',
    ),
  ],
  ['an attribute of bytes', line('{a}', 'a: { type: int, scale: 0.1 }')],
  ['a set of characters for a number', line('{a}', 'a: { type: int, in: "12" }')],
  ['a range for text', line('{a}', 'a: { type: word, valid: 1..3 }')],
  ['a length for a number', line('{a}', 'a: { type: int, valid: { len: 1..3 } }')],
  ['a range for a date', line('{a}', 'a: { type: date(ddMMyy), valid: 1..3 }')],
  ['names for a time', line('{a}', 'a: { type: time(hhmmss.sss), enum: { noon: "120000" } }')],
  ['two names for one word', line('{a}', 'a: { type: char, enum: { a: A, b: A } }')],
  ['a default that is no name', line('{a}', 'a: { type: char, enum: { a: A }, default: A }')],
  ['a default of another type', line('{a}', 'a: { type: int, default: many }')],
  ['a constant of another length', line('{a}', 'a: { type: char, const: AB }')],
  ['a constant decimal', line('{a}', 'a: { type: dec, const: 1.5 }')],
  ['columns between two characters', columns('a: int', '', 'csv: { between: "||" }')],
  ['a text for no value that is empty', columns('a: { type: int, none: "" }')],
  ['a text for no value that is a name', columns('a: { type: char, enum: { off: N }, none: N }')],
  ['a text for no value of what has always one', columns('a: { type: int, none: NA, default: 5 }')],
  ['a text for no value in a template', line('{a}', 'a: { type: int, none: NA }')],
  ['spaces around what is no number', columns('a: { type: word, trim: spaces }')],
  ['zeros around a number of text', columns('a: { type: int, trim: left0 }')],
  ['several values with names', columns('a: { type: int, between: "/", enum: { a: 1 } }')],
  ['several values with what stands in a number between', columns('a: { type: dec, between: "." }')],
  [
    'several values that have what stands between in them',
    columns('a: { type: T, between: "/" }').replace(
      'messages:',
      'types: { T: { text: "{x}/{y}", fields: { x: int, y: int } } }\nmessages:',
    ),
  ],
  ['several rests', columns('a: { type: rest, between: "/" }')],
  ['several values between what stands between columns', columns('a: { type: int, between: "," }')],
  ['several values in names and values', columns('a: { type: int, between: "/" }', '', 'kv: true')],
  ['a count of nothing', columns('n: { type: int, auto: count(b) }, b: { group: { c: int }, repeat: 0..3 }')],
  ['a count that is a text', columns('n: { type: word, auto: count(b) }, b: { group: { c: int }, repeat: n }')],
  ['a group that nobody counts', columns('n: int, b: { group: { c: int }, repeat: n }')],
  [
    'a group that an unknown column counts',
    columns('n: { type: int, auto: count(b) }, b: { group: { c: int }, repeat: m }'),
  ],
  ['a form that is no time', columns('a: time(HH:MM)')],
  ['a date that is a time', columns('a: date(HH:mm)')],
  ['a second message of an id', columns('a: int', ', otherwise: true')],
  ['a body that may be missing in front of a checksum', layout(`${ID}, body: { csv: true, missing: allow }, ${SUM}`)],
  [
    'spelling that is kept behind a filter',
    schema(
      'frame: { split: { by: line }, filter: [backspace], spelling: keep }\nmessages: { m: { dir: up, text: "m" } }',
    ),
  ],
  ['an optional field in a template', line('{a}', 'a: { type: int, optional: true }')],
  ['a group in a template', line('{a}', 'a: { group: { b: int }, repeat: 0..2 }')],
  ['a bool in columns', columns('a: bool')],
  ['two fields without a literal between', line('{a}{b}', 'a: int, b: int')],
  ['a rest that is not the last column', columns('a: rest, b: int')],
  ['a group without a number', columns('a: { group: { b: int } }')],
  ['a group that comes too often', columns('a: { group: { b: int }, repeat: 0..9999 }')],
  ['a group without fields', columns('a: { group: {}, repeat: 0..9 }')],
  ['columns that look like one more group', columns('a: { group: { b: int, c: int }, repeat: 0..9 }, d: int, e: int')],
  ['a field called unknown among names', columns('unknown: int', '', 'kv: true')],
  [
    'a text type in JSON',
    schema(
      'types: { T: { text: "{a}/{b}", fields: { a: int, b: int } } }\nframe: { split: { by: json }, layout: { body: { json: true, id: type } } }\nmessages: { m: { dir: up, id: M, fields: { t: T } } }',
    ),
  ],
  [
    'a field called like the id of JSON',
    schema(
      'frame: { split: { by: json }, layout: { body: { json: true, id: type } } }\nmessages: { m: { dir: up, id: M, fields: { type: word } } }',
    ),
  ],
  [
    'two ids in JSON',
    schema(
      'frame: { split: { by: json }, layout: { body: { json: true, id: type } } }\nmessages: { m: { dir: up, id: [M, N] } }',
    ),
  ],
  [
    'JSON without an id',
    schema('frame: { split: { by: json }, layout: { body: { json: true } } }\nmessages: { m: { dir: up, id: M } }'),
  ],
  ['JSON without a layout', schema('frame: { split: { by: json } }\nmessages: { m: { dir: up, id: M } }')],
  ['a template in a layout', columns('a: int', ', text: "{a}"')],
  ['an id that its element cannot hold', layout(`id: { type: chars(2), role: id }, ${BODY}, ${SUM}`)],
  [
    'the same id twice',
    schema(
      'frame: { split: { by: line }, text: "{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true } } }\nmessages: { m: { dir: up, id: M }, n: { dir: up, id: [N, M] } }',
    ),
  ],
  ['a layout without a body', layout(`${ID}, ${SUM}`, '{id}*{sum}')],
  ['a layout without an id', layout(`${BODY}, sum: { check: xor8, over: body, as: hex2 }`, '{body}*{sum}')],
  [
    'a layout without a text',
    schema(
      'frame: { split: { by: line }, layout: { id: { type: word, role: id }, body: { csv: true } } }\nmessages: { m: { dir: up, id: M } }',
    ),
  ],
  [
    'a text without a layout',
    schema('frame: { split: { by: line }, text: "{id},{body}" }\nmessages: { m: { dir: up, id: M } }'),
  ],
  ['an element that the text does not name', layout(`${ID}, ${BODY}, ${SUM}, more: char`)],
  ['a name that is no element', layout(`${ID}, ${BODY}, ${SUM}`, '{id},{bdoy}*{sum}')],
  ['a checksum in bytes', layout(`${ID}, ${BODY}, sum: { check: xor8, over: id..body }`)],
  [
    'an end in the template of the frame',
    schema(`frame: { split: { by: until, start: "'<'", end: "'>'" }, text: "<{id}:{body}>", layout: { ${ID}, ${BODY} } }
messages: { m: { dir: up, id: M, fields: { a: int } } }`),
  ],
  [
    'an end in the template of a message',
    schema(`frame: { split: { by: until, start: "'$'", end: ["'#'", "0a"] } }
messages: { m: { dir: up, text: "$M {a}#", fields: { a: int } }, n: { dir: up, text: "$N {a}", fields: { a: int } } }`),
  ],
  ['a checksum of another width', layout(`${ID}, ${BODY}, sum: { check: crc16/modbus, over: id..body, as: hex2 }`)],
  ['a checksum over itself', layout(`${ID}, ${BODY}, sum: { check: xor8, over: id..sum, as: hex2 }`)],
  ['a checksum over nothing', layout(`${ID}, ${BODY}, sum: { check: xor8, over: is..body, as: hex2 }`)],
  ['a checksum in front', layout(`${ID}, ${BODY}, ${SUM}`, '{sum}*{id},{body}')],
  ['an element that may not be missing', layout(`id: { type: word, role: id, missing: allow }, ${BODY}, ${SUM}`)],
  ['two kinds of body', layout(`${ID}, body: { csv: true, kv: true }, ${SUM}`)],
  ['separators that look alike', layout(`${ID}, body: { kv: { pair: "=", equals: "==" } }, ${SUM}`)],
  ['no end', layout(`${ID}, ${BODY}, ${SUM}`, '{id},{body}*{sum}', 'by: until, start: "24"')],
  ['an empty end', layout(`${ID}, ${BODY}, ${SUM}`, '{id},{body}*{sum}', 'by: until, end: ""')],
  ['a start in lines', layout(`${ID}, ${BODY}, ${SUM}`, '{id},{body}*{sum}', 'by: line, start: "24"')],
  [
    'an end that is none',
    schema(
      `frame: { split: { by: until, end: ["0a", "3b"] }, emit: "0d" }\nmessages: { m: { dir: up, text: "{a}", fields: { a: word } } }`,
    ),
  ],
  ['degrees of something else', type('{ text: "{a},{b}", fields: { a: int, b: char }, as: degrees }')],
  ['a text type without fields', type('{ text: "{a}" }')],
  ['a type of bytes in a template', type('{ a: u8 }')],
  ['a misspelt key of a text type', type('{ text: "{a}", fields: { a: int }, az: degrees }')],
  ['a derived value of something else', columns('a: int', ', derive: { b: "a + 1" }')],
  ['a derived value of what is no date', columns('a: int, c: time(hhmmss.sss)', ', derive: { b: "join(a, c)" }')],
  [
    'a derived value of an unknown field',
    columns('a: date(ddMMyy), c: time(hhmmss.sss)', ', derive: { b: "join(a, d)" }'),
  ],
  [
    'a derived value called like a field',
    columns('a: date(ddMMyy), c: time(hhmmss.sss)', ', derive: { a: "join(a, c)" }'),
  ],
];

/** What is said of each, in full and in order. */
const said: Readonly<Record<string, readonly string[]>> = {
  'hexadecimal digits by the name of those in bytes': [
    '5:53 BAD_TYPE "hex(8)" is for bytes, and this is text / hexint(8) for a number in hexadecimal digits, chars(8) for the digits themselves',
  ],
  'too many hexadecimal digits': [
    '5:53 BAD_TYPE cannot read the type "hexint(14)" / hexint(8), up to hexint(13), hexint for as few digits as it takes, hexint(8 lower) for a to f',
  ],
  'hexadecimal digits in another case': [
    '5:53 BAD_TYPE cannot read the type "hexint(8 upper)" / hexint(8), up to hexint(13), hexint for as few digits as it takes, hexint(8 lower) for a to f',
  ],
  'a constant that its digits cannot say': ['5:79 BAD_VALUE const cannot be 256 / a whole number from 0 to 0xff'],
  'a name for what its digits cannot say': [
    '5:78 BAD_VALUE "all" (256) of MA does not fit hexint(2) / two digits for each byte: hexint(4) is 0 to 0xffff',
  ],
  'bits in digits that are too many': [
    '5:61 BITS_FILL bits: hexint(2) needs 8 bits, fields give 9 / 1 too many, or bits: hexint(3)',
  ],
  'bits in as many digits as it takes': [
    '5:61 BAD_TYPE bits in text must be hexint(1) to hexint(8), got "hexint" / bits: hexint(4), fields: { name: 3, spare: 13 }',
  ],
  'bits in bytes in a text': [
    '5:61 BAD_TYPE bits: u8 is for bytes, and this is text / bits: hexint(2), a digit for four bits',
  ],
  'bits that are a type too': ['5:78 BAD_VALUE field a has both "bits" and "type" / bits: u16 says its type'],
  'a default for bits': ['5:99 BAD_VALUE "default" has no meaning for bits: those that are not given are 0'],
  'a default for a type with fields of its own': [
    '5:73 BAD_VALUE "default" has no meaning for "T", which has fields of its own',
  ],
  'flags of another width': ['5:61 BAD_TYPE flags F take hexint(8) or int, got hexint(2)'],
  'flags of what is no number': ['5:61 BAD_TYPE flags F take hexint(2) or int, got word'],
  'flags nobody knows': ['5:73 UNKNOWN_NAME unknown flag set "F"'],
  'bits in an element of a layout': [
    '7:117 BAD_VALUE "bits" has no meaning in an element of text',
    '7:134 BAD_VALUE "fields" has no meaning in an element of text',
  ],
  'two of as many digits as it takes, one behind the other': [
    '5:33 BAD_VALUE nothing stands between "a" and "b" / put a space or another literal between them',
  ],
  'a type of bytes in a text': ['5:53 BAD_TYPE "u16" is for bytes, and this is text / int'],
  'text of bytes in a text': ['5:53 BAD_TYPE "str(u8)" is for bytes, and this is text / rest, word or chars(*)'],
  'a type with a slip': ['5:53 UNKNOWN_TYPE unknown type "chsr" / char'],
  'a number of characters that is none': ['5:53 BAD_TYPE cannot read the type "chars(0)" / chars(2) or chars(*)'],
  'another time': [
    '5:53 BAD_TYPE cannot read the type "time(u32 s)" / in text: time(hhmmss.sss), time(yyyyMMddHHmmss), or what stands there: time(yyyy-MM-dd HH:mm:ss)',
  ],
  'another date': [
    '5:53 BAD_TYPE cannot read the type "date(yyMM)" / date(ddMMyy), or another order of dd, MM and yy or yyyy: date(yyyy-MM-dd)',
  ],
  'degrees without digits': [
    '5:53 BAD_TYPE cannot read the type "dm(0)" / dm(2) for latitudes, dm(3) for longitudes, dm for any digits',
  ],
  'a type of characters in bytes': [
    '6:47 BAD_TYPE "chars(2)" is for text, and this is for bytes / str(8), or str(u8)',
    '6:82 BAD_VALUE "optional" is for text, and this is for bytes',
  ],
  'an attribute of bytes': ['5:66 BAD_VALUE "scale" has no meaning in a field of text'],
  'a set of characters for a number': ['5:70 BAD_VALUE "in" is the set of characters of a char or chars / in: NS'],
  'a range for text': [
    '5:74 BAD_VALUE valid: a range does not fit field a, which is text / valid: { len: 1..20, match: "^[a-z]+$" }',
  ],
  'a length for a number': [
    '5:73 BAD_VALUE valid: len and match does not fit field a, which is a number / valid: 1..20',
  ],
  'a range for a date': [
    '5:82 BAD_VALUE valid: a range does not fit field a, which is neither number nor text / numbers and text have it',
  ],
  'names for a time': [
    '5:85 BAD_TYPE only text and whole numbers can have an enumeration / enum: { valid: A, void: V }',
  ],
  'two names for one word': ['5:81 DUPLICATE_NAME enum of field a: A is taken by "a"'],
  'a default that is no name': ['5:92 BAD_VALUE default cannot be "A" / a'],
  'a default of another type': ['5:75 BAD_VALUE default cannot be "many"'],
  'a constant of another length': ['5:74 BAD_VALUE const cannot be "AB" / as many characters as the type has'],
  'a constant decimal': ['5:73 BAD_VALUE only text and whole numbers can be constant'],
  'columns between two characters': [
    '7:56 BAD_VALUE between: "||" is not one character that can stand between columns / csv: { between: ";" }',
  ],
  'a text for no value that is empty': ['8:66 BAD_VALUE none is the text that stands for no value / none: NA'],
  'a text for no value that is a name': ['8:85 BAD_VALUE none: "N" is "off" of field a already'],
  'a text for no value of what has always one': ['8:66 BAD_VALUE none: field a has always a value / leave "none" out'],
  'a text for no value in a template': [
    '5:50 BAD_VALUE "a": a text for no value cannot stand in a template / optional: true',
  ],
  'spaces around what is no number': [
    '8:67 BAD_VALUE trim: spaces is for numbers; in text, spaces are part of field a',
  ],
  'zeros around a number of text': ['8:66 BAD_VALUE trim of field a cannot be "left0" / one of spaces'],
  'several values with names': [
    '8:69 BAD_VALUE "enum" has no meaning for several values / a text type of one field, which has it',
  ],
  'several values with what stands in a number between': [
    '8:69 BAD_VALUE between is one character, and no part of a value / between: "|"',
  ],
  'several values that have what stands between in them': [
    '9:67 BAD_VALUE between: "/" stands in the type of field a too / between: "|"',
  ],
  'several rests': ['8:70 BAD_VALUE between: a rest cannot come several times in one place / chars(*)'],
  'several values between what stands between columns': [
    '8:44 BAD_VALUE "a": "," stands between columns already / another character, or a group',
  ],
  'several values in names and values': [
    '8:44 BAD_VALUE "a": several values with something between cannot stand in a body of names and values / columns',
  ],
  'a count of nothing': [
    '8:44 BAD_VALUE "n" counts "b", which is no group behind it that it tells the number of / n: { type: int, auto: count(b) }, and repeat: n in "b"',
  ],
  'a count that is a text': [
    '8:67 BAD_VALUE in text, auto is the count of groups in whole numbers / n: { type: int, auto: count(points) }, points: { group: ..., repeat: n }',
    '8:79 BAD_VALUE "n" does not count "b" / n: { type: int, auto: count(b) }, and repeat: n in "b"',
  ],
  'a group that nobody counts': [
    '8:52 BAD_VALUE "n" does not count "b" / n: { type: int, auto: count(b) }, and repeat: n in "b"',
  ],
  'a group that an unknown column counts': [
    '8:44 BAD_VALUE "n" counts "b", which is no group behind it that it tells the number of / n: { type: int, auto: count(b) }, and repeat: n in "b"',
    '8:78 UNKNOWN_NAME unknown column in front of "b" "m" / did you mean "n"?',
  ],
  'a form that is no time': [
    '8:47 BAD_TYPE cannot read the type "time(HH:MM)" / in text: time(hhmmss.sss), time(yyyyMMddHHmmss), or what stands there: time(yyyy-MM-dd HH:mm:ss)',
  ],
  'a date that is a time': [
    '8:47 BAD_TYPE cannot read the type "date(HH:mm)" / date(ddMMyy), or another order of dd, MM and yy or yyyy: date(yyyy-MM-dd)',
  ],
  'a second message of an id': [
    '8:13 BAD_VALUE otherwise: no message in front of "m" has its id / put it behind the message that is tried first',
  ],
  'a body that may be missing in front of a checksum': [
    '7:43 BAD_VALUE "missing" is for a checksum at the end of the text, or for a body there that is not JSON',
  ],
  'spelling that is kept behind a filter': [
    '4:62 BAD_VALUE what a filter takes out of a line cannot be written again / leave "filter" or "spelling" out',
  ],
  'an optional field in a template': [
    '5:50 BAD_VALUE "a": an optional field cannot stand in a template / a message of its own without it',
  ],
  'a group in a template': ['5:50 BAD_VALUE "a": a group cannot stand in a template'],
  'a bool in columns': ['8:44 BAD_VALUE "a": a bool cannot stand in columns / enum: { on: "1", off: "0" }'],
  'two fields without a literal between': [
    '5:33 BAD_VALUE nothing stands between "a" and "b" / put a space or another literal between them',
  ],
  'a rest that is not the last column': [
    '8:44 REST_NOT_LAST rest must be the last column; "b" follows at 8:53 / chars(*) ends at the next comma',
  ],
  'a group without a number': ['8:47 MISSING_KEY field a has no "repeat" / repeat: 0..4'],
  'a group that comes too often': [
    '8:76 BAD_VALUE repeat: 0..9999 is no number of items up to 1024 / repeat: 0..4, and limits.list for more',
  ],
  'a group without fields': ['8:56 SHAPE group a has no fields'],
  'columns that look like one more group': [
    '8:44 NOT_INVERTIBLE the columns behind "a" can be taken for one group more / fewer than 2 columns behind it, repeat: 4..4, or a column in front that counts them',
  ],
  'a field called unknown among names': [
    '8:44 BAD_VALUE "unknown": a field of this name cannot stand in a body of names and values / keys without a field are kept there',
  ],
  'a text type in JSON': ['6:44 BAD_VALUE "t": a text type cannot stand in JSON / dec, or a group'],
  'a field called like the id of JSON': ['5:44 DUPLICATE_NAME field "type" has the name of the member that is the id'],
  'two ids in JSON': ['5:31 BAD_VALUE a message in JSON has one id / a message for each id'],
  'JSON without an id': ['4:47 MISSING_KEY body has no "id"'],
  'JSON without a layout': ['4:8 MISSING_KEY frame has no "layout" / layout: { body: { json: true, id: type } }'],
  'a template in a layout': ['8:60 BAD_VALUE the layout has the text; a message in it has an id / id: RMC'],
  'an id that its element cannot hold': ['8:31 BAD_VALUE id M does not fit "id" (7:13)'],
  'the same id twice': [
    '5:36 DUPLICATE_ID id M (up) is taken by "m" at 5:13 / otherwise: true, where that one does not fit, list both ids in one message, or give it another id',
  ],
  'a layout without a body': ['7:11 SHAPE the layout has no body / body: { csv: true }'],
  'a layout without an id': ['7:11 SHAPE the layout needs one text with role: id / id: { type: chars(*), role: id }'],
  'a layout without a text': ['4:8 MISSING_KEY frame has no "text" / text: "{id},{body}" says how the elements stand'],
  'a text without a layout': ['4:8 MISSING_KEY frame has no "layout" / the types of the elements in the text'],
  'an element that the text does not name': ['7:112 UNKNOWN_NAME field "more" stands nowhere in the text / {more}'],
  'a name that is no element': [
    '6:9 UNKNOWN_NAME the text names "bdoy", which is no field of this layout / body',
    '7:43 UNKNOWN_NAME field "body" stands nowhere in the text / {body}',
    '7:90 BAD_RANGE over: "id..body": no element "body" / elements: id, sum',
  ],
  'a checksum in bytes': ['7:69 BAD_VALUE a checksum in text is written in hexadecimal digits / as: hex2'],
  'an end in the template of the frame': [
    '4:64 BAD_VALUE no frame can hold ">", which ends it / leave it out of the text: it stands behind the frame, and an encoder writes it',
  ],
  'an end in the template of a message': [
    '5:13 BAD_VALUE no frame can hold "#", which ends it / leave it out of the text: it stands behind the frame, and an encoder writes it',
  ],
  'a checksum of another width': ['7:112 BAD_VALUE a checksum in text is written in hexadecimal digits / as: hex4'],
  'a checksum over itself': ['7:64 SELF_CHECK sum covers itself'],
  'a checksum over nothing': ['7:90 BAD_RANGE over: "is..body": no element "is" / id'],
  'a checksum in front': ['7:64 BAD_VALUE a checksum in text stands behind what it covers'],
  'an element that may not be missing': [
    '7:13 BAD_VALUE "missing" is for a checksum at the end of the text, or for a body there that is not JSON',
  ],
  'two kinds of body': ['7:49 BAD_VALUE a body is one of csv, kv'],
  'separators that look alike': ['7:55 BAD_VALUE pair "=" and equals "==" cannot be told apart / ";" and "="'],
  'no end': ['5:10 MISSING_KEY split has no "end" / end: "0d 0a"'],
  'an empty end': ['5:28 BAD_BYTES end: a marker needs at least one byte'],
  'a start in lines': ['5:22 BAD_VALUE split by line has no "start" / options: end, empty, overflow'],
  'an end that is none': ['4:57 BAD_VALUE emit must be one of the ends of the split'],
  'degrees of something else': [
    '4:65 BAD_TYPE as: degrees needs a dm, a literal and one char of NS or EW / text: "{v},{h}", fields: { v: dm(2), h: { type: char, in: NS } }',
  ],
  'a text type without fields': ['4:13 MISSING_KEY type T has no "fields" / fields: { v: dec, unit: char }'],
  'a type of bytes in a template': [
    '6:53 BAD_TYPE type "T" has no "text", so it is for bytes / T: { text: "{a},{b}", fields: ... }',
  ],
  'a misspelt key of a text type': ['4:48 UNKNOWN_KEY unknown key "az" in type T / did you mean "as"?'],
  'a derived value of something else': [
    '8:67 BAD_EXPRESSION cannot derive "b" from "a + 1" / at: join(date, clock, UTC)',
  ],
  'a derived value of what is no date': ['8:88 BAD_TYPE join: "a" is no date(ddMMyy) / at: join(date, clock, UTC)'],
  'a derived value of an unknown field': ['8:97 UNKNOWN_NAME unknown field of message m "d" / did you mean "a"?'],
  'a derived value called like a field': ['8:94 DUPLICATE_NAME "a" is a field of message m already'],
};

for (const [title, text] of cases) {
  t.test(title, async t => {
    t.same(resolveSchema('odd.wire.yaml', text).source.diagnostics.map(brief), said[title]);
  });
}
