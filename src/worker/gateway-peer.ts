/**
 * A gateway, as a worker sees it: one link, the clients bound over it, and the questions asked through it.
 *
 * hello -> ready -> closed
 */
import {
  bindFlags,
  type CallKind,
  compareMarks,
  EVENT_HEADER,
  HELLO_WITHIN,
  type Hello,
  type Link,
  type LinkHandler,
  putU8,
  putU32,
  putValue,
  Reader,
  readHello,
  readValue,
  recordTypes,
  sayHello,
  type Value,
} from '../link/index.js';
import type { Timer } from '../net/index.js';
import { type ErrorCode, FramegateError } from '../protocol/index.js';
import type { SessionValues } from './api.js';
import { WorkerClient } from './client.js';
import type { WorkerCore } from './core.js';

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

/** Milliseconds until a question counts as unanswered. */
export const CALL_WITHIN = 5000;
/** Output that waits for a gateway; beyond it the worker grants no more credit. */
const JAMMED = 4 * 1024 * 1024;

export class GatewayPeer implements LinkHandler {
  readonly core: WorkerCore;
  readonly link: Link;
  stage: 'hello' | 'ready' | 'closed' = 'hello';
  id = '';
  epoch = '';
  /** By the gateway's reference. */
  clients: (WorkerClient | undefined)[] = [];
  #protocols: readonly string[] = [];
  #acks: WorkerClient[] = [];
  #settledEvents = 0;
  #settledBytes = 0;
  readonly #calls = new Map<number, PendingCall>();
  #lastCall = 0;
  readonly #reader = new Reader();
  readonly #deadline: Timer;

  constructor(core: WorkerCore, link: Link) {
    this.core = core;
    this.link = link;
    this.#deadline = core.platform.clock.setTimer(HELLO_WITHIN, () => link.destroy('no hello in time'));
    link.attach(this);
    sayHello(link, core.hello(), core.platform.random.bytes(16));
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    const r = this.#reader.over(b, start, end);
    if (this.stage === 'hello') {
      this.#hello(readHello(r, type, 'gateway'));
      return;
    }
    switch (type) {
      case recordTypes.event:
        this.#event(r);
        return;
      case recordTypes.bind:
        this.#bind(r);
        return;
      case recordTypes.unbind: {
        const ref = r.u32();
        if (this.clients[ref]?.epoch === r.u32()) this.clients[ref] = undefined;
        return;
      }
      case recordTypes.answer:
        this.#answer(r);
        return;
      default:
        throw new FramegateError('FG_LINK', `the peer sent a record of unknown type ${type}`);
    }
  }

  /** What was settled in this turn is acknowledged in one record, behind the replies. */
  flushing(): void {
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
    // While this worker's output jams, it takes no more input: the link wakes it when it has drained.
    if (this.#settledEvents === 0 || this.link.queued > JAMMED) return;
    const w = this.link.begin(recordTypes.credit);
    putU32(w, this.#settledEvents);
    putU32(w, this.#settledBytes);
    this.#settledEvents = 0;
    this.#settledBytes = 0;
    this.link.commit();
  }

  closed(why: string): void {
    this.#deadline.cancel();
    const was = this.stage;
    this.stage = 'closed';
    for (const call of this.#calls.values()) {
      call.timer.cancel();
      call.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} was lost before it answered`));
    }
    this.#calls.clear();
    this.core.peerClosed(this, was === 'ready', why);
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

  /** @param epoch 0 for a question that is not about a binding. */
  call(kind: CallKind, args: readonly Value[], ref = 0, epoch = 0): Promise<unknown> {
    if (this.stage !== 'ready' || !this.link.open) {
      return Promise.reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} is not linked`));
    }
    const id = ++this.#lastCall;
    const w = this.link.begin(recordTypes.call);
    try {
      putU32(w, id);
      putU8(w, kind);
      putU32(w, ref);
      putU32(w, epoch);
      putValue(w, args);
      this.link.commit();
    } catch (error) {
      this.link.cancel();
      if (!(error instanceof RangeError)) throw error;
      return Promise.reject(new FramegateError('FG_TOO_LARGE', 'The arguments are larger than a link takes'));
    }
    return new Promise((resolve, reject) => {
      const timer = this.core.platform.clock.setTimer(CALL_WITHIN, () => {
        this.#calls.delete(id);
        reject(new FramegateError('FG_UNREACHABLE', `Gateway ${this.id} did not answer within ${CALL_WITHIN} ms`));
      });
      this.#calls.set(id, { resolve, reject, timer });
    });
  }

  drain(): void {
    if (this.stage !== 'ready') return;
    this.link.begin(recordTypes.drain);
    this.link.commit();
  }

  #hello(hello: Hello): void {
    this.#deadline.cancel();
    this.id = hello.id;
    this.epoch = hello.epoch;
    this.link.trust();
    for (const complaint of compareMarks(hello, this.core.hello()).complaints) this.core.logger.warn(complaint);
    this.#protocols = hello.protocols.map(p => p.id);
    this.stage = 'ready';
    this.core.peerReady(this);
  }

  #bind(r: Reader): void {
    const ref = r.u32();
    const epoch = r.u32();
    const protocol = this.#protocols[r.u8()] ?? '';
    const flags = r.u8();
    const id = r.string();
    const address = r.string();
    const name = r.string();
    const uid = (flags & bindFlags.hasUid) === 0 ? undefined : name;
    const version = r.u32();
    const session = readValue(r) as SessionValues;
    const events = this.core.eventsOf(protocol);
    if (events === undefined) throw new FramegateError('FG_LINK', `the gateway bound a client of "${protocol}"`);
    this.clients[ref] = new WorkerClient(this, ref, epoch, id, address, uid, events, session, version);
  }

  #event(r: Reader): void {
    const cost = r.left;
    const ref = r.u32();
    const epoch = r.u32();
    const seq = r.u32();
    const kind = r.u8();
    const flags = r.u8();
    const index = r.i16();
    const received = r.u48();
    const client = this.clients[ref];
    if (client === undefined || client.epoch !== epoch) {
      this.settle(undefined, 0, cost);
      return;
    }
    this.core.dispatcher.take(client, kind, seq, flags, index, received, r.b, r.at, r.end);
  }

  #answer(r: Reader): void {
    const id = r.u32();
    const ok = r.u8() === 1;
    const value = readValue(r);
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.timer.cancel();
    if (ok) {
      call.resolve(value);
      return;
    }
    const { code, text } = value as { code: ErrorCode; text: string };
    call.reject(new FramegateError(code, text));
  }
}

/** What an event of `size` payload bytes takes of the credit. */
export function costOf(size: number): number {
  return size + EVENT_HEADER;
}
