/** Frames of text: their bytes as one string, what is found in it, and how they end. */
import type { Decoded, MessageValue } from './contract.js';
import { tooLong } from './cutting.js';
import { untilInto } from './delimit.js';
import { gbk } from './gbk.js';
import { withoutBackspaces } from './line.js';
import { problem } from './problem.js';
import { ascii, latin1, utf8 } from './text.js';
import { cleanLine } from './words.js';
import type { Writer } from './writer.js';

/**
 * The text of a line, or `undefined` with the reason in `problem`. A line with a NUL byte is refused.
 * @param editable whether backspaces take back what stands before them
 */
export function lineText(
  b: Uint8Array,
  start: number,
  stop: number,
  charset: keyof typeof readers,
  editable: boolean,
): string | undefined {
  // What people type is nearly always plain: one look at each byte tells.
  for (let i = start; i < stop; i++) {
    const byte = b[i]!;
    if (byte === 0 || byte === 0x08 || byte >= 0x7f) return unusual(b, start, stop, charset, editable);
  }
  return latin1(b, start, stop);
}

const readers = { ascii, utf8, latin1, gbk } as const;

function unusual(
  b: Uint8Array,
  start: number,
  stop: number,
  charset: keyof typeof readers,
  editable: boolean,
): string | undefined {
  const line = readers[charset](b, start, stop, 'line');
  return line === undefined ? undefined : cleanLine(editable ? withoutBackspaces(line) : line, b, start, stop);
}

/** A message that was found in a frame. */
export function decoded(index: number, name: string, value: object, id?: number | string): Decoded {
  return { index, name, id, value: value as MessageValue };
}

/** The same for a value that may be `undefined`, with the reason in `problem`. */
export function decodedAs(
  index: number,
  name: string,
  value: object | undefined,
  id?: number | string,
): Decoded | undefined {
  return value === undefined ? undefined : decoded(index, name, value, id);
}

/** No message has the form of a text. */
export const NO_MESSAGE = -3;

/** Whether a space stands in `[from, to)`. */
export function hasSpace(text: string, from: number, to: number): boolean {
  const at = text.indexOf(' ', from);
  return at >= 0 && at < to;
}

/** The number that hexadecimal digits of either case stand for; -1 where something else stands. */
export function hexNumber(text: string): number {
  return /^[0-9a-fA-F]+$/.test(text) ? Number.parseInt(text, 16) : -1;
}

/** So many hexadecimal digits, in upper case. */
export function hexDigits(v: number, count: number): string {
  return v.toString(16).toUpperCase().padStart(count, '0');
}

/** How many bytes of UTF-8 the first `count` characters take. */
export function utf8Size(text: string, count: number): number {
  let size = count;
  for (let i = 0; i < count; i++) {
    const c = text.charCodeAt(i);
    // Both halves of a pair together take four bytes.
    if (c > 0x7f) size += c > 0x7ff && (c < 0xd800 || c > 0xdfff) ? 2 : 1;
  }
  return size;
}

/**
 * A reader of characters has told where it failed: from there to bytes.
 * @param size how many bytes the first characters take
 */
export function failedInBytes(text: string, start: number, size: typeof utf8Size): undefined {
  problem.offset = start + size(text, Math.min(text.length, problem.offset - start));
  return undefined;
}

const IAC = 0xff;

/** The other side takes the byte ff for a telnet command: each one from `start` on is doubled (RFC 854). */
export function doubleIac(w: Writer, start: number): true {
  for (let i = w.length - 1; i >= start; i--) {
    if (w.bytes[i] !== IAC) continue;
    w.reserve(1);
    w.bytes.copyWithin(i + 1, i, w.length - 1);
  }
  return true;
}

/**
 * Ends a frame of text that was written from `start` on. Nothing in it may be taken for its end or for another start.
 * @returns `true`, for encoders to return
 */
export function closeText(
  w: Writer,
  start: number,
  end: Uint8Array,
  ends: readonly Uint8Array[],
  starts: readonly Uint8Array[],
  limit: number,
): true {
  const size = w.length - start;
  if (size > limit) throw tooLong(size, limit);
  untilInto(w, start, end, ends, starts);
  return true;
}
