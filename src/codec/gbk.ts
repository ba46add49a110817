/**
 * GBK: ASCII, and pairs of a byte 81..fe and a byte 40..fe but 7f. The platform's decoder knows which characters they are; it is
 * asked once, for all of them, so that both directions agree and short texts need no call into it.
 */
import { EncodeError, fail } from './problem.js';
import { latin1, string } from './text.js';
import type { Writer } from './writer.js';

const FIRST_LEAD = 0x81;
const FIRST_TRAIL = 0x40;
const LEADS = 0xfe - FIRST_LEAD + 1;
const TRAILS = 0xfe - FIRST_TRAIL + 1;

interface Tables {
  /** Pair, counted from the first -> character; 0 where there is none. */
  readonly characters: Uint16Array;
  /** Character -> its two bytes; 0 where there are none. */
  readonly pairs: Uint16Array;
}

let tables: Tables | undefined;

function buildTables(): Tables {
  const all = new Uint8Array(LEADS * TRAILS * 3);
  for (let i = 0; i < LEADS * TRAILS; i++) {
    all[i * 3] = FIRST_LEAD + Math.floor(i / TRAILS);
    all[i * 3 + 1] = FIRST_TRAIL + (i % TRAILS);
    all[i * 3 + 2] = 0x0a;
  }
  const characters = new Uint16Array(LEADS * TRAILS);
  const pairs = new Uint16Array(0x1_0000);
  const texts = new TextDecoder('gbk').decode(all).split('\n');
  for (let i = 0; i < characters.length; i++) {
    const text = texts[i]!;
    // What is no character comes back as U+FFFD, perhaps with the second byte as a character of its own.
    if (text.length !== 1 || text === '\ufffd') continue;
    const code = text.charCodeAt(0);
    characters[i] = code;
    pairs[code] ||= (all[i * 3]! << 8) | all[i * 3 + 1]!;
  }
  return { characters, pairs };
}

/** `[o, end)` as GBK, or `undefined` with the reason in `problem`. 80 and ff are no characters, nor is half a pair. */
export function gbk(b: Uint8Array, o: number, end: number, field: string): string | undefined {
  let i = o;
  while (i < end && b[i]! < 0x80) i++;
  let text = latin1(b, o, i);
  if (i === end) return text;
  tables ??= buildTables();
  for (; i < end; i++) {
    const byte = b[i]!;
    let code = byte;
    if (byte >= 0x80) {
      const lead = byte - FIRST_LEAD;
      const trail = i + 1 < end ? b[i + 1]! - FIRST_TRAIL : -1;
      const isPair = lead >= 0 && lead < LEADS && trail >= 0 && trail < TRAILS;
      code = isPair ? tables.characters[lead * TRAILS + trail]! : 0;
      if (code === 0) return fail('TEXT', i, field, `byte 0x${byte.toString(16)}`, 'gbk');
      i++;
    }
    text += String.fromCharCode(code);
  }
  return text;
}

/** Appends `v` as GBK. Returns how many bytes it took. @throws EncodeError on a character that GBK lacks. */
export function writeGbk(w: Writer, v: string, field: string): number {
  const start = w.reserve(string(v, field).length * 2);
  const b = w.bytes;
  let o = start;
  for (let i = 0; i < v.length; i++) {
    const code = v.charCodeAt(i);
    if (code < 0x80) {
      b[o++] = code;
      continue;
    }
    tables ??= buildTables();
    const pair = tables.pairs[code]!;
    if (pair === 0) throw new EncodeError('TEXT', field, `"${String.fromCodePoint(v.codePointAt(i)!)}" is not in gbk`);
    b[o++] = pair >> 8;
    b[o++] = pair;
  }
  w.length = o;
  return o - start;
}

/** How many bytes the first `count` characters take. */
export function gbkSize(text: string, count: number): number {
  let size = count;
  for (let i = 0; i < count; i++) if (text.charCodeAt(i) > 0x7f) size++;
  return size;
}

/** Whether GBK has the character. */
export function hasGbk(code: number): boolean {
  if (code < 0x80) return true;
  tables ??= buildTables();
  return tables.pairs[code] !== 0;
}
