/** What is measured: the common shape of all contenders. */
import { type MessageCodec, type MessageValue, Writer } from '../src/codec/index.js';

/** One contender, prepared. */
export interface Work {
  /**
   * Does the operation `n` times; returns something that depends on every result, so that nothing can be left out.
   * A stream counts chunks here.
   */
  run(n: number): number;
  /** Frames in one operation; 1 unless given. */
  readonly frames?: number;
}

/** `operation/contender` -> how to prepare it. Only one of them is ever prepared in a process. */
export type Contenders = Readonly<Record<string, () => Work | Promise<Work>>>;

/** Frames behind one another in one buffer, as in a chunk that was read. */
export interface Frames {
  readonly b: Buffer;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export function layOut(frames: readonly Uint8Array[]): Frames {
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const frame of frames) {
    starts.push(at);
    at += frame.length;
    ends.push(at);
  }
  return { b: Buffer.concat(frames), starts, ends };
}

/** Each frame as a buffer of its own, for decoders that take whole buffers. */
export function apart({ b, starts, ends }: Frames): readonly Buffer[] {
  return starts.map((start, i) => b.subarray(start, ends[i]));
}

/** Decodes frame after frame, over and over. There must be a power of two of them. */
export function inTurn<T>(
  frames: Frames,
  decode: (b: Buffer, start: number, end: number) => T,
  consume: (value: T) => number,
): Work {
  const { b, starts, ends } = frames;
  const mask = starts.length - 1;
  return {
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) sink += consume(decode(b, starts[i & mask]!, ends[i & mask]!));
      return sink;
    },
  };
}

/** Encodes value after value into one buffer that is used again. */
export function encoding(codec: MessageCodec, values: readonly object[]): Work {
  const w = new Writer(4096);
  const given = values as readonly MessageValue[];
  const mask = given.length - 1;
  return {
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) {
        w.length = 0;
        codec.write(w, given[i & mask]!);
        sink += w.bytes[w.length - 3]! + w.length;
      }
      return sink;
    },
  };
}

/** A stream in chunks of 64 KiB, as sockets give it: most of them end inside a frame. */
export function inChunks({ b, starts }: Frames, push: (chunk: Buffer) => number): Work {
  const chunks: Buffer[] = [];
  for (let at = 0; at < b.length; at += 65536) chunks.push(b.subarray(at, at + 65536));
  let next = 0;
  return {
    frames: starts.length / chunks.length,
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) {
        sink += push(chunks[next]!);
        next = next + 1 === chunks.length ? 0 : next + 1;
      }
      return sink;
    },
  };
}

/** Numbers that are the same in every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Fails loudly when a contender cannot do its work: a fast refusal would look like speed. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a contender refused a good frame');
  return value;
}
