/** Text templates: what the parts of a line may hold, and how a line is written. */

import { writeGbk } from './gbk.js';
import { described } from './ints.js';
import { indexOfByte } from './markers.js';
import { EncodeError, fail } from './problem.js';
import { writeAscii, writeLatin1, writeUtf8 } from './text.js';
import type { Writer } from './writer.js';

/** Characters that would end or change a line. */
const BREAKS = /[\r\n\0]/;
const ERASES = /[\b\x7f]/;

/** The line of `[start, stop)`; one with a NUL byte is refused, because it could not be sent on. */
export function cleanLine(line: string, b: Uint8Array, start: number, stop: number): string | undefined {
  return line.includes('\0') ? fail('TEXT', indexOfByte(b, 0, start, stop), 'line', 'a NUL byte') : line;
}

/** A word of a line: at least one character, no space, nothing that breaks the line. */
export function word(v: string, editable: boolean, field: string): string {
  return oneWord(rest(v, editable, field), field);
}

/** A word of what is no line: anything without a space. */
export function oneWord(v: string, field: string): string {
  if (typeof v === 'string' && v !== '' && !v.includes(' ')) return v;
  throw new EncodeError('TEXT', field, `want one word without spaces, got ${described(v)}`);
}

/**
 * The rest of a line: anything that does not break it.
 * @param editable whether the other side takes backspaces as such, so that none may be sent
 */
export function rest(v: string, editable: boolean, field: string): string {
  if (typeof v !== 'string') throw new EncodeError('TYPE', field, `want text, got ${described(v)}`);
  if (BREAKS.test(v)) throw new EncodeError('TEXT', field, 'a line cannot hold a line end or NUL');
  if (editable && ERASES.test(v)) throw new EncodeError('TEXT', field, 'the other side would take a backspace as such');
  return v;
}

const writers = { utf8: writeUtf8, ascii: writeAscii, latin1: writeLatin1, gbk: writeGbk } as const;

/**
 * Appends one line and its end.
 * @param telnet whether the other side takes the byte ff for a telnet command: it is doubled then (RFC 854)
 */
export function writeLine(
  w: Writer,
  line: string,
  charset: keyof typeof writers,
  end: Uint8Array,
  limit: number,
  telnet = false,
): true {
  const doubled = telnet && charset === 'latin1' ? line.replaceAll('\xff', '\xff\xff') : line;
  const size = writers[charset](w, doubled, 'line') - (doubled.length - line.length);
  if (size > limit) throw new EncodeError('LIMIT', 'line', `it takes ${size} bytes, at most ${limit} are allowed`);
  w.append(end);
  return true;
}

/** The error of a line that would be read as something else. */
export function misread(message: string, line: string): EncodeError {
  return new EncodeError(
    'AMBIGUOUS',
    message,
    `${described(line)} would not be read as this message with these fields`,
  );
}
