/** JT/T 808: locations with their items, alone and in an escaped stream with heartbeats. */
import { Parser } from '../../generator/interpret/parser.js';
import { ConnContext, type FrameSink, Writer } from '../../src/codec/index.js';
import { jt808 } from '../generated/jt808/codec.js';
import type { Heartbeat, LocationMessage, LocationMessageInput } from '../generated/jt808/types.js';
import { decodeLocation } from '../hand/jt808.js';
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

const location = jt808.up.find(m => m.name === 'location')!;
const heartbeat = jt808.up.find(m => m.name === 'heartbeat')!;

const ATTRS = { v2019: false, cipher: 0 };

function locations(count: number): LocationMessageInput[] {
  const roll = dice(8);
  const signals = { lowBeam: true };
  return Array.from({ length: count }, (_, i) => {
    const lat = (roll(180_000_000) - 90_000_000) / 1_000_000;
    const lon = (roll(360_000_000) - 180_000_000) / 1_000_000;
    return {
      attrs: ATTRS,
      phone: String(13_800_000_000 + roll(10_000)),
      serial: i & 0xffff,
      alarm: { overspeed: i % 16 === 0 },
      status: { acc: true, fixed: true, south: lat < 0, west: lon < 0, gps: true },
      lat,
      lon,
      alt: roll(4000) - 200,
      speed: roll(1300) / 10,
      course: roll(360),
      time: Date.UTC(2024, roll(12), 1 + roll(28), roll(24), roll(60), roll(60)),
      extra: {
        mileage: roll(5_000_000) / 10,
        ...(i % 2 === 0 ? { fuel: roll(2000) / 10 } : {}),
        ...(i % 4 === 0 ? { signals, io: { sleep: i % 8 === 0 } } : {}),
        rssi: roll(32),
        sats: roll(30),
        ...(i % 8 === 0 ? { unknown: [{ tag: 0xe1, data: Uint8Array.of(i, 0x7e) }] } : {}),
      },
    } as unknown as LocationMessageInput;
  });
}

/** As they are sent. */
function encoded(values: readonly LocationMessageInput[], everyHeartbeat: number): Frames {
  return layOut(
    values.map((value, i) => {
      const w = new Writer();
      if (everyHeartbeat > 0 && i % everyHeartbeat === 0)
        heartbeat.write(w, { attrs: ATTRS, phone: value.phone, serial: value.serial });
      else location.write(w, { ...value });
      return w.slice();
    }),
  );
}

/** Without flags and escapes, as a splitter hands them on. */
function unescaped(frame: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 1; i < frame.length - 1; i++) out.push(frame[i] === 0x7d ? 0x7c + frame[++i]! : frame[i]!);
  return Uint8Array.from(out);
}

const sample = (): Frames => layOut(apart(encoded(locations(64), 0)).map(unescaped));

function consume(v: LocationMessage): number {
  const { extra, status, alarm } = v;
  const bits =
    (status.acc ? 1 : 0) + (status.gps ? 2 : 0) + (alarm.overspeed ? 4 : 0) + (extra.signals?.lowBeam ? 8 : 0);
  const items = (extra.mileage ?? 0) + (extra.fuel ?? 0) + (extra.io?.sleep ? 1 : 0) + extra.rssi! + extra.sats!;
  const rest = extra.unknown === undefined ? 0 : extra.unknown[0]!.data[0]!;
  return v.lat + v.lon + v.alt + v.speed + v.course + (v.time ?? 0) + v.serial + v.phone.length + bits + items + rest;
}

const consumeBeat = (v: Heartbeat): number => v.serial + v.phone.length;

/** What binary-parser makes of a location: the items in a list. */
interface Parsed {
  readonly size: number;
  readonly phone: string;
  readonly serial: number;
  readonly alarm: { readonly [bit: string]: number };
  readonly status: { readonly [bit: string]: number };
  readonly lat: number;
  readonly lon: number;
  readonly alt: number;
  readonly speed: number;
  readonly course: number;
  readonly time: number;
  readonly items: readonly {
    readonly tag: number;
    readonly value?: number;
    readonly data?: Buffer;
    readonly flags?: { readonly [bit: string]: number };
  }[];
}

/** Bits from the highest to the lowest; those without a name are spare. */
function bits(width: number, names: Readonly<Record<number, string>>): Parser {
  let parser = new Parser();
  for (let bit = width - 1; bit >= 0; bit--) parser = parser.bit1(names[bit] ?? `spare${bit}`);
  return parser;
}

const digits = (b: Buffer): string => b.toString('hex').replace(/^0+(?=.)/, '');

function clock(b: Buffer): number {
  const [year, month, day, hour, minute, second] = b.toString('hex').match(/../g)!.map(Number);
  return Date.UTC(2000 + year!, month! - 1, day!, hour!, minute!, second!) - 8 * 3_600_000;
}

function header(): Parser {
  return new Parser()
    .endianess('big')
    .uint16('id')
    .bit1('spare')
    .bit1('v2019')
    .bit1('split')
    .bit3('cipher')
    .bit10('size')
    .buffer('phone', { length: 6, formatter: digits as never })
    .uint16('serial');
}

