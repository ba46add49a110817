/** Streams of generated protocols: what they are made of, and what a splitter and its decoder then have to say, byte for byte. */
import { ConnContext, type Direction, type FrameSink, type ProblemCode, type Protocol } from '../../src/codec/index.js';
import { toHex } from './bytes.js';

/** A piece of a stream. */
export type Part =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array; readonly message: string }
  /** No frame: reported with this code. */
  | { readonly kind: 'garbage'; readonly bytes: Uint8Array; readonly code: ProblemCode }
  /** Dropped without a word, as white space between JSON objects is. */
  | { readonly kind: 'blank'; readonly bytes: Uint8Array };

/** What comes of a stream that is pushed in these chunks. */
export interface Outcome {
  /** `frame hello`, `GARBAGE 6162`; the bytes of one skip are joined, however they came. */
  readonly said: readonly string[];
  /** Bytes of frames and of skips. */
  readonly counted: number;
  /** Bytes that were held before the stream ended. */
  readonly held: number;
  /** How many frames had come before the stream ended. */
  readonly early: number;
}

/** Asks of a stream in which nothing is said twice, lost or read across a chunk's edge: chunks are overwritten when pushed. */
class Ledger implements FrameSink {
  readonly said: string[] = [];
  counted = 0;
  frames = 0;
  readonly #protocol: Protocol;
  readonly #dir: Direction;
  readonly #conn: ConnContext;

  constructor(protocol: Protocol, dir: Direction, conn: ConnContext) {
    this.#protocol = protocol;
    this.#dir = dir;
    this.#conn = conn;
  }

  frame(b: Uint8Array, start: number, end: number, size: number): boolean {
    const decoded = this.#protocol.decode(this.#dir, b, start, end, this.#conn);
    this.said.push(decoded === undefined ? `refused ${toHex(b.slice(start, end))}` : `frame ${decoded.name}`);
    this.counted += size;
    this.frames++;
    return true;
  }

  skipped(code: ProblemCode, b: Uint8Array, start: number, end: number): void {
    const bytes = toHex(b.slice(start, end));
    const last = this.said.at(-1);
    if (last?.startsWith(`${code} `)) this.said[this.said.length - 1] = last + bytes;
    else this.said.push(`${code} ${bytes}`);
    this.counted += end - start;
  }
}

/** @param pauses after which chunks silence comes, for frames that it ends */
export function outcome(
  protocol: Protocol,
  dir: Direction,
  chunks: readonly Uint8Array[],
  pauses: ReadonlySet<number> = new Set(),
): Outcome {
  const conn = new ConnContext();
  const splitter = protocol.splitter(dir, conn);
  const ledger = new Ledger(protocol, dir, conn);
  for (const [i, chunk] of chunks.entries()) {
    const wide = new Uint8Array(chunk.length + 4).fill(0x0a);
    wide.set(chunk, 2);
    splitter.push(wide, 2, 2 + chunk.length, ledger);
    wide.fill(0x0d);
    if (pauses.has(i)) splitter.silence(ledger);
  }
  const { frames } = ledger;
  const held = splitter.buffered;
  splitter.end(ledger);
  return { said: ledger.said, counted: ledger.counted, held, early: frames };
}

/** What has to be said of a stream of these parts. */
export function expected(parts: readonly Part[]): string[] {
  const said: string[] = [];
  for (const part of parts) {
    if (part.kind === 'frame') said.push(`frame ${part.message}`);
    else if (part.kind === 'garbage' && part.bytes.length > 0) {
      const last = said.at(-1);
      if (last?.startsWith(`${part.code} `)) said[said.length - 1] = last + toHex(part.bytes);
      else said.push(`${part.code} ${toHex(part.bytes)}`);
    }
  }
  return said;
}

/** Cuts a stream at these places, which wrap around its length. */
export function cutAt(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map(p => p % Math.max(1, stream.length)))].sort((a, b) => a - b);
  const stops = [...at.filter(p => p > 0), stream.length];
  return stops.map((stop, i) => stream.slice(stops[i - 1] ?? 0, stop));
}
