/**
 * A peer's line to the register: announces the peer, renews its lease and hands on the view. When the register is gone
 * the last view stays, and the line is dialled again with jittered back-off.
 */
import { dialLink, type LinkHandler, Reader, type SocketLink } from '../link/index.js';
import { type Address, formatAddress, type Platform, type Timer } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import { type Announcement, announce, type GatewayRecord, LEASE, type PeerState, readView } from './messages.js';

export interface RegisterClientOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly register: Address;
  readonly self: Omit<Announcement, 'seq' | 'state'>;
  /** Milliseconds between renewals; default a third of a lease. */
  readonly renew?: number;
  /** @param gone boot epochs of gateways that have said that they go. */
  readonly onView?: (gateways: readonly GatewayRecord[], gone: readonly string[]) => void;
  /** The register answered for the first time. */
  readonly onReached?: () => void;
}

const BACK_OFF_FIRST = 200;
const BACK_OFF_MOST = 5000;

export class RegisterClient implements LinkHandler {
  readonly #options: RegisterClientOptions;
  readonly #reader = new Reader();
  #link: SocketLink | undefined;
  #timer: Timer | undefined;
  #attempts = 0;
  #seq = 0;
  #state: PeerState = 'up';
  #stopped = false;
  #complained = false;
  #reached = false;
  /** This line has brought a view. */
  #answered = false;
  #last = new Map<string, GatewayRecord>();

  constructor(options: RegisterClientOptions) {
    this.#options = options;
    this.#dial();
  }

  /** The register has answered at least once. */
  get reached(): boolean {
    return this.#reached;
  }

  /** Says so everywhere before the peer goes. */
  setState(state: PeerState): void {
    this.#state = state;
    this.#announce();
  }

  /** Tells the register that the peer is gone. */
  stop(): void {
    if (this.#stopped) return;
    this.setState('gone');
    this.#stopped = true;
    this.#timer?.cancel();
    this.#link?.close();
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    const view = readView(type, this.#reader.over(b, start, end));
    const { logger, onReached, onView } = this.#options;
    this.#attempts = 0;
    this.#answered = true;
    if (this.#complained) logger.info(`The register at ${formatAddress(this.#options.register)} is reached`);
    this.#complained = false;
    if (!this.#reached) {
      this.#reached = true;
      onReached?.();
    }
    // A register that has just started has not heard of everybody yet.
    if (view.settled) this.#last = new Map();
    for (const epoch of view.gone) this.#last.delete(epoch);
    for (const gateway of view.gateways) this.#last.set(gateway.epoch, gateway);
    onView?.([...this.#last.values()], view.gone);
  }

  flushing(): void {}

  closed(why: string): void {
    this.#link = undefined;
    this.#timer?.cancel();
    if (this.#stopped) return;
    const { logger, register, platform } = this.#options;
    if (!this.#complained) {
      this.#complained = true;
      const hint = this.#reached ? '' : '; start it with `gw start app.js --role register`';
      const what = this.#reached ? 'Lost the register' : 'Cannot reach the register';
      logger.warn(`${what} at ${formatAddress(register)} (${why})${hint}; trying again`);
    }
    const longest = Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** this.#attempts++);
    const pause = longest * (0.5 + platform.random.fraction() / 2);
    this.#timer = platform.clock.setTimer(pause, () => this.#dial());
  }

  #dial(): void {
    const { platform, register } = this.#options;
    const link = dialLink(platform.net, platform.turn, register);
    link.attach(this);
    link.trust();
    this.#link = link;
    this.#answered = false;
    this.#announce();
    this.#renewLater();
  }

  #announce(): void {
    if (this.#link === undefined) return;
    announce(this.#link, { ...this.#options.self, seq: ++this.#seq, state: this.#state });
  }

  #renewLater(): void {
    this.#timer = this.#options.platform.clock.setTimer(this.#options.renew ?? LEASE / 3, () => {
      if (!this.#answered) {
        this.#link?.destroy('it does not answer as a register');
        return;
      }
      this.#announce();
      this.#renewLater();
    });
  }
}
