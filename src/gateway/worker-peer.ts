/**
 * A worker, as a gateway sees it: one link with its credit and the clients bound to it.
 *
 * ready -> draining -> closed. None is bound anew from `draining` on.
 */
import { u32be } from '../codec/index.js';
import {
  bindFlags,
  type CallKind,
  compareMarks,
  EVENT_HEADER,
  eventFlags,
  type Hello,
  type Link,
  type LinkHandler,
  newsFlags,
  putString,
  putU8,
  putU32,
  putValue,
  Reader,
  recordTypes,
  SEND_HEADER,
} from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import { Asker } from './asker.js';
import type { Backlog } from './backlog.js';
import { answerCall } from './calls.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';
import { reportSilence } from './silence.js';

/** `guest`: a program that gets no clients. */
export type PeerStage = 'ready' | 'guest' | 'draining' | 'closed';

export class WorkerPeer implements LinkHandler {
  readonly gateway: Gateway;
  readonly link: Link;
  readonly asker: Asker;
  readonly id: string;
  /** Of the worker's life. */
  readonly epoch: string;
  stage: PeerStage = 'ready';
  /** Protocols whose clients may be bound here. */
  shared: ReadonlySet<string>;
  clients = 0;
  /** Records of former bindings that came too late. */
  fenced = 0;
  #events: number;
  #bytes: number;
  readonly #starved: GatewayClient[] = [];
  readonly #reader = new Reader();

  constructor(gateway: Gateway, link: Link, peer: Hello) {
    this.gateway = gateway;
    this.link = link;
    this.asker = new Asker(gateway, link);
    this.id = peer.id;
    this.epoch = peer.epoch;
    this.#events = peer.creditEvents;
    this.#bytes = peer.creditBytes;
    const { shared, complaints } = compareMarks(gateway.hello(), peer);
    for (const complaint of complaints) gateway.logger.warn(complaint);
    this.shared = shared;
    link.attach(this);
  }

  /** May send one more event. */
  get credit(): boolean {
    return this.#events > 0 && this.#bytes > 0;
  }

  /** What it may still be sent. */
  get creditLeft(): { readonly events: number; readonly bytes: number } {
    return { events: this.#events, bytes: this.#bytes };
  }

  // Towards the worker.

  bind(client: GatewayClient): void {
    const w = this.link.begin(recordTypes.bind);
    putU32(w, client.ref);
    putU32(w, client.epoch);
    putU8(w, this.gateway.protocolIndex(client.listener.name));
    // Whoever may have seen it connect may have died before it could say so.
    const known = client.acknowledged > 0 || client.backlog?.firstHas(eventFlags.redelivered) === true;
    putU8(w, (client.uid === undefined ? 0 : bindFlags.hasUid) | (known ? bindFlags.known : 0));
    putString(w, client.id);
    putString(w, client.connection.peer);
    putString(w, client.uid ?? '');
    putU32(w, client.sessionVersion);
    putValue(w, client.session ?? {});
    this.link.commit();
    client.news = 0;
    this.clients++;
  }

  unbind(client: GatewayClient): void {
    const w = this.link.begin(recordTypes.unbind);
    putU32(w, client.ref);
    putU32(w, client.epoch);
    this.link.commit();
    this.clients--;
  }

  sendEvent(
    client: GatewayClient,
    kind: number,
    flags: number,
    index: number,
    received: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (client.news !== 0) this.#tell(client, client.seq);
    const w = this.link.begin(recordTypes.event);
    const at = w.reserve(EVENT_HEADER);
    const { view } = w;
    view.setUint32(at, client.ref);
    view.setUint32(at + 4, client.epoch);
    view.setUint32(at + 8, client.seq);
    view.setUint8(at + 12, kind);
    view.setUint8(at + 13, flags);
    view.setInt16(at + 14, index);
    view.setUint16(at + 16, received / 2 ** 32);
    view.setUint32(at + 18, received);
    w.append(b, start, end);
    this.link.commit();
    this.#spend(end - start + EVENT_HEADER);
  }

  /** What others have changed, in front of the event from which on the worker is to see it. */
  #tell(client: GatewayClient, seq: number): void {
    const w = this.link.begin(recordTypes.news);
    putU32(w, client.ref);
    putU32(w, client.epoch);
    putU32(w, seq);
    putU8(w, client.news | (client.uid === undefined ? 0 : newsFlags.hasUid));
    putString(w, client.uid ?? '');
    putU32(w, client.sessionVersion);
    if ((client.news & newsFlags.session) !== 0) putValue(w, client.session ?? {});
    this.link.commit();
    client.news = 0;
  }

  /** Sends the backlog's next entry. */
  sendKept(client: GatewayClient, backlog: Backlog): void {
    const at = backlog.next;
    const size = backlog.sizeAt(at);
    if (client.news !== 0) this.#tell(client, backlog.seqAt(at));
    const w = this.link.begin(recordTypes.event);
    putU32(w, client.ref);
    putU32(w, client.epoch);
    w.append(backlog.bytes, at + 4, at + size);
    this.link.commit();
    backlog.next = at + size;
    this.#spend(size + 4);
  }

  presence(kind: number, uid: string): void {
    const w = this.link.begin(recordTypes.presence);
    putU8(w, kind);
    putString(w, uid);
    this.link.commit();
  }

