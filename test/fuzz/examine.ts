/** What must hold of every protocol, whatever bytes arrive. */
import { isDeepStrictEqual } from 'node:util';
import {
  BAD,
  ConnContext,
  type Decoded,
  DecodeError,
  EncodeError,
  type FrameSink,
  type MessageValue,
  type ProblemCode,
  problem,
  problemCodes,
  problemText,
  UNKNOWN,
  Writer,
} from '../../src/codec/index.js';
import { hasWarnings, plain } from '../support/arbitrary.js';
import { toHex } from '../support/bytes.js';
import { withoutStacks } from '../support/properties.js';
import type { Stream } from './stream.js';
import type { Subject } from './subject.js';

/** What has been seen, to know that there was something to see. */
export class Tally {
  streams = 0;
  frames = 0;
  decoded = 0;
  refused = 0;
  skipped = 0;
  /** Frames refused, by the problem's code. */
  readonly codes = new Map<ProblemCode, number>();
  /** Frames decoded, by message. */
  readonly messages = new Map<string, number>();
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What does not hold. */
export interface Failure {
  /** The same for all inputs that fail in the same way. */
  readonly what: string;
  readonly detail: string;
}

class Violation extends Error {
  readonly what: string;

  constructor(what: string, detail = '') {
    super(detail);
    this.what = what;
  }
}

/** Feeds a stream to splitter, classifier, decoder and encoder. */
export function examine(subject: Subject, stream: Stream, tally = new Tally()): Failure | undefined {
  const examination = new Examination(subject, stream, tally);
  try {
    examination.run();
    return undefined;
  } catch (e) {
    if (e instanceof Violation) return { what: e.what, detail: e.message };
    const { name, message, stack } = e instanceof Error ? e : new Error(String(e));
    // Code that was loaded from memory has itself for a name.
    const detail = (stack ?? message).replaceAll(/data:text\/javascript,[^\s]*?(:\d+:\d+)?(?=\)?$)/gm, 'codec$1');
    return { what: `${examination.step} throws ${name}`, detail };
  }
}

/** A decoded frame, to be looked at again when its bytes are gone. */
interface Kept {
  readonly decoded: Decoded;
  readonly value: unknown;
  readonly conn: ConnContext;
}

class Examination implements FrameSink {
  /** What is being called: an exception is its fault. */
  step = 'splitter';
  readonly #subject: Subject;
  readonly #stream: Stream;
  readonly #tally: Tally;
  readonly #conn = new ConnContext();
  readonly #frames: string[] = [];
  #kept: Kept[] = [];
  /** Bytes that the splitter may still account for: more calls than that would be without end. */
  #budget = 0;

  constructor(subject: Subject, stream: Stream, tally: Tally) {
    this.#subject = subject;
    this.#stream = stream;
    this.#tally = tally;
  }

