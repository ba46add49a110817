/**
 * A GT06 location as a careful engineer would decode it by hand for one project: straight-line code, one bounds check for
 * each run, the same checks and the same value as the generated codec, and no provision for anything else.
 *
 *     78 78 | size | id | time(6) | gps | lat(4) | lon(4) | speed | course(2) | [cell(8)] | rest | serial(2) | crc(2) | 0d 0a
 */
import type { Cell, Location } from '../../examples/tracker/gt06/types.js';

const NOTHING = new Uint8Array(0);

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let x = byte;
  for (let bit = 0; bit < 8; bit++) x = (x >>> 1) ^ (x & 1 ? 0x8408 : 0);
  return x;
});

function crc(b: Uint8Array, start: number, end: number): number {
  let x = 0xffff;
  for (let i = start; i < end; i++) x = table[(x ^ b[i]!) & 0xff]! ^ (x >>> 8);
  return x ^ 0xffff;
}

/** `undefined`: the frame is no good location. */
export function decodeLocation(b: Uint8Array, start: number, end: number): Location | undefined {
  // The shortest one has a two-byte marker, a one-byte size and no cell.
  if (end - start < 28) return undefined;
  let o: number;
  if (b[start] === 0x78 && b[start + 1] === 0x78) {
    if (b[start + 2] !== end - start - 5) return undefined;
    o = start + 4;
  } else if (b[start] === 0x79 && b[start + 1] === 0x79) {
    if (((b[start + 2]! << 8) | b[start + 3]!) !== end - start - 6 || end - start < 29) return undefined;
    o = start + 5;
  } else return undefined;
  if (b[end - 2] !== 0x0d || b[end - 1] !== 0x0a) return undefined;
  if (((b[end - 4]! << 8) | b[end - 3]!) !== crc(b, start + 2, end - 4)) return undefined;
  const id = b[o - 1]!;
  if (id !== 0x12 && id !== 0x22) return undefined;
  const stop = end - 6;

  const month = b[o + 1]!;
  const day = b[o + 2]!;
  const hour = b[o + 3]!;
  const minute = b[o + 4]!;
  const second = b[o + 5]!;
  let time: number | undefined;
  if (month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 60) {
    time = Date.UTC(2000 + b[o]!, month - 1, day, hour, minute, second);
    // The 31st of a shorter month.
    if (day > 28 && new Date(time).getUTCDate() !== day) time = undefined;
  }
  const sats = b[o + 6]!;
  const lat = ((b[o + 7]! << 24) | (b[o + 8]! << 16) | (b[o + 9]! << 8) | b[o + 10]!) >>> 0;
  const lon = ((b[o + 11]! << 24) | (b[o + 12]! << 16) | (b[o + 13]! << 8) | b[o + 14]!) >>> 0;
  const speed = b[o + 15]!;
  const course = (b[o + 16]! << 8) | b[o + 17]!;
  o += 18;
  let cell: Cell | undefined;
  if (stop - o >= 8) {
    cell = {
      mcc: (b[o]! << 8) | b[o + 1]!,
      mnc: b[o + 2]!,
      lac: (b[o + 3]! << 8) | b[o + 4]!,
      ci: (b[o + 5]! << 16) | (b[o + 6]! << 8) | b[o + 7]!,
    };
    o += 8;
  }
  return {
    id,
    time,
    gps: { infoLen: sats >> 4, sats: sats & 0x0f },
    lat: ((course & 0x0400) !== 0 ? lat : -lat) / 1800000,
    lon: ((course & 0x0800) !== 0 ? -lon : lon) / 1800000,
    speed,
    course: {
      realtime: (course & 0x2000) !== 0,
      fixed: (course & 0x1000) !== 0,
      west: (course & 0x0800) !== 0,
      north: (course & 0x0400) !== 0,
      deg: course & 0x03ff,
      $rest: course & 0xc000 || undefined,
    },
    cell,
    rest: o === stop ? NOTHING : b.slice(o, stop),
    serial: (b[stop]! << 8) | b[stop + 1]!,
  };
}
