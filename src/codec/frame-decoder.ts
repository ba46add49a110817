/** Bytes in, results out: cuts and decodes a stream for tools and tests, where ease counts more than speed. */
import type { ConnContext } from './conn-context.js';
import { BAD, type Decoded, type Direction, type MessageValue, type Protocol } from './contract.js';
import { keptCount, readAll } from './lazy.js';
import { DecodeError, fail, type ProblemCode, problem, problemText } from './problem.js';
import { secretsOf } from './secrets.js';
import type { FrameSink, Splitter } from './splitter.js';

/** A decoded frame, or why one could not be. */
export type FrameResult =
  | {
      readonly ok: true;
      readonly message: string;
      readonly id: number | string | undefined;
      readonly value: MessageValue;
      /** Paths of what must not be shown of it. */
      readonly secrets: readonly string[];
      /** Bytes of the frame on the wire, with its delimiters. */
      readonly bytes: number;
    }
  | {
      readonly ok: false;
      readonly code: ProblemCode;
      /** Bytes from the start of the frame. */
      readonly offset: number;
      /** The element to blame; empty where there is none. */
      readonly field: string;
      readonly text: string;
      /** Bytes that were refused or skipped. */
      readonly bytes: number;
      readonly raw: Uint8Array;
      /** A secret may stand in `raw`. */
      readonly secret: boolean;
    };

export class FrameDecoder implements FrameSink {
  readonly #protocol: Protocol;
  readonly #direction: Direction;
  readonly #give: (result: FrameResult) => void;
  readonly #conn: ConnContext;
  readonly #request: Decoded | undefined;
  readonly #splitter: Splitter;

  /** @param request what the frames answer, where sizes and rules depend on it */
  constructor(
    protocol: Protocol,
    direction: Direction,
    give: (result: FrameResult) => void,
    conn: ConnContext,
    request?: Decoded,
  ) {
    this.#protocol = protocol;
    this.#direction = direction;
    this.#give = give;
    this.#conn = conn;
    this.#request = request;
    this.#splitter = protocol.splitter(direction, conn);
  }

  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes, 0, bytes.length, this);
  }

  /** No more bytes will come. */
  end(): void {
    this.#splitter.end(this);
  }

  frame(b: Uint8Array, start: number, end: number, size: number): boolean {
    const kept = keptCount();
    const decoded = this.#protocol.decode(this.#direction, b, start, end, this.#conn, this.#request);
    const error = decoded === undefined || kept === keptCount() ? undefined : lateError(decoded.value);
    if (error !== undefined) this.#refuseLate(error, b, start, end);
    else if (decoded === undefined) this.#refuse(b, start, end);
    else {
      const { name, id, value } = decoded;
      const secrets = secretsOf(this.#protocol, this.#direction, decoded);
      this.#give({ ok: true, message: name, id, value, secrets, bytes: size });
    }
    return true;
  }

  skipped(code: ProblemCode, b: Uint8Array, start: number, end: number): void {
    // What is left at the end may be a frame that is bad in itself: then that says more than "too early".
    const isBad = code === 'TRUNCATED' && this.#protocol.classify(this.#direction, b, start, end, this.#conn) === BAD;
    if (!isBad) {
      const isWhole = code === 'TRUNCATED';
      fail(code, isWhole ? end : start, '', undefined, isWhole ? 'what ends the frame, such as a line end' : undefined);
    }
    this.#refuse(b, start, end);
  }

  /** Whoever asks for results wants to know all that is wrong with a frame: nothing is read later. */
  #refuseLate({ code, field, offset, text }: DecodeError, b: Uint8Array, start: number, end: number): void {
    this.#giveBad({ code, offset, field, text }, b, start, end);
  }

  #refuse(b: Uint8Array, start: number, end: number): void {
    const { code, offset, field } = problem;
    this.#giveBad({ code, offset: offset - start, field, text: problemText() }, b, start, end);
  }

  #giveBad(
    what: Pick<FrameResult & { ok: false }, 'code' | 'offset' | 'field' | 'text'>,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    const secret = this.#protocol.secrets[this.#direction].length > 0;
    this.#give({ ok: false, ...what, bytes: end - start, raw: b.slice(start, end), secret });
  }
}

/** What is wrong with the fields of a value that are read when they are asked for. */
function lateError(value: MessageValue): DecodeError | undefined {
  try {
    readAll(value);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}
