/**
 * A peer's line to one register: announces the peer, renews its lease and hands on what the register says. When the line is
 * lost, or the register hangs, it is dialled again with jittered back-off.
 */
import {
  dialLink,
  Introduction,
  isAboutKeys,
  type KeyRing,
  type LinkHandler,
  type LinkRole,
  Reader,
  recordTypes,
  type SocketLink,
} from '../link/index.js';
import { type Address, formatAddress, type Platform, type Timer } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import { type Announcement, announce, LEASE, readView, type View } from './messages.js';

export interface RegisterClientOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly register: Address;
  readonly keys: KeyRing;
  /** In the handshake, where a program says what it may do. */
  readonly role: LinkRole;
  /** What the peer has to say, with a `seq` that it has not used before. */
  next(): Announcement;
  onView(view: View): void;
  onLost(): void;
}

const BACK_OFF_FIRST = 200;
/** Half a lease: everybody is back within the first lease of a register that has started again. */
const BACK_OFF_MOST = LEASE / 2;

export class RegisterClient implements LinkHandler {
  readonly #options: RegisterClientOptions;
  /** Why the last line has ended; empty while it stands. */
  why = '';
  readonly #reader = new Reader();
  /** Being made, or made. */
  #link: SocketLink | undefined;
  #met = false;
  #timer: Timer | undefined;
  #attempts = 0;
  #stopped = false;
  #complained = false;
  /** The register has answered at least once. */
  #reached = false;
  /** The register has answered the last renewal. */
  #answered = false;
  /** Milliseconds between renewals. */
  #renew = LEASE / 3;

  constructor(options: RegisterClientOptions) {
    this.#options = options;
    this.#dial();
  }

  /** Says the present state at once, without waiting for the next renewal. */
  announce(): void {
    if (this.#link !== undefined && this.#met) announce(this.#link, this.#options.next());
  }

  /** Says a last word, and ends the line. */
  stop(): void {
    if (this.#stopped) return;
    this.announce();
    this.#stopped = true;
    this.#timer?.cancel();
    this.#link?.close();
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    if (type === recordTypes.beat) return;
    const view = readView(type, this.#reader.over(b, start, end));
    if (this.#stopped) return;
    const { logger, onView, register } = this.#options;
    this.#attempts = 0;
    this.#answered = true;
    this.#reached = true;
    if (this.#complained) logger.info(`The register at ${formatAddress(register)} is reached`);
    this.#complained = false;
    if (this.#renew !== view.lease / 3) {
      this.#renew = view.lease / 3;
      this.#renewLater();
    }
    onView(view);
  }

  flushing(): void {}

  closed(why: string): void {
    this.#link = undefined;
    this.#met = false;
    this.why = why;
    this.#timer?.cancel();
    if (this.#stopped) return;
    const { logger, register, platform, onLost } = this.#options;
    onLost();
    if (!this.#complained) {
      this.#complained = true;
      const hint = this.#reached || isAboutKeys(why) ? '' : '; start it with `gw start app.js --role register`';
      const what = this.#reached ? 'Lost the register' : 'Cannot reach the register';
      logger.warn(`${what} at ${formatAddress(register)} (${why})${hint}; trying again`);
    }
    const longest = Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** this.#attempts++);
    const pause = longest * (0.5 + platform.random.fraction() / 2);
    this.#timer = platform.clock.setTimer(pause, () => this.#dial());
  }

  #dial(): void {
    const { platform, register, keys, role } = this.#options;
    const { id, epoch } = this.#options.next();
    this.#link = dialLink(platform.net, platform.turn, register);
    new Introduction(this.#link, {
      platform,
      side: 'dialled',
      wanted: ['register'],
      keys,
      own: () => ({ role, id, epoch, creditEvents: 0, creditBytes: 0, protocols: [] }),
      met: () => this.#begin(),
      failed: why => this.closed(why),
    });
  }

  #begin(): void {
    this.#link!.attach(this);
    this.#met = true;
    this.why = '';
    this.#answered = false;
    this.announce();
    this.#renewLater();
  }

  #renewLater(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.platform.clock.setTimer(this.#renew, () => {
      if (!this.#answered) {
        this.#link?.destroy('it does not answer as a register');
        return;
      }
      this.#answered = false;
      this.announce();
      this.#renewLater();
    });
  }
}
