/** JSON objects and arrays, one after the other, with nothing but white space between them. */
import { skipTo } from './cutting.js';
import { type Cut, type CutFunction, type CutResult, FRAME, MORE } from './splitter.js';

/** `cut.pending`: how many objects and arrays are open, times {@link DEPTH}, and these bits. */
const IN_STRING = 1;
/** Behind a backslash. */
const ESCAPED = 2;
/** Behind a value: a comma, a colon or a closing bracket must follow. */
const AFTER_VALUE = 4;
/** Inside an over-long value that is being discarded. */
const DISCARDING = 8;
const DEPTH = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * One JSON value after the other. Only as much of the grammar is looked at as tells where a value ends, and that one was
 * broken: a string with a control character, or a value that begins where none can (RFC 8259, 7 and 2). What is broken is
 * `GARBAGE` up to there, so that a lost quote or bracket costs a value or two and not the rest of the stream.
 * @param limit bytes of the longest value; a longer one is discarded up to its end and reported once
 */
export function jsonCutter(limit: number): CutFunction {
  return (cut, b, o, end) => {
    if (cut.pending < DEPTH) {
      const i = nextValue(b, o, end);
      if (i > o) return isSpace(b[o]!) ? skipTo(cut, i) : garbage(cut, i);
    }
    let bits = cut.pending % DEPTH;
    let depth = Math.floor(cut.pending / DEPTH);
    const discarding = (bits & DISCARDING) !== 0;
    const stop = discarding ? end : Math.min(end, o + limit);
    let i = o + cut.scanned;
    for (; i < stop; i++) {
      const byte = b[i]!;
      if ((bits & IN_STRING) !== 0) {
        if ((bits & ESCAPED) !== 0) bits &= ~ESCAPED;
        else if (byte === BACKSLASH) bits |= ESCAPED;
        else if (byte === QUOTE) bits = (bits & ~IN_STRING) | AFTER_VALUE;
        else if (byte < 0x20) break;
      } else if (isOpening(byte) || byte === QUOTE) {
        if ((bits & AFTER_VALUE) !== 0) break;
        if (byte === QUOTE) bits |= IN_STRING;
        else depth++;
      } else if (isClosing(byte)) {
        bits |= AFTER_VALUE;
        if (--depth > 0) continue;
        cut.pending = 0;
        if (discarding) return skipTo(cut, i + 1);
        cut.start = o;
        cut.end = i + 1;
        cut.next = i + 1;
        return FRAME;
      } else if (byte === COMMA || byte === COLON) bits &= ~AFTER_VALUE;
      else if (!isSpace(byte)) bits |= AFTER_VALUE;
    }
    if (i < stop) {
      cut.pending = 0;
      return discarding ? skipTo(cut, i) : garbage(cut, i);
    }
    cut.pending = depth * DEPTH + bits;
    if (discarding) return skipTo(cut, end);
    if (i - o >= limit) {
      cut.pending += DISCARDING;
      return skipTo(cut, i, 'OVERSIZE');
    }
    cut.scanned = i - o;
    return MORE;
  };
}

/** The end of a run of white space, or of other bytes that begin no value. */
function nextValue(b: Uint8Array, o: number, end: number): number {
  const space = isSpace(b[o]!);
  let i = o;
  while (i < end && !isOpening(b[i]!) && isSpace(b[i]!) === space) i++;
  return i;
}

function garbage(cut: Cut, next: number): CutResult {
  cut.lost = true;
  return skipTo(cut, next, 'GARBAGE');
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** `{` or `[` */
function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b;
}

/** `}` or `]` */
function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d;
}
