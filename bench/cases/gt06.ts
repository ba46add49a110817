/** GT06: locations, alone and in a stream with heartbeats. */

import { gt06 } from '../../examples/tracker/gt06/codec.js';
import type { Heartbeat, Location, LocationInput } from '../../examples/tracker/gt06/types.js';
import { ConnContext, crc16X25, type FrameSink, Writer } from '../../src/codec/index.js';
import { decodeLocation } from '../hand/gt06.js';
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
import { kaitaiParsing } from './kaitai.js';
import { parserOf } from './parsers.js';

const location = gt06.up.find(m => m.name === 'location')!;
const heartbeat = gt06.up.find(m => m.name === 'heartbeat')!;

function locations(count: number): LocationInput[] {
  const roll = dice(6);
  return Array.from({ length: count }, (_, i) => {
    const lat = (roll(180_000_000) - 90_000_000) / 1_000_000;
    const lon = (roll(360_000_000) - 180_000_000) / 1_000_000;
    return {
      serial: i,
      time: Date.UTC(2024, roll(12), 1 + roll(28), roll(24), roll(60), roll(60)),
      gps: { infoLen: 12, sats: roll(16) },
      lat,
      lon,
      speed: roll(130),
      course: { realtime: true, fixed: true, west: lon < 0, north: lat > 0, deg: roll(360) },
      cell: i % 4 === 3 ? undefined : { mcc: 460, mnc: roll(20), lac: roll(65536), ci: roll(1 << 24) },
      rest: new Uint8Array(i % 8 === 0 ? 4 : 0),
    };
  });
}

function encoded(values: readonly LocationInput[], everyHeartbeat: number): Frames {
  return layOut(
    values.map((value, i) => {
      const w = new Writer();
      if (everyHeartbeat > 0 && i % everyHeartbeat === 0) {
        const state = { oilCut: false, gpsOn: true, alarm: 0, charging: true, acc: true, armed: false };
        heartbeat.write(w, { state, volts: 5, gsm: 4, rest: Uint8Array.of(0, 2), serial: i });
      } else location.write(w, { ...value });
      return w.slice();
    }),
  );
}

function consume(v: Location): number {
  const cell = v.cell === undefined ? 0 : v.cell.ci + v.cell.mcc;
  const bits = v.course.deg + v.gps.sats + (v.course.fixed ? 1 : 0);
  return v.lat + v.lon + v.speed + bits + cell + v.rest.length + v.serial + (v.time ?? 0);
}

/** The same location as Kaitai's reader gives it. */
interface KaitaiLocation {
  readonly serial: number;
  readonly body: {
    readonly lat: number;
    readonly lon: number;
    readonly speed: number;
    readonly deg: number;
    readonly sats: number;
    readonly fixed: boolean;
    readonly cell?: { readonly ci: number; readonly mcc: number };
    readonly rest: Uint8Array;
    readonly year: number;
    readonly month: number;
    readonly day: number;
    readonly hour: number;
    readonly minute: number;
    readonly second: number;
  };
}

function consumeKaitai({ body, serial }: KaitaiLocation): number {
  const { lat, lon, speed, deg, sats, fixed, cell, rest, year, month, day, hour, minute, second } = body;
  const time = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  return (
    lat + lon + speed + deg + sats + (fixed ? 1 : 0) + (cell ? cell.ci + cell.mcc : 0) + rest.length + serial + time
  );
}

function consumeBeat(v: Heartbeat): number {
  return v.volts + v.gsm + v.state.alarm + (v.state.acc ? 1 : 0) + v.rest.length + v.serial;
}

const sample = (): Frames => encoded(locations(64), 0);

/** The way most projects begin: join what came with what was left, cut, check, parse. */
function concatenating(frames: Frames): Work {
  const places = parserOf('gt06', 'location', false);
  const beats = parserOf('gt06', 'heartbeat', false);
  let left: Buffer = Buffer.alloc(0);
  const push = (chunk: Buffer): number => {
    const b = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    let sink = 0;
    let o = 0;
    while (b.length - o >= 10) {
      if (b[o] !== 0x78 || b[o + 1] !== 0x78) throw new Error('a contender lost the stream');
      const total = b[o + 2]! + 5;
      if (b.length - o < total) break;
      const frame = b.subarray(o, o + total);
      o += total;
      if (frame[total - 2] !== 0x0d || frame[total - 1] !== 0x0a) throw new Error('a contender lost the stream');
      if (crc16X25(frame, 2, total - 4) !== frame.readUInt16BE(total - 4))
        throw new Error('a contender refused a frame');
      const id = frame[3];
      if (id === 0x12) sink += consume(places.parse(frame) as unknown as Location);
      else if (id === 0x13) sink += consumeBeat(beats.parse(frame) as unknown as Heartbeat);
    }
    left = b.subarray(o);
    return sink;
  };
  return inChunks(frames, push);
}

function splitting(frames: Frames): Work {
  const conn = new ConnContext();
  const splitter = gt06.splitter('up', conn);
  let sum = 0;
  const sink: FrameSink = {
    frame(b, start, end) {
      const decoded = must(gt06.decode('up', b, start, end, conn));
      if (decoded.index === location.index) sum += consume(decoded.value as unknown as Location);
      else sum += consumeBeat(decoded.value as unknown as Heartbeat);
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

/** About 1.3 MB. */
const stream = (): Frames => encoded(locations(32_768), 4);

export const contenders: Contenders = {
  'decode location/generated': () =>
    inTurn(sample(), (b, s, e) => must(gt06.decode('up', b, s, e)).value as unknown as Location, consume),
  'decode location/hand-written': () => inTurn(sample(), (b, s, e) => must(decodeLocation(b, s, e)), consume),
  'decode location/binary-parser': () => wholeBuffers(true),
  'decode location unchecked/generated': () =>
    inTurn(sample(), (b, s, e) => must(location.read(b, s, e)) as unknown as Location, consume),
  'decode location unchecked/binary-parser': () => wholeBuffers(false),
  'decode location unchecked/Kaitai Struct': () =>
    kaitaiParsing('gt06-location', 'Gt06Location', sample(), consumeKaitai),
  'encode location/encode': () => encoding(location, decodedSample()),
  'stream/generated': () => splitting(stream()),
  'stream/concat + binary-parser': () => concatenating(stream()),
};

function wholeBuffers(checks: boolean): Work {
  const frames = apart(sample());
  const parser = parserOf('gt06', 'location', checks);
  return {
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) sink += consume(parser.parse(frames[i & 63]!) as unknown as Location);
      return sink;
    },
  };
}

function decodedSample(): { [field: string]: unknown }[] {
  const { b, starts, ends } = sample();
  return starts.map((start, i) => must(gt06.decode('up', b, start, ends[i]!)).value);
}
