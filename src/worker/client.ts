/** A client, as its worker sees it: what handlers call, written straight into the link's batch. */
import type { Decoded, MessageCodec, MessageValue } from '../codec/index.js';
import {
  type CallKind,
  calls,
  eventKinds,
  frameFlags,
  putString,
  putU8,
  putU32,
  recordTypes,
  SEND_HEADER,
  type Value,
} from '../link/index.js';
import { FramegateError, notEncoded } from '../protocol/index.js';
import type { RequestOptions, SessionValues, Worker } from './api.js';
import type { BindOptions, Bound, CloseOptions } from './cluster.js';
import type { BoundEvents } from './events.js';
import type { GatewayPeer } from './gateway-peer.js';
import { Lanes } from './lanes.js';
import type { RunningEvent } from './message-event.js';
import { checkName, type Names, namesOf } from './names.js';
import { needNotBeAwaited } from './need-not-be-awaited.js';
import { closingOf, tooLarge } from './outgoing.js';
import type { QueuedEvent } from './queued-event.js';
import { encodeRequest } from './request.js';
import { WorkerSession } from './session.js';

/** What others have changed, from an event on. */
export interface ClientNews {
  readonly seq: number;
  /** The uid has changed as well. */
  newUid: boolean;
  readonly uid: string | undefined;
  readonly version: number;
  /** `undefined`: it is the old one. */
  readonly session: SessionValues | undefined;
}

export class WorkerClient {
  readonly peer: GatewayPeer;
  readonly ref: number;
  readonly epoch: number;
  readonly id: string;
  readonly remoteAddress: string;
  readonly session: WorkerSession;
  readonly events: BoundEvents;
  uid: string | undefined;

  /** The event that is being handled. */
  current: RunningEvent | undefined = undefined;
  /** Those that are being handled, where there may be several. */
  readonly lanes: Lanes | undefined;
  /** Events behind an asynchronous handler. */
  queue: QueuedEvent[] | undefined = undefined;
  /** What is to be known from a later event on. */
  news: ClientNews[] | undefined = undefined;
  /** Changes of the uid that the gateway has not confirmed: what it says of the uid meanwhile is older. */
  #rebinding = 0;
  /** Last settled event, and whether that still has to be acknowledged. */
  settled = 0;
  ackDue = false;
  closed = false;
  /** Some worker has settled an event of it. */
  known = false;
  /**
   * The handler that it was given to is past its time. Until that settles what is said through this object is dropped; later
   * handlers have a new one.
   */
  retired = false;

  constructor(
    peer: GatewayPeer,
    ref: number,
    epoch: number,
    id: string,
    remoteAddress: string,
    uid: string | undefined,
    events: BoundEvents,
    session: SessionValues,
    version: number,
  ) {
    this.peer = peer;
    this.ref = ref;
    this.epoch = epoch;
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.uid = uid;
    this.events = events;
    this.lanes = events.concurrent > 1 ? new Lanes(events.concurrent) : undefined;
    this.session = new WorkerSession(this, session, version);
  }

  /** Some worker has been told of it, or is being told. */
  get met(): boolean {
    return this.known || this.settled > 0 || this.current !== undefined || this.lanes?.busy === true;
  }

  /** Its close event is being handled. */
  get isClosing(): boolean {
    return this.current?.kind === eventKinds.close || this.lanes?.isClosing === true;
  }

  /** The link is lost: what handlers still say goes nowhere. */
  abort(): void {
    this.current?.abort();
    this.lanes?.abort();
  }

  get protocol(): string {
    return this.events.table.protocol.id;
  }

  get worker(): Worker {
    return this.peer.core.handleFor(this.protocol);
  }

  /** Takes the place of this object in the same binding. */
  succeed(): WorkerClient {
    const { peer, ref, epoch, id, remoteAddress, uid, events } = this;
    const { values, version } = this.session;
    const next = new WorkerClient(peer, ref, epoch, id, remoteAddress, uid, events, values, version);
    next.queue = this.queue;
    next.news = this.news;
    next.settled = this.settled;
    this.queue = undefined;
    this.retired = true;
    if (peer.clients[ref] === this) peer.clients[ref] = next;
    return next;
  }