  run(): void {
    const { protocol, heldLimit } = this.#subject;
    const { dir, bytes, cuts, silent, shape } = this.#stream;
    if (shape > 0) Object.assign(this.#conn, { only: shape, stateless: true });
    this.#tally.streams++;
    const splitter = protocol.splitter(dir, this.#conn);
    for (const [i, from] of [0, ...cuts].entries()) {
      const to = cuts[i] ?? bytes.length;
      // The piece stands inside a larger buffer that is overwritten afterwards: nothing may look around it nor keep it.
      const wide = new Uint8Array(to - from + 6).fill(0x0a);
      wide.set(bytes.subarray(from, to), 3);
      this.#budget = splitter.buffered + to - from;
      this.#calling('splitter.push', () => splitter.push(wide, 3, 3 + to - from, this));
      wide.fill(0x5a);
      this.#lookBack();
      if (splitter.buffered > heldLimit)
        throw new Violation('the splitter holds too much', `${splitter.buffered} bytes, limit ${heldLimit}`);
      if (!silent || splitter.quiet === 0) continue;
      this.#budget = splitter.buffered;
      this.#calling('splitter.silence', () => splitter.silence(this));
      this.#lookBack();
    }
    this.#budget = splitter.buffered;
    this.#calling('splitter.end', () => splitter.end(this));
    this.#lookBack();
    if (splitter.buffered !== 0) throw new Violation('the splitter holds bytes after the end', `${splitter.buffered}`);
    if (cuts.length > 0 && !silent) this.#compareWhole();
  }

  frame(b: Uint8Array, start: number, end: number, size: number): boolean {
    this.#tally.frames++;
    this.#spend(size, `frame [${start}, ${end})`);
    this.#checkRange(b, start, end);
    const { limits } = this.#subject.protocol;
    if (end - start > limits.frame)
      throw new Violation('a frame exceeds the limit', `${end - start} > ${limits.frame}`);
    this.#frames.push(toHex(b.slice(start, end)));
    this.#judge(b, start, end, true);
    // No splitter gives half a frame, but whoever calls a decoder may.
    this.#judge(b, start, start + ((end - start) >> 1), false);
    return true;
  }

  skipped(code: ProblemCode, b: Uint8Array, start: number, end: number): void {
    this.#tally.skipped++;
    this.#spend(end - start, `skipped [${start}, ${end})`);
    this.#checkRange(b, start, end);
    if (!(code in problemCodes)) throw new Violation('bytes are skipped with an unknown code', String(code));
    this.#judge(b, start, end, false);
  }

  #calling<T>(step: string, call: () => T): T {
    const before = this.step;
    this.step = step;
    const result = call();
    this.step = before;
    return result;
  }

  #spend(size: number, what: string): void {
    this.#budget -= size;
    if (size >= 1 && this.#budget >= 0) return;
    throw new Violation('the splitter gives more than it took', `${what}: ${size} bytes, ${this.#budget} are left`);
  }

  #checkRange(b: Uint8Array, start: number, end: number): void {
    const whole = Number.isInteger(start) && Number.isInteger(end);
    if (!whole || start < 0 || end < start || end > b.length)
      throw new Violation('a range is outside its bytes', `[${start}, ${end}) of ${b.length}`);
  }

  /** Classifies and decodes. @param isFrame the splitter says that it is a frame: then what decodes must encode, too */
  #judge(b: Uint8Array, start: number, end: number, isFrame: boolean): void {
    const { protocol } = this.#subject;
    const { dir } = this.#stream;
    const conn = copyOf(this.#conn);
    const copy = b.slice(start, end);
    problem.offset = -1;
    const index = this.#calling('classify', () => protocol.classify(dir, b, start, end, this.#conn));
    if (index === BAD) this.#checkProblem(start, end);
    else if (index !== UNKNOWN && protocol[dir][index] === undefined)
      throw new Violation('classify gives no message', `${index}`);
    let decoded: Decoded | undefined;
    if (index !== BAD) {
      problem.offset = -1;
      decoded = this.#calling('decodeAs', () => protocol.decodeAs(dir, index, b, start, end, this.#conn));
      if (decoded === undefined) this.#checkProblem(start, end);
    }
    if (toHex(b.slice(start, end)) !== toHex(copy)) throw new Violation('a decoder writes to its input', toHex(copy));
    problem.offset = -1;
    const alone = this.#calling('decode', () => protocol.decode(dir, copy, 0, copy.length, copyOf(conn)));
    if (alone === undefined) this.#checkProblem(0, copy.length);
    // Where the shape is not known, all are tried, and what has a name in one of them is preferred.
    const isNamed = (d: Decoded | undefined): boolean => d !== undefined && d.index !== UNKNOWN;
    const isBetter = protocol.shapes > 1 && isNamed(alone) && !isNamed(decoded);
    if (!isBetter && (alone?.name !== decoded?.name || !same(alone?.value, decoded?.value)))
      throw new Violation(
        'decode depends on where the frame stands',
        `${alone?.name} alone, ${decoded?.name} in ${toHex(copy)}`,
      );
    if (!isFrame) return;
    if (decoded === undefined) {
      this.#tally.refused++;
      count(this.#tally.codes, problem.code);
    } else {
      this.#tally.decoded++;
      count(this.#tally.messages, decoded.name);
      this.#kept.push({ decoded, value: plain(decoded.value), conn });
    }
  }

  #checkProblem(start: number, end: number): void {
    const { code, offset } = problem;
    if (!(code in problemCodes)) throw new Violation('a problem has an unknown code', String(code));
    if (!(Number.isInteger(offset) && offset >= start && offset <= end))
      throw new Violation('a problem lies outside its frame', `${code} at ${offset} of [${start}, ${end})`);
    const { message } = withoutStacks(() => new DecodeError(problem, start));
    if (problemText().trim() === '' || message.trim() === '') throw new Violation('a problem has no text', code);
  }

  /** What was decoded still says the same, and can be said again. */
  #lookBack(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const { decoded, value, conn } of kept) {
      if (!this.#subject.borrows && !same(decoded.value, value))
        throw new Violation('a value lives in borrowed bytes', decoded.name);
      const owned = this.#subject.borrows ? { ...decoded, value: value as MessageValue } : decoded;
      if (decoded.index !== UNKNOWN) this.#sayAgain(owned, conn);
    }
  }

