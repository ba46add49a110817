/**
 * A gateway, as a worker sees it: besides what every link to one does, the clients bound over it, their events and what is
 * said back about them.
 */
import { i16be, u32be, u48be } from '../codec/index.js';
import {
  bindFlags,
  type CallKind,
  EVENT_HEADER,
  eventKinds,
  type Link,
  newsFlags,
  putU32,
  type Reader,
  readValue,
  recordTypes,
  type Side,
} from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { SessionValues } from './api.js';
import { WorkerClient } from './client.js';
import type { WorkerCore } from './core.js';
import { silenced } from './events.js';
import { GatewayLink, type LinkOwner } from './gateway-link.js';

/** Output that waits for a gateway; beyond it the worker grants no more credit. */
const JAMMED = 4 * 1024 * 1024;

export class GatewayPeer extends GatewayLink {
  readonly core: WorkerCore;
  /** `host:port` at which it was linked. */
  address = '';
  /** Ids of its clients of which was said that they are closed: nobody shall hear of them again. */
  givenUp: ReadonlySet<string> | undefined = undefined;
  /** By the gateway's reference. */
  clients: (WorkerClient | undefined)[] = [];
  #acks: WorkerClient[] = [];
  /** Clients and the numbers of events that are settled while older ones are not, one behind the other. */
  #ahead: (WorkerClient | number)[] = [];
  #settledEvents = 0;
  #settledBytes = 0;

  constructor(core: WorkerCore, owner: LinkOwner, link: Link, side: Side) {
    super(owner, link, side);
    this.core = core;
  }

  override record(type: number, b: Uint8Array, start: number, end: number): void {
    switch (type) {
      case recordTypes.event:
        this.#event(this.reader.over(b, start, end));
        return;
      case recordTypes.bind:
        this.#bind(this.reader.over(b, start, end));
        return;
      case recordTypes.presence: {
        const r = this.reader.over(b, start, end);
        this.core.presence?.told(r.u8(), r.string());
        return;
      }
      case recordTypes.news:
        this.#news(this.reader.over(b, start, end));
        return;
      case recordTypes.unbind:
        this.#unbind(this.reader.over(b, start, end));
        return;
      default:
        super.record(type, b, start, end);
    }
  }