  learns(news: ClientNews): void {
    if (this.#rebinding > 0) news.newUid = false;
    this.news ??= [];
    this.news.push(news);
  }

  /** An event begins. @param seq its number; 0 for one that is made up here, behind all others */
  begins(seq: number): void {
    const later: ClientNews[] = [];
    for (const news of this.news ?? []) {
      if (seq > 0 && news.seq > seq) {
        later.push(news);
        continue;
      }
      if (news.newUid) this.uid = news.uid;
      if (news.session !== undefined) this.session.refresh(news.session, news.version);
    }
    this.news = later.length === 0 ? undefined : later;
  }

  /** The gateway still listens to what is said about this binding. */
  get linked(): boolean {
    return this.peer.link.open && this.peer.clients[this.ref] === this;
  }

  send(name: string, fields: MessageValue): void {
    this.#frame(this.events.table.down(name), fields, undefined, 0, 0);
  }

  reply(name: string, fields: MessageValue): void {
    if (this.#silent()) return;
    this.replyTo(this.current?.request, name, fields);
  }

  replyTo(request: Decoded | undefined, name: string, fields: MessageValue): void {
    if (request === undefined) {
      throw new FramegateError('FG_NOT_IN_EVENT', `There is no message to reply to with "${name}"; use client.send`);
    }
    this.#frame(this.events.table.down(name), fields, request, frameFlags.needed, 0);
  }

  request(name: string, fields: MessageValue, options?: RequestOptions): Promise<unknown> {
    if (this.#silent()) return Promise.reject(pastItsTime());
    try {
      return this.peer.request(encodeRequest(this.events.table, this.id, name, fields, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The declared reply to an event: the gateway lets one pass for each. */
  sendReply(name: string, fields: MessageValue, event: RunningEvent): void {
    this.#frame(this.events.table.down(name), fields, event.request, event.replyFlags, event.seq);
  }

  close(detail = ''): void {
    if (this.#silent()) return;
    const { link } = this.peer;
    const w = link.begin(recordTypes.close);
    putU32(w, this.ref);
    putU32(w, this.epoch);
    putString(w, String(detail));
    link.commit();
  }

  closeWith(name: string, fields: MessageValue): void {
    this.#frame(this.events.table.down(name), fields, undefined, frameFlags.needed, 0);
    this.close();
  }

  destroy(detail = ''): Promise<boolean> {
    return needNotBeAwaited(this.call(calls.destroyClient, [detail]) as Promise<boolean>);
  }

  bindUid(uid: string, options: BindOptions = {}): Promise<unknown> {
    return needNotBeAwaited(this.#bind(uid, options));
  }

  async #bind(uid: string, { single = false }: BindOptions): Promise<unknown> {
    checkName(uid);
    const farewell = single === false ? undefined : this.farewell(single);
    const bound = this.#rebind(uid, calls.bindUid, [uid]);
    if (farewell === undefined) return bound;
    const [claimed] = await Promise.all([this.#claim(uid, farewell), bound]);
    return claimed;
  }

  /** What is said to others of a uid, encoded. @throws EncodeError, FramegateError */
  farewell(options: true | CloseOptions): readonly Value[] {
    return closingOf(this.events.table, options === true ? {} : options);
  }

  /** Makes it the only one of the uid that it has been given. */
  claim(uid: string, farewell: readonly Value[]): void {
    needNotBeAwaited(this.#claim(uid, farewell));
  }

  #claim(uid: string, farewell: readonly Value[]): Promise<Bound> {
    return this.peer.core.gateways.claims.make(uid, this.id, farewell, args => this.call(calls.claimUid, args));
  }

  unbindUid(): Promise<boolean> {
    return needNotBeAwaited(this.#rebind(undefined, calls.unbindUid, []));
  }

  async #rebind(uid: string | undefined, kind: CallKind, args: readonly Value[]): Promise<boolean> {
    const before = this.uid;
    this.uid = uid;
    for (const news of this.news ?? []) news.newUid = false;
    this.#rebinding++;
    try {
      return (await this.call(kind, args)) as boolean;
    } catch (error) {
      if (this.uid === uid) this.uid = before;
      throw error;
    } finally {
      this.#rebinding--;
    }
  }

  joinGroup(group: Names): Promise<boolean> {
    return needNotBeAwaited(this.#groups(calls.joinGroup, group));
  }

  leaveGroup(group: Names): Promise<boolean> {
    return needNotBeAwaited(this.#groups(calls.leaveGroup, group));
  }

  async #groups(kind: CallKind, group: Names): Promise<boolean> {
    return (await this.call(kind, [namesOf(group)])) as boolean;
  }

  call(kind: CallKind, args: readonly Value[], taken?: (value: unknown) => void): Promise<unknown> {
    if (this.#silent()) return Promise.reject(pastItsTime());
    return this.peer.call(kind, args, this.ref, this.epoch, taken);
  }

  /** Tells the gateway what became of a login. */
  judge(
    event: RunningEvent,
    accepted: boolean,
    uid: string,
    codec: MessageCodec | undefined,
    fields: MessageValue,
  ): void {
    const { link } = this.peer;
    const w = link.begin(recordTypes.auth);
    try {
      putU32(w, this.ref);
      putU32(w, this.epoch);
      putU32(w, event.seq);
      putU8(w, accepted ? 1 : 0);
      putU8(w, event.replyFlags);
      const flagsAt = w.length - 1;
      putString(w, uid);
      if (codec !== undefined) {
        const more = encode(codec, w, fields, event.request);
        w.bytes[flagsAt]! |= more;
      }
    } catch (error) {
      link.cancel();
      throw error;
    }
    link.commit();
    if (accepted) this.uid = uid;
  }

  #frame(codec: MessageCodec, fields: MessageValue, request: Decoded | undefined, flags: number, seq: number): void {
    const { link } = this.peer;
    if (!link.open || this.#silent()) return;
    const w = link.begin(recordTypes.send);
    const at = w.reserve(SEND_HEADER);
    const { view } = w;
    view.setUint32(at, this.ref);
    view.setUint32(at + 4, this.epoch);
    view.setUint32(at + 9, seq);
    try {
      const all = flags | encode(codec, w, fields, request);
      // The bytes may be others than before: a long frame makes the batch grow.
      w.bytes[at + 8] = all;
      link.commit();
    } catch (error) {
      link.cancel();
      throw tooLarge(error, codec.name);
    }
  }

  #silent(): boolean {
    if (!this.retired) return false;
    this.peer.core.dispatcher.lateOutput++;
    return true;
  }
}

function encode(
  codec: MessageCodec,
  w: Parameters<MessageCodec['write']>[0],
  fields: MessageValue,
  request: Decoded | undefined,
): number {
  let finished: boolean;
  try {
    finished = codec.write(w, fields, undefined, request);
  } catch (error) {
    throw notEncoded(error, codec);
  }
  return (finished ? 0 : frameFlags.unfinished) | (codec.closes === true ? frameFlags.closes : 0);
}

export function pastItsTime(): FramegateError {
  return new FramegateError('FG_CLOSED', 'The handler is past its time');
}
