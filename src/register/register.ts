/**
 * The register: an address book. Peers hold a lease and renew it; workers get the list of gateways whenever it changes.
 * Nothing else depends on it: links that stand go on when it dies.
 */
import { HELLO_WITHIN, type LinkHandler, Reader, SocketLink } from '../link/index.js';
import type { Address, Listener, Platform, Timer } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import { type Announcement, type GatewayRecord, LEASE, publish, readAnnouncement, type View } from './messages.js';

interface Entry extends Announcement {
  /** Monotonic time until which it holds. */
  expires: number;
}

export interface RegisterOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** Milliseconds, default 5,000. */
  readonly lease?: number;
}

export class Register {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly #lease: number;
  readonly #entries = new Map<string, Entry>();
  readonly #peers = new Set<RegisterPeer>();
  readonly #startedAt: number;
  #version = 0;
  #listener: Listener | undefined;
  #sweeper: Timer | undefined;

  constructor(options: RegisterOptions) {
    this.platform = options.platform;
    this.logger = options.logger;
    this.#lease = options.lease ?? LEASE;
    this.#startedAt = this.platform.clock.now();
  }

  /** @throws FramegateError `FG_LISTEN` */
  async listen(where: Address): Promise<Address> {
    this.#listener = await this.platform.net.listen(where, connection => {
      const link = new SocketLink(this.platform.turn, connection);
      this.#peers.add(new RegisterPeer(this, link));
      return link;
    });
    this.#sweep();
    return this.#listener.address;
  }

  async stop(): Promise<void> {
    this.#sweeper?.cancel();
    for (const peer of this.#peers) peer.link.destroy('the register stops');
    await this.#listener?.close();
  }

  view(): View {
    const gateways: GatewayRecord[] = [];
    const gone: string[] = [];
    for (const { role, state, id, epoch, link } of this.#entries.values()) {
      if (role !== 'gateway') continue;
      if (state === 'up') gateways.push({ id, epoch, link });
      else gone.push(epoch);
    }
    return { version: this.#version, lease: this.#lease, settled: this.#settled(), gateways, gone };
  }

  announced(announcement: Announcement): void {
    const known = this.#entries.get(announcement.epoch);
    if (known !== undefined && known.seq > announcement.seq) return;
    // What is gone stays known for two leases, so that a late renewal cannot bring it back.
    const hold = announcement.state === 'gone' ? 2 * this.#lease : this.#lease;
    const changed = known?.state !== announcement.state || known.link !== announcement.link;
    this.#entries.set(announcement.epoch, { ...announcement, expires: this.platform.clock.now() + hold });
    if (changed) {
      this.logger.debug(`${announcement.role} ${announcement.id} is ${announcement.state}`);
      this.#changed();
    }
  }

  left(peer: RegisterPeer): void {
    this.#peers.delete(peer);
  }

  #settled(): boolean {
    return this.platform.clock.now() - this.#startedAt >= this.#lease;
  }

  #changed(): void {
    this.#version++;
    const view = this.view();
    for (const peer of this.#peers) if (peer.known) publish(peer.link, view);
  }

  #sweep(): void {
    const now = this.platform.clock.now();
    const wasSettled = this.#settled();
    let gone = false;
    for (const [epoch, entry] of this.#entries) {
      if (entry.expires > now) continue;
      this.#entries.delete(epoch);
      gone ||= entry.state !== 'gone';
    }
    if (gone) this.#changed();
    this.#sweeper = this.platform.clock.setTimer(this.#lease / 5, () => {
      if (!wasSettled && this.#settled()) this.#changed();
      this.#sweep();
    });
  }
}

/** A connection to the register; a stranger until its first announcement. */
class RegisterPeer implements LinkHandler {
  readonly link: SocketLink;
  known = false;
  readonly #register: Register;
  readonly #reader = new Reader();
  readonly #deadline: Timer;

  constructor(register: Register, link: SocketLink) {
    this.#register = register;
    this.link = link;
    this.#deadline = register.platform.clock.setTimer(HELLO_WITHIN, () => link.destroy('no announcement in time'));
    link.attach(this);
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    const announcement = readAnnouncement(type, this.#reader.over(b, start, end));
    const first = !this.known;
    this.known = true;
    this.#deadline.cancel();
    this.#register.announced(announcement);
    if (first) publish(this.link, this.#register.view());
  }

  flushing(): void {}

  closed(why: string): void {
    this.#deadline.cancel();
    this.#register.left(this);
    if (!this.known) this.#register.logger.warn(`Refused a peer of the register at ${this.link.peer}: ${why}`);
  }
}
