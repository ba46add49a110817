/** Splitters in tests: what one says about a stream that comes in chunks, and what it says of every way of cutting it. */
import {
  ConnContext,
  type CutFunction,
  type Direction,
  type FrameSink,
  MORE,
  type ProblemCode,
  type Protocol,
  Splitter,
} from '../../src/codec/index.js';
import { cuttings, toHex } from './bytes.js';

/** What a splitter said, in order: `frame 6162`, `OVERSIZE 616263`. */
export class Log implements FrameSink {
  readonly said: string[] = [];
  #left: number;

  constructor(stopAfter = Number.POSITIVE_INFINITY) {
    this.#left = stopAfter;
  }

  frame(b: Uint8Array, start: number, end: number): boolean {
    this.said.push(`frame ${toHex(b.slice(start, end))}`);
    return --this.#left > 0;
  }

  skipped(code: ProblemCode, b: Uint8Array, start: number, end: number): void {
    this.said.push(`${code} ${toHex(b.slice(start, end))}`);
  }
}

export interface Run {
  readonly said: string[];
  /** Most bytes that were held between two chunks. */
  readonly held: number;
}

export function run(make: () => Splitter, chunks: readonly Uint8Array[], end = true): Run {
  const splitter = make();
  const log = new Log();
  let held = 0;
  for (const chunk of chunks) {
    // The chunk stands inside a larger buffer and is overwritten afterwards: a splitter must neither look around it nor
    // keep it.
    const wide = new Uint8Array(chunk.length + 6).fill(0x0a);
    wide.set(chunk, 3);
    splitter.push(wide, 3, 3 + chunk.length, log);
    wide.fill(0x0d);
    held = Math.max(held, splitter.buffered);
  }
  if (end) splitter.end(log);
  return { said: log.said, held };
}

/** The frames of a stream, and the bytes that belong to none behind the code of what is wrong with them. */
export function cutOf(protocol: Protocol, direction: Direction, chunks: readonly Uint8Array[]): string[] {
  const { said } = run(() => protocol.splitter(direction, new ConnContext()), chunks);
  return said.map(line => line.replace(/^frame /, ''));
}

export const splitterOf = (cut: CutFunction, limit: number) => () => new Splitter(cut, new ConnContext(), limit);

/** A cutter, and how many bytes its splitter may have to hold. */
export interface Cutting {
  readonly cut: CutFunction;
  readonly room: number;
}

/**
 * What the splitter says of a stream, if it says the same of every way of cutting it, holds no more than it may, and
 * accounts for every byte. How the bytes of one skip are distributed over reports depends on the chunks, so they are joined;
 * of an over-long frame only that it was one is kept, because its rest is skipped in silence.
 * @throws Error saying which cutting differs
 */
export function saidOf(
  { cut, room }: Cutting,
  stream: Uint8Array,
  ways: Iterable<{ title: string; chunks: Uint8Array[] }> = cuttings(stream),
): string[] {
  let first: string[] | undefined;
  for (const { title, chunks } of ways) {
    let counted = 0;
    const counting: CutFunction = (c, b, o, end, conn) => {
      const result = cut(c, b, o, end, conn);
      if (result === MORE) return result;
      if (c.next < o || c.next > end) throw new Error(`${title}: it goes on at ${c.next}, outside ${o}..${end}`);
      counted += c.next - o;
      return result;
    };
    const { said, held } = run(splitterOf(counting, room), chunks);
    if (held > room) throw new Error(`${title}: ${held} bytes are held`);
    const last = said.at(-1);
    if (last?.startsWith('TRUNCATED')) counted += (last.length - 'TRUNCATED '.length) / 2;
    if (counted !== stream.length) throw new Error(`${title}: ${counted} of ${stream.length} bytes are accounted for`);
    const joined = joinedReports(said);
    first ??= joined;
    if (joined.join('\n') !== first.join('\n')) {
      throw new Error(`${title}, ${toHex(stream)}:\n${joined.join('\n')}\ninstead of\n${first.join('\n')}`);
    }
  }
  return first ?? [];
}

function joinedReports(said: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of said) {
    const [code = '', bytes = ''] = line.split(' ');
    const before = joined.at(-1);
    if (code === 'OVERSIZE') joined.push(code);
    else if (code !== 'frame' && before?.startsWith(`${code} `)) joined[joined.length - 1] = before + bytes;
    else joined.push(line);
  }
  return joined;
}

/** Bytes that a cut function looks at while an unfinished frame comes one byte at a time. */
export function looksAt(cut: CutFunction, frame: Uint8Array): number {
  let looks = 0;
  const counted = new Proxy(Array.from(frame), {
    get(bytes, key) {
      if (key === 'length') return bytes.length;
      looks++;
      return bytes[Number(key)];
    },
  }) as unknown as Uint8Array;
  const splitter = new Splitter(
    (c, _, o, end, conn) => cut(c, counted, o, end, conn),
    new ConnContext(),
    frame.length * 2,
  );
  const log = new Log();
  for (const byte of frame) splitter.push(Uint8Array.of(byte), 0, 1, log);
  if (log.said.length > 0 || splitter.buffered !== frame.length)
    throw new Error(`it is no unfinished frame: ${log.said}`);
  return looks;
}