  /** The client's events wait for credit. */
  starve(client: GatewayClient): void {
    if (client.starved) return;
    client.starved = true;
    this.#starved.push(client);
  }

  #spend(bytes: number): void {
    this.#events--;
    this.#bytes -= bytes;
  }

  /** @throws FramegateError `FG_FORBIDDEN` when the role of the peer does not allow the call. */
  admit(_kind: CallKind, _asked: unknown): void {}

  // From the worker.

  record(type: number, b: Uint8Array, start: number, end: number): void {
    const r = this.#reader.over(b, start, end);
    switch (type) {
      case recordTypes.send:
        this.#send(r);
        return;
      case recordTypes.ack:
        this.#ack(r);
        return;
      case recordTypes.settled:
        this.#settled(r);
        return;
      case recordTypes.credit:
        this.#credit(r);
        return;
      case recordTypes.auth:
        this.#auth(r);
        return;
      case recordTypes.sendTo:
        this.#sendTo(r);
        return;
      case recordTypes.close: {
        const client = this.#client(r);
        if (client !== undefined) this.gateway.close(client, 'server-closed', r.string());
        return;
      }
      case recordTypes.call:
        this.#call(r);
        return;
      case recordTypes.request:
        this.asker.request(r, this.shared);
        return;
      case recordTypes.cancel:
        this.asker.cancel(r);
        return;
      case recordTypes.watch:
        this.gateway.presence.add(this);
        return;
      case recordTypes.started: {
        const client = this.#client(r);
        if (client !== undefined) this.gateway.upstream.suspects.started(client, r.u32());
        return;
      }
      case recordTypes.drain:
        this.stage = 'draining';
        this.gateway.upstream.drained(this);
        return;
      case recordTypes.beat:
        return;
      default:
        throw new FramegateError('FG_LINK', `the peer sent a record of unknown type ${type}`);
    }
  }

  flushing(): void {}

  silent(ms: number): void {
    if (this.stage !== 'guest') reportSilence(this.gateway, this, ms);
  }

  closed(why: string): void {
    const was = this.stage;
    this.stage = 'closed';
    this.gateway.upstream.peerClosed(this, was, why);
  }

  /** The client that a record is about, unless the record is of a former binding. */
  #client(r: Reader): GatewayClient | undefined {
    return this.#clientOf(r.u32(), r.u32());
  }

  #clientOf(ref: number, epoch: number): GatewayClient | undefined {
    const client = this.gateway.clients[ref];
    if (client !== undefined && client.epoch === epoch && client.peer === this) return client;
    this.fenced++;
    return undefined;
  }

  #send(r: Reader): void {
    const at = r.take(SEND_HEADER);
    const { b } = r;
    const client = this.#clientOf(u32be(b, at), u32be(b, at + 4));
    if (client === undefined) return;
    this.gateway.downstream.deliver(client, b[at + 8]!, u32be(b, at + 9), b, r.at, r.end);
  }

  #auth(r: Reader): void {
    const client = this.#client(r);
    if (client === undefined) return;
    const seq = r.u32();
    const accepted = r.u8() === 1;
    const flags = r.u8();
    const uid = r.string();
    this.gateway.downstream.judged(client, seq, accepted, uid, flags, r.b, r.at, r.end);
  }

  #sendTo(r: Reader): void {
    const target = r.u8();
    const names = strings(r);
    const excluded = strings(r);
    const protocol = r.string();
    const flags = r.u8();
    this.gateway.downstream.broadcast(target, names, excluded, protocol, flags, r.b, r.at, r.end);
  }

  #ack(r: Reader): void {
    while (r.left > 0) {
      const client = this.#client(r);
      const seq = r.u32();
      if (client !== undefined) this.gateway.upstream.acknowledged(client, seq);
    }
  }

  #settled(r: Reader): void {
    while (r.left > 0) {
      const client = this.#client(r);
      const seq = r.u32();
      if (client !== undefined) this.gateway.upstream.settled(client, seq);
    }
  }

  #credit(r: Reader): void {
    this.#events += r.u32();
    this.#bytes += r.u32();
    const starved = this.#starved;
    let at = 0;
    for (; at < starved.length && this.credit; at++) {
      const client = starved[at]!;
      client.starved = false;
      if (client.peer === this) this.gateway.upstream.pump(client);
    }
    starved.splice(0, at);
  }

  #call(r: Reader): void {
    const id = r.u32();
    const w = (ok: number, value: unknown): void => {
      const out = this.link.begin(recordTypes.answer);
      putU32(out, id);
      putU8(out, ok);
      try {
        putValue(out, value);
        this.link.commit();
      } catch (error) {
        this.link.cancel();
        throw error;
      }
    };
    let value: unknown;
    try {
      value = answerCall(this.gateway, this, r);
    } catch (error) {
      if (!(error instanceof FramegateError) || error.code === 'FG_LINK') throw error;
      w(0, { code: error.code, text: error.message });
      return;
    }
    try {
      w(1, value);
    } catch {
      w(0, { code: 'FG_TOO_LARGE', text: 'The answer is larger than a link takes' });
    }
  }
}

function strings(r: Reader): string[] {
  const list: string[] = [];
  for (let count = r.u32(); count > 0; count--) list.push(r.string());
  return list;
}
