/**
 * Finds handlers that block the event loop, do not settle for long, or never settle. One timer serves all of them, and runs
 * only while a handler is under way; the clock is read once for several events.
 *
 *     called -> waiting -> (slow, and reported) -> settled, or over its time
 */
import type { Platform, Timer, TurnJob } from '../net/index.js';
import { FramegateError, type Logger } from '../protocol/index.js';
import type { RunningEvent } from './message-event.js';
import { Waiting, WaitingList } from './waiting-list.js';

export interface HandlerLimits {
  /** Milliseconds after which a handler that blocks, or has not settled, is reported by name. Default 1,000. */
  readonly slowHandlerMs?: number;
  /** Milliseconds after which a handler that has not settled counts as failed. Default 60,000; `Infinity` for never. */
  readonly handlerTimeoutMs?: number;
}

export const defaultHandlerLimits: Required<HandlerLimits> = { slowHandlerMs: 1000, handlerTimeoutMs: 60_000 };

/** @throws FramegateError `FG_CONFIG` */
export function handlerLimits(given: HandlerLimits): Required<HandlerLimits> {
  const limits = { ...defaultHandlerLimits, ...given };
  for (const key of Object.keys(defaultHandlerLimits) as (keyof HandlerLimits)[]) {
    const value = limits[key];
    if (typeof value === 'number' && value > 0) continue;
    throw new FramegateError('FG_CONFIG', `"${key}" is milliseconds above 0, or Infinity; it is ${String(value)}`);
  }
  return limits;
}

/** Handlers between two readings of the clock. */
const TOGETHER = 16;
/** Handlers that settled last are remembered: one that blocks may have settled before the timer can tell. */
const REMEMBERED = 16;
const TICK_LEAST = 5;
const TICK_MOST = 250;

export class HandlerWatch implements TurnJob {
  /** How many handlers were reported as slow, by message name. */
  readonly slow = new Map<string, number>();
  readonly #platform: Platform;
  readonly #logger: Logger;
  readonly #limits: Required<HandlerLimits>;
  readonly #onOver: (waiting: Waiting) => void;

  readonly #waiting = new WaitingList();
  readonly #reported = new WaitingList();
  readonly #tickMs: number;
  readonly #slowTicks: number;
  readonly #overTicks: number;
  #tick = 0;
  #due = 0;
  #timer: Timer | undefined;
  #stopped = false;
  readonly #settled: RunningEvent[] = [];
  #settledAt = 0;

  // Handlers that were called since the clock was read.
  readonly #recent: RunningEvent[] = [];
  #since = 0;
  #together = TOGETHER;
  #scheduled = false;
  /** The loop was blocked since the last tick, and that has been said. */
  #told = false;

  constructor(platform: Platform, logger: Logger, limits: Required<HandlerLimits>, onOver: (waiting: Waiting) => void) {
    this.#platform = platform;
    this.#logger = logger;
    this.#limits = limits;
    this.#onOver = onOver;
    const least = Math.min(limits.slowHandlerMs, limits.handlerTimeoutMs);
    this.#tickMs = Math.min(TICK_MOST, Math.max(TICK_LEAST, least / 4));
    // The tick in which a handler is called is only part of one. Ages are counted in ticks, so that whoever waits while
    // another handler blocks is not blamed for it.
    this.#slowTicks = Math.ceil(limits.slowHandlerMs / this.#tickMs) + 1;
    this.#overTicks = Math.ceil(limits.handlerTimeoutMs / this.#tickMs) + 1;
  }

  /** Handlers that have not settled, and are not over their time. */
  get size(): number {
    return this.#waiting.size + this.#reported.size;
  }

