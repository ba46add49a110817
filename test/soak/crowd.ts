/**
 * The clients of a soak run: so many places, each with a client that talks now and then, and goes one day in one way or another,
 * so that the next one comes. Beside them there are some who mean no good.
 */
import type { SimRandom } from '../../src/testing/sim/index.js';
import { until } from '../support/wait.js';
import { SoakDevice } from './device.js';
import type { Ledger } from './ledger.js';

/** Milliseconds between two rounds. */
const TICK = 50;
/** Milliseconds between two messages of a client. */
const EVERY = 2000;
/** Unanswered messages beyond which a client says no more. */
const PATIENT = 60;
/** Milliseconds after which a client that has vanished must have been missed: its heartbeat is declared as 5 s, three times. */
const MISSED = 25_000;
/** Milliseconds for what a gateway does by itself, when it has stood still before. */
const GRACE = 60_000;
/** Calls at once: more would be a storm of its own. */
const CALLING_MOST = 100;

/** What clients do, each by the chance that it is this instead of a plain message. */
const HABITS = {
  leave: 0.008,
  reset: 0.005,
  vanish: 0.0008,
  deafen: 0.003,
  burst: 0.01,
} as const;

interface Stranger {
  readonly device: SoakDevice;
  /** By when its gateway must have had enough. */
  readonly due: number;
}

export class Crowd {
  readonly counts = {
    left: 0,
    reset: 0,
    vanished: 0,
    'stopped reading': 0,
    bursts: 0,
    malformed: 0,
    'never logged in': 0,
  };
  /** Only plain messages, and everybody is there. */
  isCalm = true;
  /** Nobody says anything. */
  isQuiet = false;
  readonly #random: SimRandom;
  readonly #ledger: Ledger;
  readonly #port: number;
  readonly #places: (SoakDevice | undefined)[];
  /** Those that have vanished, by when they look again. */
  readonly #silent = new Map<SoakDevice, number>();
  readonly #strangers = new Set<Stranger>();
  readonly #deaf = new Map<SoakDevice, number>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #due = 0;
  #last = performance.now();
  #connection = 0;

  constructor(port: number, clients: number, ledger: Ledger, random: SimRandom) {
    this.#port = port;
    this.#places = new Array(clients).fill(undefined);
    this.#ledger = ledger;
    this.#random = random;
  }

  get open(): number {
    return this.#places.filter(device => device?.state === 'open').length;
  }