  #sayAgain({ index, name, value }: Decoded, conn: ConnContext): void {
    const { protocol } = this.#subject;
    const { dir } = this.#stream;
    let bytes: Uint8Array;
    try {
      bytes = this.#calling('encode', () => this.#encode(index, value, conn));
    } catch (e) {
      // A value that was delivered with a warning need not be one that may be sent.
      if (e instanceof EncodeError && hasWarnings(value)) return;
      throw e;
    }
    const again: (Decoded | undefined)[] = [];
    const skipped: string[] = [];
    const other = copyOf(conn);
    // What has been said since may have opened the connection: the frame is still of its own shape.
    if (protocol.shapes > 1) Object.assign(other, { only: conn.shape, stateless: true });
    const splitter = protocol.splitter(dir, other);
    const sink: FrameSink = {
      frame: (b, start, end) => again.push(protocol.decode(dir, b, start, end, other)) < 9,
      skipped: code => skipped.push(code),
    };
    this.#calling('decoding what was encoded', () => {
      splitter.push(bytes, 0, bytes.length, sink);
      splitter.end(sink);
    });
    const [first] = again;
    const where = `${name} as ${toHex(bytes)}`;
    if (again.length !== 1 || skipped.length > 0)
      throw new Violation('an encoded frame is not cut as one', `${where}: ${again.length} frames, ${skipped.join()}`);
    if (first === undefined) throw new Violation('an encoded frame is refused', `${where}: ${problemText()}`);
    if (first.index !== index || !(same(first.value, value) || (this.#subject.isText && near(first.value, value))))
      throw new Violation('encode and decode change a value', `${where}: ${show(value)} becomes ${show(first.value)}`);
    const twice = this.#calling('encode', () => this.#encode(index, first.value, conn));
    if (toHex(twice) !== toHex(bytes)) throw new Violation('the same value is encoded in two ways', where);
  }

  #encode(index: number, value: MessageValue, conn: ConnContext): Uint8Array {
    const { protocol } = this.#subject;
    const w = new Writer(8);
    if (protocol[this.#stream.dir][index]!.write(w, value, copyOf(conn))) return w.slice();
    const finished = new Writer(8);
    protocol.finish(finished, w.bytes, 0, w.length, copyOf(conn));
    return finished.slice();
  }

  /** However a stream is cut in pieces, the frames are the same. */
  #compareWhole(): void {
    const { dir, bytes, shape } = this.#stream;
    const whole: string[] = [];
    const sink: FrameSink = {
      frame: (b, start, end) => whole.push(toHex(b.slice(start, end))) <= bytes.length,
      skipped: () => undefined,
    };
    const conn = new ConnContext();
    if (shape > 0) Object.assign(conn, { only: shape, stateless: true });
    const splitter = this.#subject.protocol.splitter(dir, conn);
    this.#calling('splitter.push', () => splitter.push(bytes, 0, bytes.length, sink));
    this.#calling('splitter.end', () => splitter.end(sink));
    if (whole.join() !== this.#frames.join())
      throw new Violation(
        'frames depend on the pieces',
        `whole: ${whole.join(' ')}\nin pieces: ${this.#frames.join(' ')}`,
      );
  }
}

function copyOf(conn: ConnContext): ConnContext {
  return Object.assign(new ConnContext(), conn);
}

/** Degrees are written with so many decimals that they come back within a billionth. */
function near(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-8;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return same(a, b);
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.every(key => near((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

function same(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    typeof v === 'bigint' ? `${v}n` : v instanceof Uint8Array ? toHex(v) : Object.is(v, -0) ? '-0' : v,
  );
}
