/** The records between a gateway and its workers: the generated codec beside the link's own code. */
import { i16be, u32be, u48be, Writer } from '../../src/codec/index.js';
import { EVENT_HEADER, Reader, recordTypes } from '../../src/link/index.js';
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
  const at = r.take(EVENT_HEADER);
  const ref = u32be(b, at);
  const epoch = u32be(b, at + 4);
  const seq = u32be(b, at + 8);
  const kind = b[at + 12]!;
  const flags = b[at + 13]!;
  const index = i16be(b, at + 14);
  const received = u48be(b, at + 16);
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
          const start = w.reserve(5);
          w.bytes[start + 4] = recordTypes.event;
          const at = w.reserve(EVENT_HEADER);
          const { view } = w;
          view.setUint32(at, v.ref);
          view.setUint32(at + 4, v.epoch);
          view.setUint32(at + 8, v.seq);
          view.setUint8(at + 12, 1);
          view.setUint8(at + 13, v.flags.fresh ? 2 : 0);
          view.setInt16(at + 14, v.index);
          view.setUint16(at + 16, v.received / 2 ** 32);
          view.setUint32(at + 18, v.received);
          w.append(v.payload);
          w.view.setUint32(start, w.length - start - 5);
          sink += w.length;
        }
        return sink;
      },
    };
  },
};
