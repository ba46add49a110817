/**
 * A world in one process: its own time, its own network, its own chance. One seed gives one history.
 *
 * Things happen one at a time. Between two of them all promises that can settle do, so what an asynchronous handler does
 * next belongs to the step that has woken it.
 */
import type { Disk, Timer } from '../../net/index.js';
import { Agenda } from './agenda.js';
import { SimNetwork, type Weather } from './network.js';
import { SimProcess } from './process.js';
import { SimRandom } from './random.js';
import { Trace } from './trace.js';

export interface WorldOptions {
  /** Default 1. */
  readonly seed?: number;
  readonly weather?: Partial<Weather>;
  /** Lines of the trace to keep; default 0. */
  readonly keep?: number;
}

/** Where monotonic time begins: not at 0, which would hide who takes it for "never". */
const BEGIN = 1000;
/** Wall time at the beginning: 2026-01-01. */
const WALL = 1_767_225_600_000;

/** Fetched once: a test may put another in its place to own its handlers' timers. */
const { setImmediate: soon } = globalThis;

/** Lets all promises settle that can. */
export function settlePromises(): Promise<void> {
  return new Promise(resolve => {
    soon(resolve);
  });
}

export class World {
  readonly seed: number;
  readonly trace: Trace;
  readonly network: SimNetwork;
  /** Monotonic milliseconds. */
  now = BEGIN;
  /** How many things have happened. */
  steps = 0;
  readonly #agenda = new Agenda();
  #playing = false;
  #armed = false;
  readonly #played = (): void => this.#playOn();

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 1;
    this.trace = new Trace(options.keep ?? 0);
    this.network = new SimNetwork(this, options.weather ?? {});
  }

  get wallNow(): number {
    return Math.floor(WALL + this.now - BEGIN);
  }

  /** @param host where it runs; processes of one host share its address. */
  process(name: string, host = '127.0.0.1', disk?: Disk): SimProcess {
    return new SimProcess(this, name, host, disk);
  }

  /** A stream of randomness of its own. */
  random(stream: string): SimRandom {
    return new SimRandom(this.seed, stream);
  }

  note(line: string): void {
    this.trace.note(`${this.now.toFixed(2)} ${line}`);
  }

  /** Lets something happen in `ms` milliseconds. */
  after(ms: number, run: () => void): Timer {
    const entry = this.#agenda.add(this.now + Math.max(0, ms), run);
    if (this.#playing && ms <= 0) this.#arm();
    return {
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  /** Lets the next thing happen that is due by `until`; `false` when there is none. */
  step(until = Number.POSITIVE_INFINITY): boolean {
    if (this.#agenda.due > until || this.#agenda.due === Number.POSITIVE_INFINITY) return false;
    const { due, run } = this.#agenda.take();
    this.now = Math.max(this.now, due);
    this.steps++;
    run?.();
    return true;
  }

  /** Lets `ms` milliseconds pass. */
  async run(ms: number): Promise<void> {
    const until = this.now + ms;
    await settlePromises();
    while (this.step(until)) await settlePromises();
    this.now = Math.max(this.now, until);
  }

  /** Lets time pass until the condition holds; `false` when it did not within `ms` milliseconds. */
  async until(condition: () => boolean, ms: number): Promise<boolean> {
    const until = this.now + ms;
    await settlePromises();
    while (!condition()) {
      if (!this.step(until)) {
        this.now = Math.max(this.now, until);
        return condition();
      }
      await settlePromises();
    }
    return true;
  }

  /** Lets happen by itself, in the background, what is due; time passes with {@link run} alone. */
  play(): void {
    this.#playing = true;
    this.#arm();
  }

  /** Nothing happens by itself any more. */
  halt(): void {
    this.#playing = false;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    soon(this.#played);
  }

  #playOn(): void {
    this.#armed = false;
    if (!this.#playing) return;
    this.step(this.now);
    if (this.#agenda.due <= this.now) this.#arm();
  }
}
