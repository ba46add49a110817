/**
 * Timers of a worker, and those that run once in the whole cluster: every worker wakes at the same slots of wall time, and
 * claims the slot at the gateway with the highest hash of the timer's name. The first claim runs it.
 */
import { calls, NAME_LENGTH, nameProblem } from '../link/index.js';
import type { Clock, Timer } from '../net/index.js';
import { FramegateError, hashOf } from '../protocol/index.js';
import { type Gateways, isUnreachable } from './gateways.js';
import { shown } from './shown.js';

export interface TimerOptions {
  /** Milliseconds until the only run. */
  readonly after?: number;
  /** Milliseconds from one run to the next. A run that is due while the last has not settled is left out. */
  readonly every?: number;
  /**
   * With `every`: its name. Runs once for each slot in the whole cluster, on any worker that has set it; slots are the
   * multiples of `every` since 1970. Where the network is parted a slot may be run twice, or left out.
   */
  readonly singleton?: string;
}

/** One run. */
export interface TimerTick {
  /** Wall time in milliseconds since 1970 for which it was scheduled. */
  readonly slot: number;
  /** `name@slot` of a singleton: the same wherever that slot is run, so that its effects can be had once. Else empty. */
  readonly key: string;
}

export interface WorkerTimer {
  /** Runs no more; a run that is under way goes on. */
  cancel(): void;
}

export type TimerHandler = (tick: TimerTick) => void | Promise<void>;

export class Timers {
  readonly #clock: Clock;
  readonly #gateways: Gateways;
  readonly #set = new Set<WorkerTimer>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(clock: Clock, gateways: Gateways) {
    this.#clock = clock;
    this.#gateways = gateways;
  }

  /**
   * @param failed told what a run has thrown.
   * @throws FramegateError `FG_VALUE`
   */
  set(options: TimerOptions, run: TimerHandler, failed: (error: unknown) => void): WorkerTimer {
    const { after, every, singleton } = checked(options, run);
    let timer: Timer | undefined;
    const own: WorkerTimer = {
      cancel: () => {
        timer?.cancel();
        this.#set.delete(own);
      },
    };
    const tick = async (slot: number): Promise<void> => {
      try {
        if (singleton !== undefined && !(await this.#claim(singleton, slot))) return;
        await run({ slot, key: singleton === undefined ? '' : `${singleton}@${slot}` });
      } catch (error) {
        failed(error);
      }
    };
    let busy = false;
    const wait = (): void => {
      const now = this.#clock.wallNow();
      const slot =
        singleton === undefined ? now + (every ?? after ?? 0) : (Math.floor((now + 1) / every!) + 1) * every!;
      timer = this.#clock.setTimer(slot - now, () => {
        // A clock that was set back: the slot is still to come.
        if (singleton !== undefined && this.#clock.wallNow() < slot - 1) return wait();
        if (every === undefined) this.#set.delete(own);
        else wait();
        if (busy) return;
        busy = true;
        const ran = tick(slot).finally(() => {
          busy = false;
          this.#running.delete(ran);
        });
        this.#running.add(ran);
      });
    };
    if (this.#stopped) return own;
    this.#set.add(own);
    wait();
    return own;
  }

  /** Cancels all; resolves when what is under way has settled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#set) timer.cancel();
    await Promise.all(this.#running);
  }

  /** At the gateway with the highest hash that answers. */
  async #claim(name: string, slot: number): Promise<boolean> {
    const known = this.#gateways.epochs().map(({ epoch, peer }) => ({ epoch, peer, hash: hashOf(name, epoch) }));
    known.sort((a, b) => b.hash - a.hash || (a.epoch < b.epoch ? -1 : 1));
    for (const { peer } of known) {
      if (peer === undefined) continue;
      try {
        return (await peer.call(calls.slot, [name, slot])) === true;
      } catch (error) {
        if (!isUnreachable(error)) throw error;
      }
    }
    return false;
  }
}

function checked(options: TimerOptions, run: unknown): TimerOptions {
  const { after, every, singleton } = options ?? {};
  const ms = every ?? after;
  const wrong = (text: string): FramegateError => new FramegateError('FG_VALUE', text);
  if (typeof run !== 'function') throw wrong('A timer needs a function to run: setTimer({ every: 60_000 }, () => ...)');
  if ((after === undefined) === (every === undefined))
    throw wrong('A timer has either "after" or "every", in milliseconds');
  if (!(Number.isFinite(ms) && ms! >= (every === undefined ? 0 : 1)))
    throw wrong(`A timer cannot run ${every === undefined ? 'after' : 'every'} ${shown(ms)} ms`);
  if (singleton !== undefined && every === undefined)
    throw wrong('A singleton timer has "every": its slots are multiples of it');
  if (singleton !== undefined && nameProblem(singleton) !== undefined)
    throw wrong(`A singleton timer needs a name of 1 to ${NAME_LENGTH} characters, not ${shown(singleton)}`);
  return options;
}
