/** Asks a process over its control socket; see server.ts for what goes over it. */
import type { Clock, Connection, Net, Timer } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { Lines } from './lines.js';

/** What asking needs of the world outside. */
export interface ControlPlatform {
  readonly net: Net;
  readonly clock: Clock;
}

/** Milliseconds for an answer, unless the question says otherwise. */
export const ANSWER_WITHIN = 2000;

/** Bytes of an answer. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

interface Pending {
  readonly call: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: FramegateError) => void;
  readonly timer: Timer | undefined;
}

/** connecting -> open -> closed; one that is refused goes from the first to the last. */
export class ControlClient {
  /** Of the process: that of its socket. */
  readonly name: string;
  /** Resolves when the connection is gone, as it is when the process has ended. */
  readonly closed: Promise<void>;
  readonly #clock: Clock;
  readonly #connection: Connection;
  readonly #lines = new Lines(LONGEST_ANSWER);
  readonly #pending = new Map<number, Pending>();
  #open = true;
  #lastId = 0;
  #said!: () => void;

  private constructor(name: string, path: string, platform: ControlPlatform, up: (code?: string) => void) {
    this.name = name;
    this.#clock = platform.clock;
    this.closed = new Promise(resolve => {
      this.#said = resolve;
    });
    this.#connection = platform.net.connect(
      { path },
      {
        opened: () => up(),
        data: (b, start, end) => this.#read(b, start, end),
        ended: () => this.close(),
        closed: code => {
          up(code ?? 'CLOSED');
          this.#end();
        },
      },
    );
  }

  /**
   * Connects to a process; the name is told in errors.
   * @returns the system's code when nobody listens there: `ENOENT`, `ECONNREFUSED` for a path that was left behind, others.
   */
  static dial(name: string, path: string, platform: ControlPlatform): Promise<ControlClient | string> {
    return new Promise(resolve => {
      const client: ControlClient = new ControlClient(name, path, platform, code => resolve(code ?? client));
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /**
   * Asks one of the calls that the process has.
   * @param within milliseconds; `Infinity` waits as long as the process lives.
   * @throws FramegateError `FG_CONTROL`: with what the process says, when it does not answer in time, or when it ends.
   */
  ask(call: string, args: Readonly<Record<string, unknown>> = {}, within = ANSWER_WITHIN): Promise<unknown> {
    if (!this.#open) return Promise.reject(this.#gone(call));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.#pending.delete(id);
        const text = `The ${this.name} did not answer "${call}" within ${within / 1000} s; its event loop may be blocked`;
        reject(new FramegateError('FG_CONTROL', text));
      };
      const timer = Number.isFinite(within) ? this.#clock.setTimer(within, late) : undefined;
      this.#pending.set(id, { call, resolve, reject, timer });
      this.#connection.write(Buffer.from(`${JSON.stringify({ id, call, args })}\n`));
    });
  }

  /** What has not been answered is rejected. */
  close(): void {
    this.#connection.destroy();
    this.#end();
  }

  #read(b: Uint8Array, start: number, end: number): void {
    const lines = this.#lines.push(b, start, end);
    if (lines === undefined) {
      this.close();
      return;
    }
    for (const line of lines) {
      let answer: { readonly id?: number; readonly value?: unknown; readonly error?: string } | null;
      try {
        answer = JSON.parse(line);
      } catch {
        this.close();
        return;
      }
      const pending = this.#pending.get(answer?.id ?? 0);
      if (answer === null || pending === undefined) continue;
      this.#pending.delete(answer.id as number);
      pending.timer?.cancel();
      if (answer.error === undefined) pending.resolve(answer.value);
      else pending.reject(new FramegateError('FG_CONTROL', String(answer.error)));
    }
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { call, reject, timer } of this.#pending.values()) {
      timer?.cancel();
      reject(this.#gone(call));
    }
    this.#pending.clear();
    this.#said();
  }

  #gone(call: string): FramegateError {
    return new FramegateError('FG_CONTROL', `The ${this.name} has ended before it answered "${call}"`);
  }
}
