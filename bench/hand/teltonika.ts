/**
 * A Teltonika packet of codec 8 Extended as a careful engineer would decode it by hand for one project: one bounds check for
 * each run, the same checks and the same value as the generated codec, and no provision for anything else.
 *
 *     00 00 00 00 | size(4) | 8e | count | records | count | crc(4)
 */
import type { Avl8e, IoU16U8, IoU16U16, IoU16U32, IoU16U64, IoX, RecordU16U16 } from '../generated/teltonika/types.js';

const PRIORITIES = ['low', 'high', 'panic'] as const;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let x = byte;
  for (let bit = 0; bit < 8; bit++) x = (x >>> 1) ^ (x & 1 ? 0xa001 : 0);
  return x;
});

function crc(b: Uint8Array, start: number, end: number): number {
  let x = 0;
  for (let i = start; i < end; i++) x = table[(x ^ b[i]!) & 0xff]! ^ (x >>> 8);
  return x;
}

const u16 = (b: Uint8Array, o: number): number => (b[o]! << 8) | b[o + 1]!;
const i16 = (b: Uint8Array, o: number): number => (u16(b, o) << 16) >> 16;
const i32 = (b: Uint8Array, o: number): number => (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!;
const u32 = (b: Uint8Array, o: number): number => i32(b, o) >>> 0;

function u64(b: Uint8Array, o: number): number | bigint {
  const n = u32(b, o) * 4294967296 + u32(b, o + 4);
  return n <= Number.MAX_SAFE_INTEGER ? n : (BigInt(u32(b, o)) << 32n) | BigInt(u32(b, o + 4));
}

/** Where the record that was read last ends. */
let at = 0;

function readRecord(b: Uint8Array, o: number, end: number): RecordU16U16 | undefined {
  if (end - o < 30) return undefined;
  const time = u32(b, o) * 4294967296 + u32(b, o + 4);
  if (time > Number.MAX_SAFE_INTEGER) return undefined;
  const prio = PRIORITIES[b[o + 8]!] ?? b[o + 8]!;
  const lon = i32(b, o + 9) / 10000000;
  const lat = i32(b, o + 13) / 10000000;
  const alt = i16(b, o + 17);
  const course = u16(b, o + 19);
  const sats = b[o + 21]!;
  const speed = u16(b, o + 22);
  const event = u16(b, o + 24);
  const total = u16(b, o + 26);
  let n = u16(b, o + 28);
  o += 30;
  if (n > 255 || n * 3 + 2 > end - o) return undefined;
  const io1: IoU16U8[] = [];
  for (let i = 0; i < n; i++, o += 3) io1.push({ id: u16(b, o), value: b[o + 2]! });
  n = u16(b, o);
  o += 2;
  if (n > 255 || n * 4 + 2 > end - o) return undefined;
  const io2: IoU16U16[] = [];
  for (let i = 0; i < n; i++, o += 4) io2.push({ id: u16(b, o), value: u16(b, o + 2) });
  n = u16(b, o);
  o += 2;
  if (n > 255 || n * 6 + 2 > end - o) return undefined;
  const io4: IoU16U32[] = [];
  for (let i = 0; i < n; i++, o += 6) io4.push({ id: u16(b, o), value: u32(b, o + 2) });
  n = u16(b, o);
  o += 2;
  if (n > 255 || n * 10 + 2 > end - o) return undefined;
  const io8: IoU16U64[] = [];
  for (let i = 0; i < n; i++, o += 10) io8.push({ id: u16(b, o), value: u64(b, o + 2) });
  n = u16(b, o);
  o += 2;
  if (n > 255 || n * 4 > end - o) return undefined;
  const ioX: IoX[] = [];
  for (let i = 0; i < n; i++) {
    if (end - o < 4) return undefined;
    const size = u16(b, o + 2);
    if (size > end - o - 4) return undefined;
    ioX.push({ id: u16(b, o), value: b.slice(o + 4, o + 4 + size) });
    o += 4 + size;
  }
  if (total !== io1.length + io2.length + io4.length + io8.length + ioX.length) return undefined;
  at = o;
  return {
    time,
    prio,
    lon,
    lat,
    alt,
    course,
    sats,
    speed,
    event,
    generation: undefined,
    io1,
    io2,
    io4,
    io8,
    io16: undefined,
    ioX,
  };
}

/** `undefined`: the frame is no good packet of codec 8 Extended. */
export function decodeAvl8e(b: Uint8Array, start: number, end: number): Avl8e | undefined {
  if (end - start < 15 || u32(b, start) !== 0 || u32(b, start + 4) !== end - start - 12) return undefined;
  if (u32(b, end - 4) !== crc(b, start + 8, end - 4)) return undefined;
  const count = b[start + 9]!;
  if (b[start + 8] !== 0x8e || b[end - 5] !== count) return undefined;
  const stop = end - 5;
  const records: RecordU16U16[] = [];
  at = start + 10;
  for (let i = 0; i < count; i++) {
    const record = readRecord(b, at, stop);
    if (record === undefined) return undefined;
    records.push(record);
  }
  return at === stop ? { records } : undefined;
}