  /** What was settled in this turn is acknowledged in one record, behind the replies. */
  override flushing(): void {
    if (this.stage !== 'ready') return;
    const acks = this.#acks;
    if (acks.length > 0) {
      const w = this.link.begin(recordTypes.ack);
      for (const client of acks) {
        client.ackDue = false;
        putU32(w, client.ref);
        putU32(w, client.epoch);
        putU32(w, client.settled);
      }
      acks.length = 0;
      this.link.commit();
    }
    if (this.#ahead.length > 0) this.#tellAhead();
    // While this worker's output jams, it takes no more input: the link wakes it when it has drained.
    if (this.#settledEvents === 0 || this.link.queued > JAMMED) return;
    const w = this.link.begin(recordTypes.credit);
    putU32(w, this.#settledEvents);
    putU32(w, this.#settledBytes);
    this.core.settled += this.#settledEvents;
    this.#settledEvents = 0;
    this.#settledBytes = 0;
    this.link.commit();
  }

  /** Wants to know who comes and goes. */
  watch(): void {
    this.link.begin(recordTypes.watch);
    this.link.commit();
  }

  /** Tells the gateway that a suspect event begins. */
  started(client: WorkerClient, seq: number): void {
    const w = this.link.begin(recordTypes.started);
    putU32(w, client.ref);
    putU32(w, client.epoch);
    putU32(w, seq);
    this.link.commit();
  }

  /**
   * Resolves when the gateway has read all that was said and settled so far, or can read no more: the answer to a question
   * comes behind.
   */
  async heard(): Promise<void> {
    this.flushing();
    await this.call(0 as CallKind, []).catch(() => {});
  }

  /** The client is closed and its handlers are done. */
  forget(client: WorkerClient): void {
    if (this.clients[client.ref] === client) this.clients[client.ref] = undefined;
  }

  /** An event was settled, or never needed to be: its credit goes back. */
  settle(client: WorkerClient | undefined, seq: number, cost: number): void {
    this.#settledEvents++;
    this.#settledBytes += cost;
    if (client !== undefined) {
      client.settled = seq;
      if (!client.ackDue) {
        client.ackDue = true;
        this.#acks.push(client);
      }
    }
    this.link.wake();
  }

  /** An event was settled, and older ones of the client are not. */
  settleAhead(client: WorkerClient, seq: number, cost: number): void {
    this.#ahead.push(client, seq);
    this.settle(undefined, 0, cost);
  }

  #tellAhead(): void {
    const ahead = this.#ahead;
    this.#ahead = [];
    const w = this.link.begin(recordTypes.settled);
    let isNeeded = false;
    for (let i = 0; i < ahead.length; i += 2) {
      const client = ahead[i] as WorkerClient;
      const seq = ahead[i + 1] as number;
      // The older ones may have settled in the same turn.
      if (seq <= client.settled) continue;
      putU32(w, client.ref);
      putU32(w, client.epoch);
      putU32(w, seq);
      isNeeded = true;
    }
    if (isNeeded) this.link.commit();
    else this.link.cancel();
  }

  #bind(r: Reader): void {
    const ref = r.u32();
    const epoch = r.u32();
    const protocol = this.protocols[r.u8()] ?? '';
    const flags = r.u8();
    const id = r.string();
    const address = r.string();
    const name = r.string();
    const uid = (flags & bindFlags.hasUid) === 0 ? undefined : name;
    const version = r.u32();
    const session = readValue(r) as SessionValues;
    let events = this.core.eventsOf(protocol);
    if (events !== undefined && this.givenUp?.has(id) === true) events = silenced(events);
    if (events === undefined) throw new FramegateError('FG_LINK', `the gateway bound a client of "${protocol}"`);
    const client = new WorkerClient(this, ref, epoch, id, address, uid, events, session, version);
    client.known = (flags & bindFlags.known) !== 0;
    this.clients[ref] = client;
  }

  #unbind(r: Reader): void {
    const ref = r.u32();
    if (this.clients[ref]?.epoch === r.u32()) this.clients[ref] = undefined;
  }

  #news(r: Reader): void {
    const ref = r.u32();
    const epoch = r.u32();
    const seq = r.u32();
    const flags = r.u8();
    const name = r.string();
    const version = r.u32();
    const session = (flags & newsFlags.session) === 0 ? undefined : (readValue(r) as SessionValues);
    const uid = (flags & newsFlags.hasUid) === 0 ? undefined : name;
    const client = this.clients[ref];
    if (client?.epoch === epoch) client.learns({ seq, newUid: (flags & newsFlags.uid) !== 0, uid, version, session });
  }

  #event(r: Reader): void {
    const cost = r.left;
    const at = r.take(EVENT_HEADER);
    const { b } = r;
    const ref = u32be(b, at);
    const epoch = u32be(b, at + 4);
    const seq = u32be(b, at + 8);
    const kind = b[at + 12]!;
    const flags = b[at + 13]!;
    const index = i16be(b, at + 14);
    const received = u48be(b, at + 16);
    const client = this.clients[ref];
    if (client === undefined || client.epoch !== epoch) {
      this.settle(undefined, 0, cost);
      return;
    }
    if (kind === eventKinds.close && this.requests.rejecting) {
      // Whoever asked the client hears of it before `onClose` does.
      const bytes = b.slice(r.at, r.end);
      queueMicrotask(() =>
        this.core.dispatcher.take(client, kind, seq, flags, index, received, bytes, 0, bytes.length),
      );
      return;
    }
    this.core.dispatcher.take(client, kind, seq, flags, index, received, b, r.at, r.end);
  }
}

/** What an event of `size` payload bytes takes of the credit. */
export function costOf(size: number): number {
  return size + EVENT_HEADER;
}
