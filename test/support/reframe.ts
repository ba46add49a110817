/** Frames of game, gt06 and tlv-sensor, put together by hand: independent of what was generated. */
import { crc16Modbus, crc16X25, type Direction, type Protocol } from '../../src/codec/index.js';
import { join } from './bytes.js';
import type { Reframe, Sample } from './properties.js';

function varintBytes(n: number): Uint8Array {
  const out: number[] = [];
  for (; n > 127; n >>= 7) out.push((n & 127) | 128);
  return Uint8Array.from([...out, n]);
}

export const reframes: Readonly<Record<string, Reframe>> = {
  game: (id, body, lie = 0) => join(varintBytes(body.length + 1 + lie), Uint8Array.of(id), body),
  gt06(id, body, lie = 0) {
    const long = body.length > 250;
    const size = body.length + 5 + lie;
    const checked = join(
      long ? Uint8Array.of(size >> 8, size) : Uint8Array.of(size),
      Uint8Array.of(id),
      body,
      Uint8Array.of(0x12, 0x34),
    );
    const crc = crc16X25(checked, 0, checked.length);
    const mark = long ? 0x79 : 0x78;
    return join(Uint8Array.of(mark, mark), checked, Uint8Array.of(crc >> 8, crc, 0x0d, 0x0a));
  },
  'tlv-sensor'(id, body, lie = 0) {
    const size = body.length + 5 + lie;
    const checked = join(Uint8Array.of(0x01, size, size >> 8, id, 0x34, 0x12), body);
    const crc = crc16Modbus(checked, 0, checked.length);
    return join(Uint8Array.of(0xa5, 0x5a), checked, Uint8Array.of(crc, crc >> 8));
  },
};

/** Ids and bodies of good frames. */
export function bodies(
  name: string,
  protocol: Protocol,
  all: readonly Sample[],
): { dir: Direction; id: number; body: Uint8Array }[] {
  return all.map(({ dir, bytes }) => {
    const id = protocol.decode(dir, bytes, 0, bytes.length)!.id as number;
    if (name === 'game') {
      let o = 0;
      while (bytes[o]! >= 0x80) o++;
      return { dir, id, body: bytes.slice(o + 2) };
    }
    if (name === 'tlv-sensor') return { dir, id, body: bytes.slice(8, -2) };
    return { dir, id, body: bytes.slice(bytes[0] === 0x79 ? 5 : 4, -6) };
  });
}
