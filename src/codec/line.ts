/**
 * Lines, as people and text devices send them.
 *
 * A line ends with \n, \r\n, \r or, from telnet clients, \r\0. A lone \r ends its line at once; the \n or \0 that may
 * follow in the next chunk belongs to it and is swallowed then.
 */
import { skipTo } from './cutting.js';
import { type Cut, type CutFunction, type CutResult, FRAME, MORE, SKIP, type StreamFilter } from './splitter.js';

const LF = 0x0a;
const CR = 0x0d;
const BACKSPACE = 0x08;
const DELETE = 0x7f;

/** `cut.pending`: the last line ended with \r, so that \n or \0 may still belong to it. */
const AFTER_CR = 1;
/** `cut.pending`: inside an over-long line that is being discarded. */
const DISCARDING = 2;

/**
 * @param limit bytes of the longest line, line end not counted; a longer one is discarded up to its end, and reported once
 * @param skipEmpty leave empty lines out
 * @param erased character set of lines that are also empty when backspaces have taken back all that was typed
 */
export function lineCutter(
  limit: number,
  skipEmpty: boolean,
  erased?: 'ascii' | 'utf8' | 'latin1' | 'gbk',
): CutFunction {
  const isEmpty = (b: Uint8Array, o: number, end: number): boolean =>
    o === end || (erased !== undefined && isErased(b, o, end, erased === 'utf8'));
  return (cut, b, o, end) => cutLine(cut, b, o, end, limit, skipEmpty ? isEmpty : undefined);
}

/** Whether the line ends with a backspace that leaves nothing of it. */
function isErased(b: Uint8Array, o: number, end: number, multibyte: boolean): boolean {
  if (b[end - 1] !== BACKSPACE && b[end - 1] !== DELETE) return false;
  let kept = 0;
  for (let i = o; i < end; i++) {
    const byte = b[i]!;
    if (byte === BACKSPACE || byte === DELETE) kept = Math.max(0, kept - 1);
    else if (!multibyte || (byte & 0xc0) !== 0x80) kept++;
  }
  return kept === 0;
}

function cutLine(
  cut: Cut,
  b: Uint8Array,
  o: number,
  end: number,
  limit: number,
  isEmpty: ((b: Uint8Array, o: number, end: number) => boolean) | undefined,
): CutResult {
  const pending = cut.pending;
  if (pending === AFTER_CR) {
    cut.pending = 0;
    if (b[o] === LF || b[o] === 0) return skipTo(cut, o + 1);
  }
  let i = o + cut.scanned;
  while (i < end && b[i] !== LF && b[i] !== CR) i++;
  if (pending === DISCARDING) {
    if (i < end) {
      cut.pending = 0;
      return skipTo(cut, lineEnd(cut, b, i, end));
    }
    return skipTo(cut, end);
  }
  if (i - o > limit) {
    cut.code = 'OVERSIZE';
    cut.next = i < end ? lineEnd(cut, b, i, end) : end;
    if (i >= end) cut.pending = DISCARDING;
    return SKIP;
  }
  if (i >= end) {
    cut.scanned = end - o;
    cut.need = 0;
    return MORE;
  }
  const next = lineEnd(cut, b, i, end);
  if (isEmpty?.(b, o, i) === true) return skipTo(cut, next);
  cut.start = o;
  cut.end = i;
  cut.next = next;
  return FRAME;
}

/** Where the line end that begins at `i` is over. */
function lineEnd(cut: Cut, b: Uint8Array, i: number, end: number): number {
  if (b[i] === LF) return i + 1;
  if (i + 1 >= end) {
    cut.pending = AFTER_CR;
    return i + 1;
  }
  return b[i + 1] === LF || b[i + 1] === 0 ? i + 2 : i + 1;
}

/** Takes back what backspace (08) and delete (7f) erase, as a person at a terminal means it. */
export function withoutBackspaces(line: string): string {
  if (!line.includes('\b') && !line.includes('\x7f')) return line;
  const kept: string[] = [];
  for (const character of line) {
    if (character === '\b' || character === '\x7f') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}

const IAC = 0xff;
const SB = 250;
const SE = 240;

/** Where in a telnet command the last chunk ended. */
const telnetState = { data: 0, command: 1, option: 2, sub: 3, subCommand: 4 } as const;

/** Removes telnet commands (RFC 854: IAC ...) from the stream; IAC IAC stands for the byte ff. */
export class TelnetFilter implements StreamFilter {
  #state: number = telnetState.data;

  push(b: Uint8Array, start: number, end: number): { b: Uint8Array; start: number; end: number } {
    if (this.#state === telnetState.data) {
      let i = start;
      while (i < end && b[i] !== IAC) i++;
      if (i === end) return { b, start, end };
    }
    const out = new Uint8Array(end - start);
    let n = 0;
    for (let i = start; i < end; i++) {
      const byte = b[i]!;
      switch (this.#state) {
        case telnetState.data:
          if (byte === IAC) this.#state = telnetState.command;
          else out[n++] = byte;
          break;
        case telnetState.command:
          if (byte === IAC) {
            out[n++] = byte;
            this.#state = telnetState.data;
          } else if (byte === SB) this.#state = telnetState.sub;
          else this.#state = byte >= 251 ? telnetState.option : telnetState.data;
          break;
        case telnetState.option:
          this.#state = telnetState.data;
          break;
        case telnetState.sub:
          if (byte === IAC) this.#state = telnetState.subCommand;
          break;
        default:
          this.#state = byte === SE ? telnetState.data : telnetState.sub;
      }
    }
    return { b: out, start: 0, end: n };
  }
}
