/** Frames of the protocols that ship, put together by hand: independent of what was generated. */
import { crc16Arc, crc16Modbus, crc16X25, type Protocol } from '../../src/codec/index.js';
import { join } from './bytes.js';
import { type Body, inShape, type Reframe, type Sample } from './properties.js';

function varintBytes(n: number): Uint8Array {
  const out: number[] = [];
  for (; n > 127; n >>= 7) out.push((n & 127) | 128);
  return Uint8Array.from([...out, n]);
}

/** The bytes between two flags as they are sent. */
export const escaped = (b: Uint8Array): Uint8Array =>
  Uint8Array.from([...b].flatMap(byte => (byte === 0x7d ? [0x7d, 1] : byte === 0x7e ? [0x7d, 2] : [byte])));

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
  /** The form of the header stands above the id: 0x10000 is that of 2019. */
  jt808(id, body, lie = 0) {
    const isNew = id >= 0x10000;
    const size = body.length + lie;
    const phone = isNew ? [1, 0, 0, 0, 0, 1, 0x38, 0, 0x7d, 0x80, 0] : [1, 0x38, 0, 0x7d, 0x80, 0];
    const attrs = [((size >> 8) & 3) | (isNew ? 0x40 : 0), size & 0xff];
    const inner = join(Uint8Array.of((id >> 8) & 0xff, id & 0xff, ...attrs, ...phone, 0x12, 0x7e), body);
    const sum = inner.reduce((x, byte) => x ^ byte, 0);
    return join(Uint8Array.of(0x7e), escaped(join(inner, Uint8Array.of(sum))), Uint8Array.of(0x7e));
  },
  'tlv-sensor'(id, body, lie = 0) {
    const size = body.length + 5 + lie;
    const checked = join(Uint8Array.of(0x01, size, size >> 8, id, 0x34, 0x12), body);
    const crc = crc16Modbus(checked, 0, checked.length);
    return join(Uint8Array.of(0xa5, 0x5a), checked, Uint8Array.of(crc, crc >> 8));
  },
  /** The body begins with the number of records, which stands behind it once more. */
  teltonika(id, body, lie = 0) {
    const checked = join(Uint8Array.of(id), body, body.slice(0, 1));
    const crc = crc16Arc(checked, 0, checked.length);
    const size = checked.length + lie;
    return join(Uint8Array.of(0, 0, 0, 0, 0, 0, size >> 8, size), checked, Uint8Array.of(0, 0, crc >> 8, crc));
  },
  'modbus-tcp'(id, body, lie = 0) {
    const size = body.length + 2 + lie;
    const whole = join(Uint8Array.of(0x12, 0x34, 0, 0, size >> 8, size, 0x11, id), body);
    // What is left over in the last byte of coils has no meaning.
    const coils = (body[2]! << 8) | body[3]!;
    if (id === 0x0f && body.length > 5 && (coils & 7) > 0) whole[whole.length - 1]! &= (1 << (coils & 7)) - 1;
    return whole;
  },
};

/** Ids and bodies of good frames; of several shapes, those that have both. */
export function bodies(name: string, protocol: Protocol, all: readonly Sample[]): Body[] {
  return all.flatMap(({ dir, frame, shape }) => {
    const id = protocol.decode(dir, frame, 0, frame.length, inShape(shape)())!.id;
    if (typeof id !== 'number') return [];
    // The form of the header is part of what says how a frame is put together.
    const form = name === 'jt808' ? (frame[2]! & 0x40) * 0x400 : 0;
    return [{ dir, id: id + form, body: bodyOf(name, frame), shape }];
  });
}

function bodyOf(name: string, bytes: Uint8Array): Uint8Array {
  switch (name) {
    case 'game': {
      let o = 0;
      while (bytes[o]! >= 0x80) o++;
      return bytes.slice(o + 2);
    }
    case 'jt808': {
      const head = ((bytes[2]! & 0x40) === 0 ? 12 : 17) + ((bytes[2]! & 0x20) === 0 ? 0 : 4);
      return bytes.slice(head, -1);
    }
    case 'tlv-sensor':
      return bytes.slice(8, -2);
    case 'teltonika':
      return bytes.slice(9, -5);
    case 'modbus-tcp':
      return bytes.slice(8);
    default:
      return bytes.slice(bytes[0] === 0x79 ? 5 : 4, -6);
  }
}
