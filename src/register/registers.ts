/** A peer's lines to all registers: it announces itself to each, and takes the union of what they say. */
import { type GuestRole, KeyRing, type Moved } from '../link/index.js';
import type { Address, Platform, Timer } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import type { LastView } from './last-view.js';
import type { Announcement, PeerRecord, PeerState, View } from './messages.js';
import { RegisterClient } from './register-client.js';
import { Union, type Whereabouts } from './union.js';

export interface RegistersOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** At least one. */
  readonly registers: readonly Address[];
  readonly self: Omit<Announcement, 'seq' | 'state' | 'moved'>;
  /** Of a gateway: workers whose clients others have. */
  readonly moved?: () => readonly Moved[];
  /** Default: none. */
  readonly keys?: KeyRing | undefined;
  /** What a program that only asks may do; others say by `self` what they are. */
  readonly guest?: GuestRole;
  /**
   * Called whenever a register has spoken, and when a lease has run out.
   * @param gateways to be linked to.
   * @param leaving boot epochs of gateways that have said that they go.
   */
  readonly onGateways?: (gateways: readonly PeerRecord[], leaving: readonly string[], informed: boolean) => void;
  /** Asked when no register answers at the start, and told of the gateways. */
  readonly lastView?: LastView | undefined;
  /** A register has answered for the first time. */
  readonly onReached?: () => void;
}

/** Milliseconds that the registers have before the last view is taken. */
const RECALL_AFTER = 1000;

export class Registers {
  readonly #options: RegistersOptions;
  readonly #union = new Union();
  readonly #lines: readonly RegisterClient[];
  #seq = 0;
  #state: PeerState = 'up';
  #wasReached = false;
  #look: Timer | undefined;
  #recalling: Timer | undefined;

  constructor(options: RegistersOptions) {
    this.#options = options;
    const { platform, logger, self, guest = 'reader', keys = new KeyRing() } = options;
    const role = self.role === 'client' ? guest : self.role;
    this.#lines = options.registers.map((register, i) => {
      const onView = (view: View): void => {
        this.#union.take(i, view, platform.clock.now());
        this.#heard();
      };
      const onLost = (): void => this.#union.lost(i, platform.clock.now());
      return new RegisterClient({ platform, logger, register, keys, role, next: () => this.#next(), onView, onLost });
    });
    if (options.lastView === undefined) return;
    this.#recalling = platform.clock.setTimer(RECALL_AFTER, () => void this.#recall(options.lastView!));
  }

  /** Milliseconds for which a peer counts as there without renewal. */
  get lease(): number {
    return this.#union.lease;
  }

  /** How many workers there are besides this peer. */
  get otherWorkers(): number {
    return Math.max(0, this.#union.workers - (this.#options.self.role === 'worker' ? 1 : 0));
  }

  /** A register answers, though perhaps one that has just started. */
  get reached(): boolean {
    return this.#union.reached(this.#now());
  }

  /** A register answers whose silence about a gateway means something. */
  get informed(): boolean {
    return this.#union.informed(this.#now());
  }

  /** What is known of the boot `epoch` of the gateway `id`. */
  about(id: string, epoch: string): Whereabouts {
    return this.#union.about(id, epoch, this.#now());
  }

  /** Binding epoch up to which the boot `epoch` of the gateway `id` has given the clients of a worker to others; 0: none. */
  movedFrom(id: string, epoch: string, worker: string): number {
    return this.#union.movedFrom(id, epoch, worker);
  }

  /** Why registers cannot be reached. */
  troubles(): string[] {
    return this.#lines.map(line => line.why).filter(why => why !== '');
  }

  /** Says so everywhere before the peer goes. */
  setState(state: PeerState): void {
    this.#state = state;
    this.announce();
  }

  /** Says what there is to say at once. */
  announce(): void {
    for (const line of this.#lines) line.announce();
  }

  /** Tells all registers that the peer is gone. */
  stop(): void {
    this.#state = 'gone';
    this.#look?.cancel();
    this.#recalling?.cancel();
    this.#options.lastView?.stop();
    for (const line of this.#lines) line.stop();
  }

  #next(): Announcement {
    const { self, moved } = this.#options;
    const record = { ...self, seq: ++this.#seq, state: this.#state };
    return moved === undefined ? record : { ...record, moved: moved() };
  }

  #heard(): void {
    if (!this.#wasReached) {
      this.#wasReached = true;
      this.#recalling?.cancel();
      this.#options.onReached?.();
    }
    this.#tell();
    if (this.informed) this.#options.lastView?.keep(this.#union.gateways(this.#now()));
  }

  async #recall(lastView: LastView): Promise<void> {
    const records = await lastView.recall();
    if (this.#wasReached || this.#state === 'gone' || records.length === 0) return;
    this.#options.logger.info(`No register answers; trying ${records.length} gateways from "${lastView.path}"`);
    this.#union.recall(records, this.#now());
    this.#tell();
  }

  #tell(): void {
    const { onGateways, platform } = this.#options;
    if (onGateways === undefined) return;
    onGateways(this.#union.gateways(this.#now()), this.#union.leaving(), this.informed);
    // A lease may run out while no register has anything to say.
    this.#look?.cancel();
    this.#look = platform.clock.setTimer(this.lease, () => this.#tell());
  }

  #now(): number {
    return this.#options.platform.clock.now();
  }
}
