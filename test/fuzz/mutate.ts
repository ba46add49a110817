/** Changes to frames of the kinds that transmission, bad devices and attackers make. */
import { BAD, ConnContext, type Direction, type Protocol, problem } from '../../src/codec/index.js';
import { join } from '../support/bytes.js';
import type { Draw } from './draw.js';

/** What a mutation may borrow from. */
export interface Pool {
  readonly draw: Draw;
  readonly frames: readonly Uint8Array[];
  /** Bytes of the longest frame. */
  readonly limit: number;
}

type Mutation = (bytes: Uint8Array, pool: Pool) => Uint8Array;

/** Line ends, flags and escapes of common framings, separators of text, telnet's commands. */
const MARKS = ['0d0a', '0a', '0d', '00', '7e', '7d', '7d01', '7d02', 'c0', 'db', 'dbdc', '10', '1003', '24', '2a', '2c']
  .concat([
    '23',
    '3b',
    '5b',
    '5d',
    '28',
    '29',
    '08',
    '7f',
    '20',
    'ff',
    'ffff',
    'fffd01',
    'fffa',
    'fff0',
    'c3',
    'edb080',
  ])
  .map(mark => Uint8Array.from(Buffer.from(mark, 'hex')));
const NUMBERS = [
  '',
  '0',
  '-1',
  '00',
  '255',
  '256',
  '65536',
  '4294967296',
  '99999999999999999999',
  '1e9',
  '0x1f',
  '1.5',
];

/** Replaces `[from, to)`. */
function replace(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  return join(bytes.subarray(0, from), by, bytes.subarray(to));
}

function piece(bytes: Uint8Array, draw: Draw, longest = 64): { from: number; to: number } {
  const from = draw.below(bytes.length + 1);
  return { from, to: Math.min(bytes.length, from + draw.between(1, longest)) };
}

function readWord(b: Uint8Array, at: number, width: number, little: boolean): number {
  let n = 0;
  for (let i = 0; i < width; i++) n = n * 256 + b[at + (little ? width - 1 - i : i)]!;
  return n;
}

function writeWord(b: Uint8Array, at: number, width: number, little: boolean, value: number): void {
  for (let i = 0; i < width; i++) {
    b[at + (little ? i : width - 1 - i)] = value % 256;
    value = Math.floor(value / 256);
  }
}

