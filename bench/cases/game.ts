/** The game: small fixed-size inputs, snapshots full of varints and optional fields, and a stream of what players send. */
import { ConnContext, type FrameSink, type MessageCodec, Writer } from '../../src/codec/index.js';
import { arena } from '../../test/fixtures/generated/game/codec.js';
import type { InputMessage, Ping, Snapshot } from '../../test/fixtures/generated/game/types.js';
import { decodeInput, decodeSnapshot } from '../hand/game.js';
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

const input = arena.up.find(m => m.name === 'input')!;
const ping = arena.up.find(m => m.name === 'ping')!;
const snapshot = arena.down.find(m => m.name === 'snapshot')!;

const COUNT = 64;

function inputs(count: number): InputMessage[] {
  const roll = dice(2);
  const yes = (): boolean => roll(2) === 1;
  return Array.from({ length: count }, (_, seq) => ({
    seq: seq & 0xffff,
    keys: { up: yes(), down: yes(), left: yes(), right: yes(), fire: yes() },
    aim: (roll(65536) * 45) / 8192,
  }));
}

function snapshots(): Snapshot[] {
  const roll = dice(4);
  return Array.from({ length: COUNT }, (_, tick) => ({
    tick,
    gone: Array.from({ length: roll(4) }, () => roll(20_000)),
    seen: Array.from({ length: 8 + roll(8) }, (_, i) => ({
      id: roll(20_000),
      kind: i % 4 === 0 ? (['player', 'npc', 'loot'] as const)[roll(3)] : undefined,
      pos: i % 8 === 7 ? undefined : { x: (roll(65536) - 32768) / 100, y: (roll(65536) - 32768) / 100 },
      hp: i % 2 === 0 ? roll(256) : undefined,
    })),
  }));
}

function encoded(codec: MessageCodec, values: readonly object[]): Frames {
  return layOut(
    values.map(value => {
      const w = new Writer();
      codec.write(w, { ...value });
      return w.slice();
    }),
  );
}

function consumeInput(v: InputMessage): number {
  return v.seq + v.aim + (v.keys.up ? 1 : 0) + (v.keys.fire ? 2 : 0);
}

/** The same input as Kaitai's reader gives it. */
interface KaitaiInput {
  readonly seqNumber: number;
  readonly aim: number;
  readonly up: boolean;
  readonly fire: boolean;
}

function consumeKaitai({ seqNumber, aim, up, fire }: KaitaiInput): number {
  return seqNumber + aim + (up ? 1 : 0) + (fire ? 2 : 0);
}

function consumeSnapshot(v: Snapshot): number {
  let sum = v.tick;
  for (const id of v.gone) sum += id;
  for (const e of v.seen) sum += e.id + (e.pos === undefined ? 0 : e.pos.x + e.pos.y) + (e.hp ?? 0);
  return sum;
}

function parsing<T>(frames: Frames, message: string, checks: boolean, consume: (value: T) => number): Work {
  const buffers = apart(frames);
  const parser = parserOf('game', message, checks);
  return {
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) sink += consume(parser.parse(buffers[i & (COUNT - 1)]!) as unknown as T);
      return sink;
    },
  };
}

const inputSample = (): Frames => encoded(input, inputs(COUNT));
const snapshotSample = (): Frames => encoded(snapshot, snapshots());

/** Three inputs and a ping, over and over; about 1 MB. */
function stream(): Frames {
  return layOut(
    inputs(131_072).map((value, i) => {
      const w = new Writer();
      if (i % 4 === 3) ping.write(w, { t: i });
      else input.write(w, { ...value });
      return w.slice();
    }),
  );
}

function splitting(frames: Frames): Work {
  const conn = new ConnContext();
  const splitter = arena.splitter('up', conn);
  let sum = 0;
  const sink: FrameSink = {
    frame(b, start, end) {
      const { index, value } = must(arena.decode('up', b, start, end, conn));
      sum += index === ping.index ? (value as unknown as Ping).t : consumeInput(value as unknown as InputMessage);
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

function concatenating(frames: Frames): Work {
  const inputParser = parserOf('game', 'input', false);
  const pingParser = parserOf('game', 'ping', false);
  let left: Buffer = Buffer.alloc(0);
  return inChunks(frames, chunk => {
    const b = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    let sink = 0;
    let o = 0;
    while (o < b.length) {
      let size = 0;
      let p = o;
      while (p < b.length && b[p]! >= 0x80) size += (b[p]! & 0x7f) << (7 * (p++ - o));
      if (p === b.length) break;
      size += b[p]! << (7 * (p - o));
      const total = p + 1 - o + size;
      if (b.length - o < total) break;
      const frame = b.subarray(o, o + total);
      const kind = b[p + 1];
      o += total;
      if (kind === 0x02) sink += consumeInput(inputParser.parse(frame) as unknown as InputMessage);
      else if (kind === 0x03) sink += (pingParser.parse(frame) as unknown as Ping).t;
      else throw new Error('a contender lost the stream');
    }
    left = b.subarray(o);
    return sink;
  });
}

export const contenders: Contenders = {
  'decode input/generated': () =>
    inTurn(
      inputSample(),
      (b, s, e) => must(arena.decode('up', b, s, e)).value as unknown as InputMessage,
      consumeInput,
    ),
  'decode input/hand-written': () => inTurn(inputSample(), (b, s, e) => must(decodeInput(b, s, e)), consumeInput),
  'decode input/binary-parser': () => parsing(inputSample(), 'input', true, consumeInput),
  'decode input/Kaitai Struct': () => kaitaiParsing('game-input', 'GameInput', inputSample(), consumeKaitai),
  'decode snapshot/generated': () =>
    inTurn(
      snapshotSample(),
      (b, s, e) => must(arena.decode('down', b, s, e)).value as unknown as Snapshot,
      consumeSnapshot,
    ),
  'decode snapshot/hand-written': () =>
    inTurn(snapshotSample(), (b, s, e) => must(decodeSnapshot(b, s, e)), consumeSnapshot),
  'decode snapshot/binary-parser': () => parsing(snapshotSample(), 'snapshot', true, consumeSnapshot),
  'encode input/encode': () => encoding(input, inputs(COUNT)),
  'encode snapshot/encode': () => encoding(snapshot, snapshots()),
  'stream/generated': () => splitting(stream()),
  'stream/concat + binary-parser': () => concatenating(stream()),
};