  /** Names of their messages, or `connect` and `close`; each once. */
  names(): string[] {
    const names = new Set<string>();
    for (const list of [this.#reported, this.#waiting]) for (const { event } of list) names.add(event.name);
    return [...names];
  }

  /** A handler is about to be called. */
  calls(event: RunningEvent): void {
    if (this.#recent.length >= this.#together) this.#look();
    else if (this.#since === 0) this.#since = this.#platform.clock.now();
    this.#recent.push(event);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#platform.turn.schedule(this);
  }

  /** The handler has returned a promise. */
  add(event: RunningEvent): Waiting {
    const waiting = new Waiting(event, this.#tick);
    this.#waiting.add(waiting);
    this.#arm();
    return waiting;
  }

  remove(waiting: Waiting): void {
    waiting.list?.remove(waiting);
    this.#settled[this.#settledAt] = waiting.event;
    this.#settledAt = (this.#settledAt + 1) % REMEMBERED;
  }

  /** Watches no more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  endOfTurn(): void {
    this.#scheduled = false;
    this.#look();
    this.#since = 0;
    this.#together = TOGETHER;
  }

  #look(): void {
    const now = this.#platform.clock.now();
    const took = now - this.#since;
    this.#since = now;
    if (took >= this.#limits.slowHandlerMs) {
      this.#blocked(took);
      // The next one shall not hide among others.
      this.#together = 1;
    }
    this.#recent.length = 0;
  }

  #blocked(took: number): void {
    this.#told = true;
    const names = this.#count(this.#recent);
    const ms = Math.round(took);
    const [first] = this.#recent;
    const what =
      this.#recent.length === 1
        ? `The handler of "${first!.name}" blocked the event loop for ${ms} ms, for client ${first!.client.id}`
        : `Handlers blocked the event loop for ${ms} ms together: ${listed(names)}`;
    const facts = this.#recent.length === 1 ? { client: first!.client.id, message: first!.name } : {};
    this.#logger.warn(what, { ...facts, milliseconds: ms });
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    const { clock } = this.#platform;
    this.#due = clock.now() + this.#tickMs;
    this.#timer = clock.setTimer(this.#tickMs, () => this.#onTick());
  }

  #onTick(): void {
    this.#timer = undefined;
    this.#tick++;
    this.#lookBack();
    this.#reportSlow();
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      if (this.#tick - oldest.since < this.#overTicks) break;
      this.remove(oldest);
      oldest.over = true;
      this.#onOver(oldest);
    }
    this.#settled.length = 0;
    this.#settledAt = 0;
    if (this.size > 0) this.#arm();
  }

  #oldest(): Waiting | undefined {
    return this.#reported.first ?? this.#waiting.first;
  }

  /** A handler may block behind its first `await` too: then only the late tick shows it. */
  #lookBack(): void {
    const late = this.#platform.clock.now() - this.#due;
    const told = this.#told;
    this.#told = false;
    if (told || late < this.#limits.slowHandlerMs) return;
    const events = [...this.#reported, ...this.#waiting].map(w => w.event);
    const names = listed(this.#count([...events, ...this.#settled]));
    this.#logger.warn(`The event loop was blocked for ${Math.round(late)} ms while handlers were under way: ${names}`);
  }

  /** One line for each name, however many there are. */
  #reportSlow(): void {
    const slow: RunningEvent[] = [];
    for (let oldest = this.#waiting.first; oldest !== undefined; oldest = this.#waiting.first) {
      if (this.#tick - oldest.since < this.#slowTicks) break;
      this.#waiting.remove(oldest);
      this.#reported.add(oldest);
      slow.push(oldest.event);
    }
    if (slow.length === 0) return;
    const within = this.#limits.slowHandlerMs;
    for (const [name, times] of this.#count(slow)) {
      const { id } = slow.find(e => e.name === name)!.client;
      const others = times === 1 ? '' : ` and ${times - 1} others`;
      this.#logger.warn(`The handler of "${name}" has not settled within ${within} ms, for client ${id}${others}`, {
        ...{ client: id, message: name, milliseconds: within },
      });
    }
  }

  #count(events: readonly RunningEvent[]): Map<string, number> {
    const names = new Map<string, number>();
    for (const { name } of events) {
      names.set(name, (names.get(name) ?? 0) + 1);
      this.slow.set(name, (this.slow.get(name) ?? 0) + 1);
    }
    return names;
  }
}

function listed(names: ReadonlyMap<string, number>): string {
  return Array.from(names, ([name, times]) => `"${name}" (${times})`).join(', ');
}