const mutations: readonly Mutation[] = [
  function flip(bytes, { draw }) {
    const out = bytes.slice();
    out[draw.below(out.length)]! ^= 1 << draw.below(8);
    return out;
  },
  function put(bytes, { draw }) {
    const out = bytes.slice();
    out[draw.below(out.length)] = draw.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff, draw.below(256)]);
    return out;
  },
  function truncate(bytes, { draw }) {
    return bytes.slice(0, draw.below(bytes.length));
  },
  function drop(bytes, { draw }) {
    const { from, to } = piece(bytes, draw);
    return replace(bytes, from, to, new Uint8Array());
  },
  function repeat(bytes, { draw }) {
    const { from, to } = piece(bytes, draw);
    const times = draw.oneIn(8) ? draw.between(2, 40) : 1;
    return replace(bytes, to, to, join(...new Array<Uint8Array>(times).fill(bytes.slice(from, to))));
  },
  function splice(bytes, { draw, frames }) {
    const other = draw.pick(frames);
    const { from, to } = piece(bytes, draw);
    const taken = piece(other, draw);
    return replace(bytes, from, to, other.slice(taken.from, taken.to));
  },
  /** A number somewhere: one more or less, or what sizes and counts lie with. */
  function resize(bytes, { draw, limit }) {
    const width = draw.pick([1, 2, 2, 3, 4].filter(w => w <= bytes.length));
    const at = draw.below(Math.min(bytes.length - width + 1, draw.oneIn(2) ? 12 : bytes.length));
    const little = draw.oneIn(2);
    const behind = bytes.length - at - width;
    const old = readWord(bytes, at, width, little);
    const value = draw.pick([
      old + 1,
      old - 1,
      behind,
      behind + 1,
      behind - 1,
      0,
      -1,
      limit,
      limit + 1,
      draw.below(4096),
    ]);
    const out = bytes.slice();
    writeWord(out, at, width, little, value < 0 ? 256 ** width + value : value);
    return out;
  },
  /** More or fewer bytes inside, with the size in the head changed to match if there is something like a size. */
  function grow(bytes, { draw }) {
    const at = draw.between(Math.min(4, bytes.length), bytes.length);
    const dropped = draw.oneIn(2) ? Math.min(draw.between(1, 4), bytes.length - at) : 0;
    const added = Uint8Array.from({ length: draw.below(6) }, () => draw.below(256));
    const by = added.length - dropped;
    const out = replace(bytes, at, at + dropped, added);
    for (const width of [1, 2]) {
      for (let i = 0; i + width <= Math.min(6, at); i++) {
        for (const little of [false, true]) {
          const size = readWord(bytes, i, width, little);
          const behind = bytes.length - i - width;
          if (size < 1 || size > behind + width || size < behind - 8 || size + by < 0) continue;
          writeWord(out, i, width, little, size + by);
          return out;
        }
      }
    }
    return out;
  },
  /** A variable-length number: too long, or cut. */
  function varint(bytes, { draw }) {
    const { from } = piece(bytes, draw);
    const run = new Uint8Array(draw.between(1, 11)).fill(draw.pick([0x80, 0xff]));
    return replace(bytes, from, draw.oneIn(2) ? from + run.length : from, run);
  },
  function mark(bytes, { draw }) {
    const { from, to } = piece(bytes, draw, 2);
    return replace(bytes, from, draw.oneIn(2) ? from : to, draw.pick(MARKS));
  },
  /** What other frames begin or end with. */
  function edge(bytes, { draw, frames }) {
    const other = draw.pick(frames);
    const { from } = piece(bytes, draw);
    const n = draw.between(1, 4);
    return replace(bytes, from, from, draw.oneIn(2) ? other.slice(0, n) : other.slice(-n));
  },
  /** Another number where digits stand. */
  function digits(bytes, { draw }) {
    const runs = [...Buffer.from(bytes).toString('latin1').matchAll(/\d+/g)];
    if (runs.length === 0) return bytes;
    const run = draw.pick(runs);
    return replace(bytes, run.index, run.index + run[0].length, Buffer.from(draw.pick(NUMBERS)));
  },
  /** More than a frame may have. */
  function inflate(bytes, { draw, limit }) {
    // The more bytes, the less often: they take time that would do for many short streams.
    if (!draw.oneIn(Math.max(4, limit >> 7))) return bytes;
    const { from } = piece(bytes, draw);
    return replace(bytes, from, from, new Uint8Array(limit + draw.below(64)).fill(draw.pick([0, 0x20, 0x41, 0xff])));
  },
];

export function mutate(bytes: Uint8Array, pool: Pool): Uint8Array {
  if (bytes.length === 0) return pool.draw.pick(pool.frames);
  return pool.draw.pick(mutations)(bytes, pool);
}

/** Corrects in place what the checks of the frames in a stream complain of, so that fields see wrong bytes too. */
export function repair(protocol: Protocol, dir: Direction, stream: Uint8Array): void {
  const conn = new ConnContext();
  protocol.splitter(dir, conn).push(stream, 0, stream.length, {
    frame(b, start, end) {
      for (let tries = 0; b === stream && tries < 4; tries++) {
        if (protocol.classify(dir, b, start, end, conn) !== BAD) break;
        const { offset, got, want } = problem;
        if (typeof got !== 'number' || typeof want !== 'number' || !correct(b, offset, end, got, want)) break;
      }
      return true;
    },
    skipped: () => undefined,
  });
}

/** Writes `want` the way `got` stands at `at`. */
function correct(b: Uint8Array, at: number, end: number, got: number, want: number): boolean {
  for (const width of [1, 2, 3, 4]) {
    for (const little of [false, true]) {
      if (at + width > end || want >= 256 ** width || readWord(b, at, width, little) !== got) continue;
      writeWord(b, at, width, little, want);
      return true;
    }
  }
  for (const width of [2, 4]) {
    const standing = Buffer.from(b.subarray(at, at + width)).toString('latin1');
    if (at + width > end || !/^[\da-fA-F]+$/.test(standing) || Number.parseInt(standing, 16) !== got) continue;
    b.set(Buffer.from(want.toString(16).toUpperCase().padStart(width, '0').slice(-width)), at);
    return true;
  }
  return false;
}
