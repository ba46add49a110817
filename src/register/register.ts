/**
 * The register: an address book. Peers hold a lease and renew it; whoever renews is told what the others say, and everybody
 * at once when something changes. Nothing else depends on it: links that stand go on when it dies. Several registers know
 * nothing of one another; the peers speak to all of them.
 */
import {
  type Hello,
  KeyRing,
  type Link,
  type LinkHandler,
  Reader,
  Reception,
  recordTypes,
  SocketLink,
} from '../link/index.js';
import type { Address, Listener, Platform, Timer } from '../net/index.js';
import { FramegateError, type Logger } from '../protocol/index.js';
import { Book, leased } from './book.js';
import { type Announcement, LEASE, publish, readAnnouncement, type View } from './messages.js';

export interface RegisterOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** Milliseconds, default 5,000. */
  readonly lease?: number;
  /** Default: none; then whoever dials in is believed. */
  readonly keys?: KeyRing | undefined;
}

/** More peers than any cluster has: a stranger must not fill the memory. */
const PEERS_MOST = 10_000;

export class Register {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly #lease: number;
  readonly #gateways = new Book<Announcement>();
  readonly #workers = new Book<Announcement>();
  readonly #peers = new Set<RegisterPeer>();
  readonly #startedAt: number;
  #version = 0;
  #listener: Listener<Address> | undefined;
  #sweeper: Timer | undefined;
  #telling: Timer | undefined;
  readonly #reception: Reception;

  constructor(options: RegisterOptions) {
    this.platform = options.platform;
    this.logger = options.logger;
    this.#lease = options.lease ?? LEASE;
    this.#startedAt = this.platform.clock.now();
    const epoch = Buffer.from(this.platform.random.bytes(8)).toString('hex');
    const own = { role: 'register', id: `r${epoch.slice(0, 6)}`, epoch } as const;
    this.#reception = new Reception({
      platform: this.platform,
      logger: this.logger,
      what: 'a peer of the register',
      wanted: ['gateway', 'worker', 'pusher', 'reader'],
      keys: options.keys ?? new KeyRing(),
      own: () => ({ ...own, creditEvents: 0, creditBytes: 0, protocols: [] }),
      met: (link, peer) => this.#peers.add(new RegisterPeer(this, link, peer)),
    });
  }

  /** @throws FramegateError `FG_LISTEN` */
  async listen(where: Address): Promise<Address> {
    this.#listener = await this.platform.net.listen(where, connection => {
      const link = new SocketLink(this.platform.turn, connection);
      this.#reception.admit(link);
      return link;
    });
    this.#sweep();
    return this.#listener.address;
  }

  async stop(): Promise<void> {
    this.#sweeper?.cancel();
    this.#telling?.cancel();
    this.#reception.close();
    for (const peer of this.#peers) peer.link.destroy('the register stops');
    await this.#listener?.close();
  }

  view(): View {
    const now = this.platform.clock.now();
    let workers = 0;
    for (const { record } of this.#workers.entries()) if (record.state === 'up') workers++;
    const gateways = leased(this.#gateways.entries(), now);
    return { version: this.#version, lease: this.#lease, settled: this.#settled(), workers, gateways };
  }

  /** @throws FramegateError `FG_LINK` when there is no room for another peer. */
  announced(announcement: Announcement): void {
    if (announcement.role === 'client') return;
    const book = announcement.role === 'gateway' ? this.#gateways : this.#workers;
    if (book.size >= PEERS_MOST && book.get(announcement.id) === undefined) {
      throw new FramegateError('FG_LINK', `the register has ${PEERS_MOST} peers and takes no more`);
    }
    // What is gone stays known for two leases, so that no older view can bring it back.
    const hold = announcement.state === 'gone' ? 2 * this.#lease : this.#lease;
    if (!book.put(announcement, this.platform.clock.now() + hold)) return;
    this.logger.debug(`${announcement.role} ${announcement.id} is ${announcement.state}`);
    // Who the workers are is told with the next renewal.
    if (book === this.#gateways) this.#changed();
    else this.#version++;
  }

  left(peer: RegisterPeer): void {
    this.#peers.delete(peer);
  }

  #settled(): boolean {
    return this.platform.clock.now() - this.#startedAt >= this.#lease;
  }

  #changed(): void {
    this.#version++;
    // When a register has started again, all come at once.
    this.#telling ??= this.platform.clock.setTimer(this.#lease / 100, () => {
      this.#telling = undefined;
      const view = this.view();
      for (const peer of this.#peers) if (peer.known) publish(peer.link, view);
    });
  }

  #sweep(): void {
    const wasSettled = this.#settled();
    const now = this.platform.clock.now();
    this.#workers.forget(now);
    const lost = this.#gateways.forget(now).filter(({ state }) => state !== 'gone');
    for (const { id } of lost) this.logger.debug(`gateway ${id} has not renewed its lease`);
    if (lost.length > 0) this.#changed();
    this.#sweeper = this.platform.clock.setTimer(this.#lease / 5, () => {
      if (!wasSettled && this.#settled()) this.#changed();
      this.#sweep();
    });
  }
}

/** A peer of the register, which says of itself what it has shown to be. */
class RegisterPeer implements LinkHandler {
  readonly link: Link;
  known = false;
  readonly #register: Register;
  readonly #hello: Hello;
  readonly #reader = new Reader();

  constructor(register: Register, link: Link, hello: Hello) {
    this.#register = register;
    this.link = link;
    this.#hello = hello;
    link.attach(this);
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    if (type === recordTypes.beat) return;
    const announcement = readAnnouncement(type, this.#reader.over(b, start, end));
    const { role, id, epoch } = this.#hello;
    const mayBe = role === 'gateway' || role === 'worker' ? role : 'client';
    if (announcement.role !== mayBe || announcement.id !== id || announcement.epoch !== epoch) {
      throw new FramegateError('FG_FORBIDDEN', `the ${role} ${id} announced somebody else`);
    }
    this.#register.announced(announcement);
    this.known = true;
    publish(this.link, this.#register.view());
  }

  flushing(): void {}

  closed(why: string): void {
    this.#register.left(this);
    const { role, id } = this.#hello;
    this.#register.logger.debug(`The ${role} ${id} has left the register (${why})`);
  }
}