  get owed(): number {
    return this.#places.reduce((sum, device) => sum + (device?.owed ?? 0), 0);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  /** Waits until everybody is there, nobody else, and all that was said is answered; then nobody says anything. */
  async settle(within: number): Promise<void> {
    this.isCalm = true;
    const all = (): boolean =>
      this.open === this.#places.length && this.#deaf.size + this.#silent.size + this.#strangers.size === 0;
    await until(all, 'all clients to be there', within).catch(() => {
      const text = `${this.open} of ${this.#places.length} clients are there, ${this.#silent.size + this.#strangers.size} others have not gone`;
      this.#ledger.violate('recovery', text);
    });
    this.isQuiet = true;
    await until(() => this.owed === 0, 'all to be answered', within).catch(() => {
      this.#ledger.violate('lost', `${this.owed} messages are not answered, though all is calm`);
    });
  }

  goOn(): void {
    this.isCalm = false;
    this.isQuiet = false;
  }

  /** All of them go, in order. */
  async end(within: number): Promise<void> {
    clearInterval(this.#timer);
    const devices = this.#places.filter(device => device !== undefined);
    for (const device of devices) device.leave();
    await until(() => devices.every(({ state }) => state === 'gone'), 'all to be gone', within).catch(() => {
      this.#ledger.violate('recovery', 'clients that have left are still connected');
    });
  }

  /** At once. */
  destroy(): void {
    clearInterval(this.#timer);
    const strangers = [...this.#strangers].map(({ device }) => device);
    for (const device of [...this.#places, ...this.#silent.keys(), ...strangers]) device?.destroy();
  }

  #tick(): void {
    const now = performance.now();
    this.#due += ((now - this.#last) * this.#places.length) / EVERY;
    this.#last = now;
    let calling = this.#places.filter(device => device?.state === 'calling').length;
    // Whoever was held up himself does not make up for it.
    for (this.#due = Math.min(this.#due, this.#places.length); this.#due >= 1; this.#due--) {
      const place = this.#next++ % this.#places.length;
      const device = this.#places[place];
      if (device === undefined || device.state === 'gone') {
        if (calling++ < CALLING_MOST) this.#places[place] = this.#call();
      } else if (device.state === 'open') this.#live(place, device, now);
    }
    for (const [device, due] of this.#deaf) {
      if (now < due && !this.isCalm && device.state === 'open') continue;
      this.#deaf.delete(device);
      device.listen();
    }
    this.#missed(now);
    if (!this.isCalm && this.#random.chance((TICK / 1000) * 2)) this.#comeStranger(now);
  }

  #call(): SoakDevice {
    return new SoakDevice(this.#port, ++this.#connection, this.#ledger);
  }

  #live(place: number, device: SoakDevice, now: number): void {
    if (this.isQuiet || device.owed > PATIENT) return;
    if (this.isCalm) {
      this.#work(device);
      return;
    }
    let chance = this.#random.fraction();
    const is = (habit: keyof typeof HABITS): boolean => {
      const hit = chance >= 0 && chance < HABITS[habit];
      chance -= HABITS[habit];
      return hit;
    };
    if (is('leave')) {
      this.counts.left++;
      this.#work(device);
      device.leave();
    } else if (is('reset')) {
      this.counts.reset++;
      this.#work(device);
      device.reset();
    } else if (is('vanish')) {
      this.counts.vanished++;
      device.vanish();
      this.#silent.set(device, now + MISSED);
      this.#places[place] = undefined;
    } else if (is('deafen')) {
      this.counts['stopped reading']++;
      device.deafen();
      this.#deaf.set(device, now + this.#random.between(1000, 10_000));
    } else if (is('burst')) {
      this.counts.bursts++;
      for (let i = 0; i < 12; i++) device.work(this.#random.integer(0, 20), 1000, false);
    } else this.#work(device);
  }

  #work(device: SoakDevice): void {
    const takes = this.#random.chance(0.2) ? this.#random.integer(1, 30) : 0;
    device.work(takes, this.#random.integer(0, 200), this.#random.chance(0.05));
  }

  /** Whoever has vanished, or does not behave, must be sent away; when all is calm nobody waits for that. */
  #missed(now: number): void {
    for (const [device, due] of this.#silent) {
      if (device.state === 'gone') this.#silent.delete(device);
      else if (now > due + GRACE) this.#tooLong(device, 'has vanished');
      else if (now > due) device.comeBack();
      else if (this.isCalm) device.reset();
    }
    for (const stranger of this.#strangers) {
      const { device, due } = stranger;
      if (device.state === 'gone') this.#strangers.delete(stranger);
      else if (now > due + GRACE) this.#tooLong(device, 'does not behave');
      else if (this.isCalm && now < due) device.reset();
    }
  }

  #tooLong(device: SoakDevice, what: string): void {
    this.#ledger.violate('bounds', `connection ${device.connection} ${what}, and was not closed in time`);
    device.destroy();
  }

  #comeStranger(now: number): void {
    const talks = this.#random.chance(0.7);
    this.counts[talks ? 'malformed' : 'never logged in']++;
    const noise = this.#random.bytes(talks ? this.#random.integer(1, 3000) : 0);
    const device = new SoakDevice(this.#port, ++this.#connection, this.#ledger, noise);
    this.#strangers.add({ device, due: now + MISSED });
  }
}
