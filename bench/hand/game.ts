/**
 * Two messages of the game protocol as a careful engineer would decode them by hand: straight-line code with the same
 * checks and the same values as the generated codec.
 *
 *     size(varint) | kind | fields ...
 */
import type { Entity, InputMessage, Snapshot } from '../../test/fixtures/generated/game/types.js';

/** Behind the last varint. */
let at = 0;

function varint(b: Uint8Array, o: number, end: number): number {
  if (o >= end) return -1;
  const first = b[o]!;
  if (first < 0x80) {
    at = o + 1;
    return first;
  }
  let value = first & 0x7f;
  let unit = 128;
  for (let i = o + 1; i < end && i < o + 5; i++) {
    const byte = b[i]!;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) {
      at = i + 1;
      return byte === 0 ? -1 : value;
    }
    unit *= 128;
  }
  return -1;
}

/** Where the body begins, or -1. */
function open(b: Uint8Array, start: number, end: number, kind: number): number {
  const size = varint(b, start, end);
  if (size < 0 || size !== end - at || b[at] !== kind) return -1;
  return at + 1;
}

/** `undefined`: the frame is no good input. */
export function decodeInput(b: Uint8Array, start: number, end: number): InputMessage | undefined {
  const o = open(b, start, end, 0x02);
  if (o < 0 || end - o !== 5) return undefined;
  const keys = b[o + 2]!;
  return {
    seq: b[o]! | (b[o + 1]! << 8),
    keys: {
      up: (keys & 1) !== 0,
      down: (keys & 2) !== 0,
      left: (keys & 4) !== 0,
      right: (keys & 8) !== 0,
      fire: (keys & 16) !== 0,
      $rest: keys & 0xe0 || undefined,
    },
    aim: ((b[o + 3]! | (b[o + 4]! << 8)) * 45) / 8192,
  };
}

const kinds = ['player', 'npc', 'loot'] as const;

/** `undefined`: the frame is no good snapshot. */
export function decodeSnapshot(b: Uint8Array, start: number, end: number): Snapshot | undefined {
  let o = open(b, start, end, 0x84);
  if (o < 0 || end - o < 4) return undefined;
  const tick = (b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16) | (b[o + 3]! << 24)) >>> 0;
  const goneCount = varint(b, o + 4, end);
  o = at;
  if (goneCount < 0 || goneCount > 4096 || goneCount > end - o) return undefined;
  const gone: number[] = [];
  for (let i = 0; i < goneCount; i++) {
    const id = varint(b, o, end);
    if (id < 0) return undefined;
    gone.push(id);
    o = at;
  }
  const seenCount = varint(b, o, end);
  o = at;
  if (seenCount < 0 || seenCount > 4096 || seenCount * 2 > end - o) return undefined;
  const seen: Entity[] = [];
  for (let i = 0; i < seenCount; i++) {
    const id = varint(b, o, end);
    o = at;
    if (id < 0 || o >= end) return undefined;
    const mask = b[o++]!;
    if ((mask & 0xf8) !== 0 || end - o < (mask & 1) + (mask & 2) * 2 + ((mask & 4) >> 2)) return undefined;
    const item: Entity = { id, kind: undefined, pos: undefined, hp: undefined };
    if ((mask & 1) !== 0) {
      item.kind = kinds[b[o]!];
      if (item.kind === undefined) return undefined;
      o += 1;
    }
    if ((mask & 2) !== 0) {
      item.pos = {
        x: (b[o]! | ((b[o + 1]! << 24) >> 16)) / 100,
        y: (b[o + 2]! | ((b[o + 3]! << 24) >> 16)) / 100,
      };
      o += 4;
    }
    if ((mask & 4) !== 0) item.hp = b[o++]!;
    seen.push(item);
  }
  return o === end ? { tick, gone, seen } : undefined;
}
