/**
 * Whether peers still live. Every link sends a beat now and then, and one on which nothing was heard for several of them is
 * ended. So a peer that has vanished, and a connection that carries one way only, are noticed on both
 * sides within {@link SILENT} milliseconds: who hears nothing ends the link, and then the other hears nothing either.
 *
 * One timer serves all links of a process. Per chunk of bytes it costs a mark, per message nothing.
 */
import type { Clock, Timer } from '../net/index.js';
import type { Link } from './link.js';
import { recordTypes } from './records.js';

/** Milliseconds between two beats. */
export const BEAT = 2500;
/** Beats in a row between which nothing was heard, before that is said: one may come a little late. */
const NOTICED = 2;
/** The same, before the link is given up. */
const MISSED = 4;
/** Milliseconds after which silence ends a link, at most. */
export const SILENT = BEAT * (MISSED + 1);

export class Pulse {
  readonly #clock: Clock;
  readonly #links = new Map<Link, number>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(link: Link): void {
    this.#links.set(link, 0);
    this.#timer ??= this.#clock.setTimer(BEAT, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    for (const [link, missed] of this.#links) {
      if (!link.open) {
        this.#links.delete(link);
        continue;
      }
      if (link.heard) {
        link.heard = false;
        this.#links.set(link, 0);
      } else if (missed + 1 >= MISSED) {
        this.#links.delete(link);
        link.destroy(`silent for ${(BEAT * MISSED) / 1000} s`);
        continue;
      } else {
        this.#links.set(link, missed + 1);
        if (missed + 1 === NOTICED) link.handler?.silent?.(BEAT * NOTICED);
      }
      link.begin(recordTypes.beat);
      link.commit();
    }
    if (this.#links.size > 0) this.#timer = this.#clock.setTimer(BEAT, () => this.#look());
  }
}

const pulses = new WeakMap<Clock, Pulse>();

/** The one of a process: of whoever shares its clock. */
export function pulseOf(clock: Clock): Pulse {
  let pulse = pulses.get(clock);
  if (pulse === undefined) {
    pulse = new Pulse(clock);
    pulses.set(clock, pulse);
  }
  return pulse;
}
