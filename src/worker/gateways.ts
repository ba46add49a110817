/**
 * The gateways that a program is linked to: those that a register names are dialled, and dialled again when they are lost;
 * sends and questions go to one of them or to all.
 */
import { type CallKind, dialLink, type Hello, type KeyRing, type Link, type Side, type Value } from '../link/index.js';
import { type Address, formatAddress, type Platform, type Timer } from '../net/index.js';
import { FramegateError, type Logger } from '../protocol/index.js';
import { Claims } from './claims.js';
import type { GatewayLink, LinkOwner } from './gateway-link.js';
import { type EncodedSend, writeSend } from './outgoing.js';

/** A gateway that a register names, or a fixed list. */
export interface KnownGateway {
  /** Of a fixed list: its address, as long as it has not been met. */
  readonly id: string;
  /** Boot epoch; of a fixed list, where nobody knows it beforehand: {@link unknownEpoch}. */
  readonly epoch: string;
  readonly link: Address;
}

/** The program that the links are for. */
export interface GatewaysOptions<P extends GatewayLink> {
  readonly platform: Platform;
  readonly logger: Logger;
  /** Of the program. */
  readonly id: string;
  readonly keys: KeyRing;
  hello(): Hello;
  create(owner: LinkOwner, link: Link, side: Side): P;
  onReady(peer: P): void;
  /**
   * A link that was ready is lost.
   * @param leaving the gateway had said that it goes.
   */
  onLost(peer: P, why: string, leaving: boolean): void;
  /** No register names it any more, and there is no link to it. */
  onGone(epoch: string): void;
}

/** What all gateways have answered, and which of them have not. */
export interface Answers<A> {
  readonly answers: readonly A[];
  readonly missing: readonly string[];
  readonly complete: boolean;
}

interface Dialled {
  gateway: KnownGateway;
  /** The register still names it. */
  named: boolean;
  /** It has said that it goes. */
  leaving: boolean;
  peer: GatewayLink | undefined;
  timer: Timer | undefined;
  attempts: number;
  /** Why the last link to it has ended. */
  why: string;
}

/** What is known of a gateway. */
export interface GatewayState {
  /** Its id, or its address as long as it has never been reached. */
  readonly id: string;
  readonly address: string;
  readonly linked: boolean;
  /** Why not, in a few words; empty while it is linked, or tried for the first time. */
  readonly why: string;
  /** Protocols that it has in another version of the wire: nothing reaches their clients until it is restarted. */
  readonly foreign: readonly string[];
}

const EARLY_BYTES = 1024 * 1024;
/** Gateways that are remembered after their end. */
const DEPARTED = 1024;
const BACK_OFF_FIRST = 100;
const BACK_OFF_MOST = 5000;
/** Length of the boot epoch in front of each client id. */
const EPOCH_LENGTH = 22;
/** What gateways make. */
const CLIENT_ID = /^[0-9a-f]{22}[\w-]+$/;
const UNKNOWN = 'at ';

/** Stands for the boot epoch of whatever gateway is found at an address. */
export function unknownEpoch(link: Address): string {
  return UNKNOWN + formatAddress(link);
}

export class Gateways<P extends GatewayLink = GatewayLink> implements LinkOwner {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly id: string;
  readonly keys: KeyRing;
  readonly #options: GatewaysOptions<P>;
  /** Why the program may not send; `undefined`: it may. */
  refusal: (() => FramegateError) | undefined;
  /** Ready links, by the gateway's boot epoch. */
  readonly #ready = new Map<string, P>();
  readonly #all = new Set<P>();
  readonly #dialled = new Map<string, Dialled>();
  /** Links that broke and are made anew by whoever made them, as those in memory are: ids by epoch. */
  readonly #broken = new Map<string, string>();
  /** Of uids that may be bound once only. */
  readonly claims = new Claims(this);
  #dialling = true;
  #closed = false;
  /** Some gateway is known, or that there is none. */
  #informed = false;
  /** A gateway that is not known is gone. */
  #certain = true;
  /** Boot epochs of those that were known once, and are gone all the same. */
  readonly #departed = new Set<string>();
  /** Ids of gateways that something sent since {@link takeMissed} may not have reached. */
  readonly #missed = new Set<string>();
  /** Something was sent since then. */
  #sent = false;
  #early: EncodedSend[] | undefined = [];
  /** How many of the early sends a gateway has been given, by its boot epoch: a link may break and come again. */
  readonly #given = new Map<string, number>();
  #earlyBytes = 0;

