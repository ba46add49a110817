/**
 * One timer for all deadlines of a process. Entries link themselves into the slot of their due time; moving a deadline
 * further away costs nothing: the owner answers when asked, and is put back.
 *
 * A process that has stood still finds its timers due and its input unread. That must not count against others. So entries are
 * asked at the end of a turn, when what has arrived is read: who has spoken meanwhile is not taken for silent. And the
 * wheel is the clock by which deadlines are reckoned: of a standstill, which its own late timer tells, only the first second
 * counts, as nobody could do what they had time for.
 */
import type { Clock, Timer } from './clock.js';
import type { Turn, TurnJob } from './turn.js';

/** Base of whatever has a deadline. The links belong to the wheel. */
export abstract class WheelEntry {
  wheelNext: WheelEntry | undefined = undefined;
  wheelPrevious: WheelEntry | undefined = undefined;
  wheelSlot = -1;

  /**
   * Looks at the entry's deadlines and acts on those that have passed.
   * @returns the time of the next one on the monotonic clock, or `Infinity` for none.
   */
  abstract expire(now: number): number;
}

const SLOTS = 512;
/** Milliseconds that the timer may be late in a process that is merely busy. */
const BUSY = 1000;

export class TimerWheel implements TurnJob, Clock {
  readonly #clock: Clock;
  readonly #end: Turn;
  readonly #tick: number;
  readonly #slots: (WheelEntry | undefined)[] = new Array(SLOTS).fill(undefined);
  #position = 0;
  #positionTime = 0;
  #size = 0;
  #timer: Timer | undefined;
  /** When the timer is due, by the clock of the process. */
  #due = Number.POSITIVE_INFINITY;
  /** Milliseconds that the process has stood still. */
  #stood = 0;
  #scheduled = false;
  #turning = false;
  #stopped = false;
  readonly #onTick = (): void => {
    this.#timer = undefined;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#end.schedule(this);
  };

  /** @param tick milliseconds between two looks; a deadline is met at most two ticks late. */
  constructor(clock: Clock, end: Turn, tick = 50) {
    this.#clock = clock;
    this.#end = end;
    this.#tick = tick;
  }

  /** Monotonic milliseconds in which the process could have acted. */
  now(): number {
    const now = this.#clock.now();
    const late = now - this.#due - BUSY;
    if (late > 0) {
      this.#stood += late;
      this.#due += late;
    }
    return now - this.#stood;
  }

  wallNow(): number {
    return this.#clock.wallNow();
  }

  setTimer(ms: number, run: () => void): Timer {
    return this.#clock.setTimer(ms, run);
  }

  /** Puts the entry where it will be asked at `due` or sooner. */
  add(entry: WheelEntry, due: number): void {
    this.remove(entry);
    if (due === Number.POSITIVE_INFINITY) return;
    // Who turns comes to the present by itself.
    if (this.#size === 0 && !this.#turning) this.#positionTime = this.now();
    const ahead = Math.min(SLOTS - 1, Math.max(1, Math.ceil((due - this.#positionTime) / this.#tick)));
    const slot = (this.#position + ahead) % SLOTS;
    const first = this.#slots[slot];
    entry.wheelSlot = slot;
    entry.wheelPrevious = undefined;
    entry.wheelNext = first;
    if (first !== undefined) first.wheelPrevious = entry;
    this.#slots[slot] = entry;
    this.#size++;
    if (!this.#turning) this.#arm();
  }

  remove(entry: WheelEntry): void {
    if (entry.wheelSlot === -1) return;
    const { wheelNext: next, wheelPrevious: previous } = entry;
    if (previous === undefined) this.#slots[entry.wheelSlot] = next;
    else previous.wheelNext = next;
    if (next !== undefined) next.wheelPrevious = previous;
    entry.wheelSlot = -1;
    entry.wheelNext = undefined;
    entry.wheelPrevious = undefined;
    this.#size--;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }

  endOfTurn(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    const now = this.now();
    this.#due = Number.POSITIVE_INFINITY;
    let behind = Math.floor((now - this.#positionTime) / this.#tick);
    this.#turning = true;
    try {
      for (; behind > 0; behind--) {
        this.#position = (this.#position + 1) % SLOTS;
        this.#positionTime += this.#tick;
        for (let entry = this.#slots[this.#position]; entry !== undefined; entry = this.#slots[this.#position]) {
          this.remove(entry);
          this.add(entry, entry.expire(now));
        }
      }
    } finally {
      this.#turning = false;
      if (this.#size > 0) this.#arm();
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#scheduled) return;
    this.#due = this.#clock.now() + this.#tick;
    this.#timer = this.#clock.setTimer(this.#tick, this.#onTick);
  }
}
