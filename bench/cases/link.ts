/** The records between a gateway and its workers: the generated codec beside the link's own code. */
import { Writer } from '../../src/codec/index.js';
import { putU8, putU16, putU32, putU48, Reader, recordTypes } from '../../src/link/index.js';
import { link } from '../generated/link/codec.js';
import type { Event } from '../generated/link/types.js';
import { type Contenders, dice, encoding, type Frames, inTurn, layOut, must } from '../work.js';

const event = link.up.find(m => m.name === 'event')!;
const COUNT = 64;

function events(): Event[] {
  const roll = dice(5);
  return Array.from({ length: COUNT }, (_, i) => ({
    ref: roll(10_000),
    epoch: roll(100),
    seq: i,
    kind: 'message' as const,
    flags: {
      redelivered: false,
      once: false,
      alone: false,
      fresh: i % 8 === 0,
      parts: false,
      joined: false,
      replied: false,
    },
    index: roll(20),
    received: 1_760_000_000_000 + roll(1_000_000),
    payload: Uint8Array.from({ length: 64 }, () => roll(256)),
  }));
}

const record = (v: Event): Uint8Array => {
  const w = new Writer();
  event.write(w, v as never);
  return w.slice();
};

const sample = (): Frames => layOut(events().map(record));

const reader = new Reader();

/** What `src/worker` does with a record: numbers into locals, and the payload where it stands. */
function readOwn(b: Uint8Array, start: number, end: number): number {
  const r = reader.over(b, start + 5, end);
  const ref = r.u32();
  const epoch = r.u32();
  const seq = r.u32();
  const kind = r.u8();
  const flags = r.u8();
  const index = (r.u16() << 16) >> 16;
  const received = r.u48();
  return ref + epoch + seq + kind + (flags & 2) + index + received + r.b[r.at]! + r.end - r.at;
}

function consume(v: Event): number {
  const { ref, epoch, seq, flags, index, received, payload } = v;
  return (
    ref +
    epoch +
    seq +
    (v.kind === 'message' ? 1 : 0) +
    (flags.fresh ? 2 : 0) +
    index +
    received +
    payload[0]! +
    payload.length
  );
}

export const contenders: Contenders = {
  'decode event/generated': () =>
    inTurn(sample(), (b, s, e) => must(link.decode('up', b, s, e)).value as unknown as Event, consume),
  "decode event/the link's own": () => inTurn(sample(), readOwn, n => n),
  'encode event/encode': () => encoding(event, events()),
  "encode event/the link's own": () => {
    const all = events();
    const w = new Writer(1 << 16);
    return {
      run(n) {
        let sink = 0;
        for (let i = 0; i < n; i++) {
          const v = all[i & (COUNT - 1)]!;
          w.length = 0;
          const at = w.reserve(5);
          w.bytes[at + 4] = recordTypes.event;
          putU32(w, v.ref);
          putU32(w, v.epoch);
          putU32(w, v.seq);
          putU8(w, 1);
          putU8(w, v.flags.fresh ? 2 : 0);
          putU16(w, v.index & 0xffff);
          putU48(w, v.received);
          w.append(v.payload);
          const size = w.length - 5;
          w.bytes[at] = size >>> 24;
          w.bytes[at + 1] = size >>> 16;
          w.bytes[at + 2] = size >>> 8;
          w.bytes[at + 3] = size;
          sink += w.length;
        }
        return sink;
      },
    };
  },
};