  constructor(options: GatewaysOptions<P>) {
    this.#options = options;
    this.platform = options.platform;
    this.logger = options.logger;
    this.id = options.id;
    this.keys = options.keys;
  }

  /** How many links are ready. */
  get links(): number {
    return this.#ready.size;
  }

  /** Ready links. */
  ready(): Iterable<P> {
    return this.#ready.values();
  }

  hello(): Hello {
    return this.#options.hello();
  }

  /** Takes a link whose other end is a gateway. */
  add(link: Link, side: Side = 'dialled'): P {
    this.#informed = true;
    const peer = this.#options.create(this, link, side);
    this.#all.add(peer);
    return peer;
  }

  /** A register names it, or it is linked all the same. */
  knows(epoch: string): boolean {
    return this.#dialled.has(epoch);
  }

  /**
   * What the register knows: new gateways are dialled, departed ones are dialled no more.
   * @param gone boot epochs of those that have said that they go.
   * @param certain there are no others. A register that has just started may not have heard of all yet.
   */
  setView(gateways: readonly KnownGateway[], gone: readonly string[] = [], certain = true): void {
    if (!this.#dialling) return;
    this.#informed = true;
    this.#certain = certain;
    for (const epoch of gone) {
      const leaving = this.#dialled.get(epoch);
      if (leaving !== undefined) leaving.leaving = true;
    }
    const named = new Set<string>();
    for (const gateway of gateways) {
      named.add(gateway.epoch);
      const known = this.#dialled.get(gateway.epoch);
      if (known !== undefined) {
        known.gateway = gateway;
        known.named = true;
        continue;
      }
      const dialled = { gateway, named: true, leaving: false, peer: undefined, timer: undefined, attempts: 0, why: '' };
      this.#dialled.set(gateway.epoch, dialled);
      this.#dial(dialled);
    }
    for (const [epoch, dialled] of this.#dialled) {
      if (named.has(epoch)) continue;
      dialled.named = false;
      // A link that stands says more than a register that has forgotten.
      if (this.#linked(dialled)) continue;
      dialled.timer?.cancel();
      this.#depart(epoch);
      // Or it would stand beside another one, should the gateway be named again.
      dialled.peer?.link.destroy('no register names the gateway any more');
      this.#options.onGone(epoch);
    }
  }

  #dial(dialled: Dialled): void {
    dialled.timer = undefined;
    dialled.peer = this.add(dialLink(this.platform.net, this.platform.turn, dialled.gateway.link));
  }

  #redial(dialled: Dialled, why: string): void {
    dialled.why = why;
    if (!this.#dialling) return;
    dialled.peer = undefined;
    const longest = Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** dialled.attempts++);
    const pause = longest * (0.5 + this.platform.random.fraction() / 2);
    if (dialled.attempts === 1) {
      this.logger.debug(`No link to gateway ${formatAddress(dialled.gateway.link)} (${why}); trying again`);
    }
    dialled.timer = this.platform.clock.setTimer(pause, () => this.#dial(dialled));
  }

  peerReady(peer: GatewayLink): void {
    if (!this.#dialling) {
      // It would be given clients that are spoken for.
      peer.link.destroy('this side is about to leave');
      return;
    }
    if (this.#isTwin(peer)) {
      for (const dialled of this.#dialledAs(peer)) dialled.peer = this.#ready.get(peer.epoch);
      peer.link.destroy('there is a link to this gateway already');
      return;
    }
    this.#ready.set(peer.epoch, peer as P);
    this.#broken.delete(peer.epoch);
    const dialled = this.#dialled.get(peer.epoch) ?? this.#dialledAs(peer)[0];
    if (dialled !== undefined) dialled.attempts = 0;
    this.logger.debug(`Linked to gateway ${peer.id} at ${peer.link.peer}`);
    this.#giveEarly(peer);
    this.claims.linked(peer);
    this.#options.onReady(peer as P);
  }

  peerClosed(peer: GatewayLink, wasReady: boolean, why: string): void {
    this.#all.delete(peer as P);
    if (wasReady) {
      // Neither one that had another beside it nor one that came too late has ever counted.
      if (this.#ready.get(peer.epoch) !== peer) return;
      this.#ready.delete(peer.epoch);
    }
    const dialled = this.#dialledAs(peer);
    for (const { named, gateway } of dialled) if (!named) this.#depart(gateway.epoch);
    if (wasReady && !peer.link.remote) this.#broken.set(peer.epoch, peer.id);
    if (wasReady && this.#sent) this.#missed.add(peer.id);
    if (wasReady)
      this.#options.onLost(
        peer as P,
        why,
        dialled.some(d => d.leaving),
      );
    for (const again of dialled) if (again.named) this.#redial(again, why);
  }

  /** It is gone for good: nobody names it, and there is no link to it. */
  #depart(epoch: string): void {
    this.#dialled.delete(epoch);
    this.claims.gone(epoch);
    this.#departed.add(epoch);
    const [oldest = epoch] = this.#departed;
    if (this.#departed.size > DEPARTED) this.#departed.delete(oldest);
  }

  /** What has led to this link: more than one where a gateway has started again at its former address. */
  #dialledAs(peer: GatewayLink): Dialled[] {
    return [...this.#dialled.values()].filter(dialled => dialled.peer === peer);
  }

  /** Another link to the same boot of a gateway is ready. */
  #isTwin(peer: GatewayLink): boolean {
    const other = this.#ready.get(peer.epoch);
    return other !== undefined && other !== peer && other.link.open;
  }

  /** Whoever has dialled. */
  #linked({ gateway, peer }: Dialled): boolean {
    return this.#ready.has(gateway.epoch) || peer?.stage === 'ready';
  }

  // Sends and questions.

  /** The link to the gateway that made a client id. */
  peerOf(clientId: string): P | undefined {
    return this.#ready.get(clientId.slice(0, EPOCH_LENGTH));
  }

  /**
   * Ids of the gateways that are not linked and may have made a client id; an empty list where that may be one that is not known yet.
   * `undefined`: whoever made it is linked, or is gone for good, or it is no client id.
   */
  unlinked(clientId: string): readonly string[] | undefined {
    const epoch = clientId.slice(0, EPOCH_LENGTH);
    if (this.#ready.has(epoch)) return undefined;
    const dialled = this.#dialled.get(epoch);
    // Another boot has its address: the register has not heard of that yet.
    if (dialled !== undefined && this.#linked(dialled)) return undefined;
    const known = dialled?.gateway.id ?? this.#broken.get(epoch);
    if (known !== undefined) return [known];
    if (!CLIENT_ID.test(clientId)) return undefined;
    if (!this.#informed || (!this.#certain && !this.#departed.has(epoch))) return [];
    // Whoever is not met may be the one.
    const unmet = [...this.#dialled.values()].filter(d => d.gateway.epoch.startsWith(UNKNOWN) && !this.#linked(d));
    return unmet.length === 0 ? undefined : unmet.map(({ gateway }) => gateway.id);
  }

  /** Something is about to be sent. @throws FramegateError when the program may not. */
  sending(): void {
    if (this.refusal !== undefined) throw this.refusal();
    this.#sent = true;
  }

  /** Something is about to be asked. @throws FramegateError `FG_CLOSED`: nobody would answer, though nobody is missing. */
  asking(): void {
    if (this.#closed) throw new FramegateError('FG_CLOSED', 'The connection to the cluster is closed');
  }

  /** To every gateway; during the start also to those that are linked a little later. */
  spread(send: EncodedSend): void {
    for (const peer of this.#ready.values()) writeSend(peer, send);
    if (this.#ready.size < this.#dialled.size) for (const id of this.missing()) this.#missed.add(id);
    this.#keepEarly(send);
  }

  /** To the gateway that made a client id and is not linked: during the start it is given the send when it is. */
  postpone(clientId: string, send: EncodedSend): void {
    const unlinked = this.unlinked(clientId);
    if (unlinked === undefined) return;
    this.#keepEarly(send);
    for (const id of unlinked) this.#missed.add(id);
  }

  #keepEarly(send: EncodedSend): void {
    if (this.#early === undefined || this.#earlyBytes > EARLY_BYTES) return;
    for (const { frame } of send.parts) this.#earlyBytes += frame.length + 64;
    if (this.#earlyBytes > EARLY_BYTES) {
      this.logger.warn(
        'More was sent during the start than is kept for gateways that are linked later; the rest goes to those that are linked now',
      );
      return;
    }
    this.#early.push({ ...send, parts: send.parts.map(part => ({ ...part, frame: part.frame.slice() })) });
    for (const epoch of this.#ready.keys()) this.#given.set(epoch, this.#early.length);
  }

  #giveEarly(peer: GatewayLink): void {
    if (this.#early === undefined) return;
    for (const send of this.#early.slice(this.#given.get(peer.epoch))) writeSend(peer, send);
    this.#given.set(peer.epoch, this.#early.length);
  }

  /** From now on, whoever is linked later has missed what was sent before. */
  started(): void {
    this.#early = undefined;
    this.#given.clear();
  }

  /** Boot epochs of gateways that are known, and the links of those that are linked. See {@link unknownEpoch}. */
  epochs(): { readonly epoch: string; readonly peer: P | undefined }[] {
    const named = [...this.#dialled.values()].filter(d => !d.gateway.epoch.startsWith(UNKNOWN) || !this.#linked(d));
    const epochs = new Set([...this.#ready.keys(), ...named.map(d => d.gateway.epoch), ...this.#broken.keys()]);
    return Array.from(epochs, epoch => ({ epoch, peer: this.#ready.get(epoch) }));
  }

  /** The epoch that stands for a linked gateway in {@link epochs} while it is not linked. */
  epochWithoutLink(peer: GatewayLink): string {
    return this.#dialled.has(peer.epoch) ? peer.epoch : (this.#dialledAs(peer)[0]?.gateway.epoch ?? peer.epoch);
  }

  /** Ids of gateways that are known and not linked. */
  missing(): string[] {
    const missing = [...this.#broken.values()];
    for (const dialled of this.#dialled.values()) if (!this.#linked(dialled)) missing.push(dialled.gateway.id);
    return missing;
  }

  /** All that are known: what is there, and what not. */
  states(): GatewayState[] {
    return Array.from(this.#dialled.values(), dialled => {
      const { gateway } = dialled;
      const peer = this.#ready.get(gateway.epoch) ?? dialled.peer;
      const linked = this.#linked(dialled);
      return {
        id: peer === undefined || peer.id === '' ? gateway.id : peer.id,
        address: formatAddress(gateway.link),
        linked,
        why: linked ? '' : dialled.why,
        foreign: [...(peer?.foreign ?? [])],
      };
    });
  }

  /** Ids of gateways that something may not have reached since this was asked last. */
  takeMissed(): string[] {
    const missed = [...this.#missed];
    this.#missed.clear();
    this.#sent = false;
    return missed;
  }

  /** The same question to every gateway. */
  ask(kind: CallKind, args: readonly Value[]): Promise<Answers<unknown>> {
    return this.gather(peer => peer.call(kind, args));
  }

  /**
   * What every gateway answers. Those that are silent are named; a question that cannot be answered rejects as a whole, and
   * after {@link close} every one does, with `FG_CLOSED`.
   * @param question asked at once, so that it goes behind what was written before.
   */
  async gather<A>(question: (peer: P) => Promise<A>): Promise<Answers<A>> {
    this.asking();
    const missing = this.missing();
    const informed = this.#informed;
    const answers: A[] = [];
    const asked = [...this.#ready.values()].map(async peer => {
      try {
        answers.push(await question(peer));
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        missing.push(peer.id);
      }
    });
    await Promise.all(asked);
    return { answers, missing, complete: informed && missing.length === 0 };
  }

  // The end.

  /** Dials nobody any more; links that stand go on. */
  dialNoMore(): void {
    this.#dialling = false;
    for (const dialled of this.#dialled.values()) dialled.timer?.cancel();
  }

  /** Ends all links, behind what was written. */
  close(): void {
    this.dialNoMore();
    this.#closed = true;
    for (const peer of [...this.#all]) peer.link.close();
  }
}

/** A gateway has not answered: no more and no less. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof FramegateError && error.code === 'FG_UNREACHABLE';
}