function locationParser(): Parser {
  const tenth = (n: number): number => n / 10;
  const item = new Parser()
    .endianess('big')
    .uint8('tag')
    .uint8('size')
    .choice({
      tag: 'tag',
      choices: {
        1: new Parser().endianess('big').uint32('value', { formatter: tenth as never }),
        2: new Parser().endianess('big').uint16('value', { formatter: tenth as never }),
        37: new Parser().nest('flags', { type: bits(32, { 0: 'lowBeam', 3: 'left' }) }),
        42: new Parser().nest('flags', { type: bits(16, { 0: 'deepSleep', 1: 'sleep' }) }),
        48: new Parser().uint8('value'),
        49: new Parser().uint8('value'),
      },
      defaultChoice: new Parser().buffer('data', { length: 'size' }),
    });
  function signed(bit: string) {
    return function (this: Parsed, n: number): number {
      return (this.status[bit] === 1 ? -n : n) / 1e6;
    } as never;
  }
  return header()
    .nest('alarm', { type: bits(32, { 0: 'sos', 1: 'overspeed' }) })
    .nest('status', { type: bits(32, { 0: 'acc', 1: 'fixed', 2: 'south', 3: 'west', 18: 'gps' }) })
    .uint32('lat', { formatter: signed('south') })
    .uint32('lon', { formatter: signed('west') })
    .int16('alt')
    .uint16('speed', { formatter: tenth as never })
    .uint16('course')
    .buffer('time', { length: 6, formatter: clock as never })
    .array('items', {
      type: item,
      lengthInBytes(this: Parsed) {
        return this.size - 28;
      },
    } as never);
}

function consumeParsed(v: Parsed): number {
  let items = (v.status.acc ? 1 : 0) + (v.status.gps ? 2 : 0) + (v.alarm.overspeed ? 4 : 0);
  for (const { tag, value, data, flags } of v.items) {
    if (value !== undefined) items += value;
    else if (data !== undefined) items += data[0]!;
    else if (tag === 0x25) items += flags!.lowBeam === 1 ? 8 : 0;
    else items += flags!.sleep!;
  }
  return v.lat + v.lon + v.alt + v.speed + v.course + v.time + v.serial + v.phone.length + items;
}

/** The checks that a decoder makes: all of a frame but what its message says. */
function isGood(frame: Buffer, id: number): boolean {
  let sum = 0;
  for (let i = 0; i < frame.length - 1; i++) sum ^= frame[i]!;
  return (
    sum === frame[frame.length - 1] &&
    frame.readUInt16BE(0) === id &&
    (frame[3]! | ((frame[2]! & 3) << 8)) === frame.length - 13
  );
}

function wholeBuffers(): Work {
  const frames = apart(sample());
  const parser = locationParser();
  return {
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) {
        const frame = frames[i & 63]!;
        if (!isGood(frame, 0x0200)) throw new Error('a contender refused a good frame');
        sink += consumeParsed(parser.parse(frame) as unknown as Parsed);
      }
      return sink;
    },
  };
}

/** The way most projects begin: join what came with what was left, look for flags, undo escapes, check, parse. */
function concatenating(frames: Frames): Work {
  const places = locationParser();
  const beats = header();
  let left: Buffer = Buffer.alloc(0);
  const push = (chunk: Buffer): number => {
    const b = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    let sink = 0;
    let o = 0;
    while (o < b.length) {
      if (b[o] !== 0x7e) throw new Error('a contender lost the stream');
      const end = b.indexOf(0x7e, o + 1);
      if (end < 0) break;
      const inner = b.subarray(o + 1, end);
      const frame = inner.includes(0x7d) ? plain(inner) : inner;
      o = end + 1;
      const id = frame.readUInt16BE(0);
      if (!isGood(frame, id)) throw new Error('a contender refused a frame');
      if (id === 0x0200) sink += consumeParsed(places.parse(frame) as unknown as Parsed);
      else sink += consumeBeat(beats.parse(frame) as unknown as Heartbeat);
    }
    left = b.subarray(o);
    return sink;
  };
  return inChunks(frames, push);
}

function plain(b: Buffer): Buffer {
  const out = Buffer.alloc(b.length);
  let n = 0;
  for (let i = 0; i < b.length; i++) out[n++] = b[i] === 0x7d ? 0x7c + b[++i]! : b[i]!;
  return out.subarray(0, n);
}

function splitting(frames: Frames): Work {
  const conn = new ConnContext();
  const splitter = jt808.splitter('up', conn);
  let sum = 0;
  const sink: FrameSink = {
    frame(b, start, end) {
      const decoded = must(jt808.decode('up', b, start, end, conn));
      if (decoded.index === location.index) sum += consume(decoded.value as unknown as LocationMessage);
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

/** About 1.7 MB. */
const stream = (): Frames => encoded(locations(32_768), 4);

export const contenders: Contenders = {
  'decode location/generated': () =>
    inTurn(sample(), (b, s, e) => must(jt808.decode('up', b, s, e)).value as unknown as LocationMessage, consume),
  'decode location/hand-written': () => inTurn(sample(), (b, s, e) => must(decodeLocation(b, s, e)), consume),
  'decode location/binary-parser': wholeBuffers,
  'encode location/encode': () => encoding(location, decodedSample()),
  'stream/generated': () => splitting(stream()),
  'stream/concat + binary-parser': () => concatenating(stream()),
};

function decodedSample(): { [field: string]: unknown }[] {
  const { b, starts, ends } = sample();
  return starts.map((start, i) => must(jt808.decode('up', b, start, ends[i]!)).value);
}
