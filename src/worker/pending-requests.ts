/** The requests of one link that are not over. */
import type { Clock } from '../net/index.js';
import { type ErrorCode, FramegateError } from '../protocol/index.js';
import { type EncodedRequest, readAnswer } from './request.js';

interface Pending {
  readonly request: EncodedRequest;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  stop(): void;
}

/** Milliseconds that a gateway gets on top of the time for an answer: it says itself when that has passed. */
const GRACE = 5000;

export class PendingRequests {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #lastCall = 0;
  #rejecting = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something was rejected just now, and who waited for it has not heard yet. */
  get rejecting(): boolean {
    return this.#rejecting;
  }

  /**
   * Registers a request.
   * @param cancel is told the number of a request whose caller wants no answer any more
   * @returns the number of the request
   */
  add(
    request: EncodedRequest,
    { resolve, reject }: Pick<Pending, 'resolve' | 'reject'>,
    cancel: (call: number) => void,
  ): number {
    const call = ++this.#lastCall;
    const { signal, within, retries, codec } = request;
    const aborted = (): void => {
      cancel(call);
      this.#take(call)?.reject(signal!.reason);
    };
    const timer = this.#clock.setTimer(within * (retries + 1) + GRACE, () => {
      this.failed(call, 'FG_UNREACHABLE', `The gateway has not said what became of "${codec.name}"`);
    });
    const stop = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', aborted);
    };
    signal?.addEventListener('abort', aborted, { once: true });
    this.#pending.set(call, { request, resolve, reject, stop });
    return call;
  }

  answered(call: number, index: number, flags: number, sent: Uint8Array, b: Uint8Array): void {
    const pending = this.#take(call);
    if (pending === undefined) return;
    try {
      pending.resolve(readAnswer(pending.request, index, flags, sent, b));
    } catch (error) {
      pending.reject(error);
    }
  }

  failed(call: number, code: ErrorCode, text: string): void {
    const pending = this.#take(call);
    if (pending === undefined) return;
    pending.reject(new FramegateError(code, text));
    if (this.#rejecting) return;
    this.#rejecting = true;
    queueMicrotask(() => {
      this.#rejecting = false;
    });
  }

  /** The link is gone. */
  fail(text: string): void {
    for (const call of [...this.#pending.keys()]) this.failed(call, 'FG_UNREACHABLE', text);
  }

  #take(call: number): Pending | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    pending?.stop();
    return pending;
  }
}
