/** Teltonika codec 8 Extended: packets of several records, alone and in a stream with beats. */

import { ConnContext, crc16Arc, type FrameSink, Writer } from '../../src/codec/index.js';
import { teltonika } from '../generated/teltonika/codec.js';
import type { Avl8e, RecordU16U16 } from '../generated/teltonika/types.js';
import { decodeAvl8e } from '../hand/teltonika.js';
import {
  apart,
  type Contenders,
  dice,
  encoding,
  type Frames,
  inChunks,
  inTurn,
  layOut,
  must,
  type Work,
} from '../work.js';
import { parserOf } from './parsers.js';

const avl8e = teltonika.up.find(m => m.name === 'avl8e')!;

/** A device that has logged in and sent a packet. */
function packetConnection(): ConnContext {
  const conn = new ConnContext();
  conn.state = 'open';
  const { b, ends } = layOut(packets(1));
  teltonika.splitter('up', conn).push(b, 0, ends[0]!, { frame: () => true, skipped: () => undefined });
  return conn;
}

function packets(count: number): Uint8Array[] {
  const roll = dice(8);
  const ios = (n: number, below: number): { id: number; value: number }[] =>
    Array.from({ length: n }, () => ({ id: 1 + roll(500), value: roll(below) }));
  return Array.from({ length: count }, () => {
    const records: RecordU16U16[] = Array.from({ length: 4 }, (_, i) => ({
      time: Date.UTC(2024, roll(12), 1 + roll(28), roll(24), roll(60), i),
      prio: 'low' as const,
      lon: (roll(3_600_000_000) - 1_800_000_000) / 10_000_000,
      lat: (roll(1_800_000_000) - 900_000_000) / 10_000_000,
      alt: roll(2000) - 100,
      course: roll(360),
      sats: roll(20),
      speed: roll(130),
      event: i === 0 ? 239 : 0,
      io1: ios(8, 256),
      io2: ios(6, 65536),
      io4: ios(3, 0x7fff_ffff),
      io8: ios(1, 0x7fff_ffff),
      ioX: i === 3 ? [{ id: 385, value: Uint8Array.of(1, 2, 3, 4) }] : [],
    }));
    const w = new Writer();
    avl8e.write(w, { records });
    return w.slice();
  });
}

function consume({ records }: Avl8e): number {
  let sink = 0;
  for (const r of records) {
    sink += r.time + r.lon + r.lat + r.alt + r.course + r.speed + r.sats + r.event + (r.prio === 'low' ? 1 : 0);
    for (const io of r.io1) sink += io.id + io.value;
    for (const io of r.io2) sink += io.id + io.value;
    for (const io of r.io4) sink += io.id + io.value;
    for (const io of r.io8) sink += io.id + Number(io.value);
    for (const io of r.ioX ?? []) sink += io.id + io.value.length;
  }
  return sink;
}

const sample = (): Frames => layOut(packets(64));

/** About 3 MB, with a beat behind every eighth packet. */
const stream = (): Frames =>
  layOut(packets(8192).flatMap((packet, i) => (i % 8 === 7 ? [packet, Uint8Array.of(0xff)] : [packet])));

/** The way most projects begin: join what came with what was left, cut, check, parse. */
function concatenating(frames: Frames): Work {
  const parser = parserOf('teltonika', 'avl8e', false);
  let left: Buffer = Buffer.alloc(0);
  const push = (chunk: Buffer): number => {
    const b = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    let sink = 0;
    let o = 0;
    while (o < b.length) {
      if (b[o] === 0xff) {
        sink++;
        o++;
        continue;
      }
      if (b.length - o < 8) break;
      const total = b.readUInt32BE(o + 4) + 12;
      if (b.readUInt32BE(o) !== 0 || total > 8192) throw new Error('a contender lost the stream');
      if (b.length - o < total) break;
      const frame = b.subarray(o, o + total);
      o += total;
      if (crc16Arc(frame, 8, total - 4) !== frame.readUInt32BE(total - 4))
        throw new Error('a contender refused a frame');
      sink += consume(parser.parse(frame) as unknown as Avl8e);
    }
    left = b.subarray(o);
    return sink;
  };
  return inChunks(frames, push);
}

function splitting(frames: Frames): Work {
  const conn = new ConnContext();
  conn.state = 'open';
  const splitter = teltonika.splitter('up', conn);
  let sum = 0;
  const sink: FrameSink = {
    frame(b, start, end) {
      const decoded = must(teltonika.decode('up', b, start, end, conn));
      sum += decoded.index === avl8e.index ? consume(decoded.value as unknown as Avl8e) : 1;
      return true;
    },
    skipped() {
      throw new Error('a contender lost the stream');
    },
  };
  return inChunks(frames, chunk => {
    sum = 0;
    splitter.push(chunk, 0, chunk.length, sink);
    return sum;
  });
}

export const contenders: Contenders = {
  'decode avl8e/generated': () => {
    const conn = packetConnection();
    return inTurn(
      sample(),
      (b, s, e) => must(teltonika.decode('up', b, s, e, conn)).value as unknown as Avl8e,
      consume,
    );
  },
  'decode avl8e/hand-written': () => inTurn(sample(), (b, s, e) => must(decodeAvl8e(b, s, e)), consume),
  'decode avl8e/binary-parser': () => {
    const frames = apart(sample());
    const parser = parserOf('teltonika', 'avl8e', true);
    return {
      run(n) {
        let sink = 0;
        for (let i = 0; i < n; i++) sink += consume(parser.parse(frames[i & 63]!) as unknown as Avl8e);
        return sink;
      },
    };
  },
  'encode avl8e/encode': () => encoding(avl8e, decodedSample()),
  'stream/generated': () => splitting(stream()),
  'stream/concat + binary-parser': () => concatenating(stream()),
};

function decodedSample(): { [field: string]: unknown }[] {
  const conn = packetConnection();
  const { b, starts, ends } = sample();
  return starts.map((start, i) => must(teltonika.decode('up', b, start, ends[i]!, conn)).value);
}
