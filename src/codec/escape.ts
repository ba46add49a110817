/** Bytes that would be taken for a delimiter are sent as two: a lead byte and a code. */
import { fail } from './problem.js';
import { room } from './scratch.js';
import type { Writer } from './writer.js';

export interface EscapeRule {
  readonly lead: number;
  /** The byte that a code behind the lead stands for; -1 where it is no code. */
  readonly plain: Int16Array;
  /** The code of a byte that must be escaped; -1 where it need not be. */
  readonly code: Int16Array;
}

/**
 * @param pairs each code that may stand behind the lead, and the byte that both stand for. The lead itself must be one of
 * those bytes, or what is written cannot be read back
 */
export function escapeRule(lead: number, pairs: readonly (readonly [code: number, plain: number])[]): EscapeRule {
  const rule = { lead, plain: new Int16Array(256).fill(-1), code: new Int16Array(256).fill(-1) };
  for (const [code, plain] of pairs) {
    rule.plain[code] = plain;
    rule.code[plain] = code;
  }
  return rule;
}

/**
 * Copies `[start, end)` without its escapes.
 * @returns how many bytes `copied.bytes` then begins with, valid until the next such call; -1 with the reason in `problem`
 */
export function unescapeFrame(b: Uint8Array, start: number, end: number, rule: EscapeRule): number {
  const { lead, plain } = rule;
  const to = room(end - start);
  let n = 0;
  for (let i = start; i < end; i++) {
    const byte = b[i]!;
    if (byte !== lead) {
      to[n++] = byte;
      continue;
    }
    const code = i + 1 < end ? plain[b[i + 1]!]! : -1;
    if (code < 0) {
      fail('ESCAPE', i, '', i + 1 < end ? `0x${b[i + 1]!.toString(16).padStart(2, '0')}` : 'nothing');
      return -1;
    }
    to[n++] = code;
    i++;
  }
  return n;
}

/**
 * Escapes what was written from `from` on, the mirror of {@link unescapeFrame}.
 * @param before bytes that are left free in front of it
 */
export function escapeInto(w: Writer, from: number, rule: EscapeRule, before = 0): void {
  const { lead, code } = rule;
  let read = w.length;
  let b = w.bytes;
  let more = before;
  for (let i = from; i < read; i++) if (code[b[i]!]! >= 0) more++;
  if (more === before) {
    if (before > 0) w.shift(from, before);
    return;
  }
  w.reserve(more);
  b = w.bytes;
  // From the back, so that no byte is overwritten before it has been moved.
  for (let write = w.length - 1; read > from; ) {
    const byte = b[--read]!;
    const escaped = code[byte]!;
    if (escaped < 0) b[write--] = byte;
    else {
      b[write--] = escaped;
      b[write--] = lead;
    }
  }
}
