/** Frames on their way to clients: from workers, to many at once, and the answers that the gateway gives itself. */
import { type BadAnswer, type Decoded, type MessageCodec, problem } from '../codec/index.js';
import { eventFlags, frameFlags, targets } from '../link/index.js';
import { errorText, loggable, notEncoded } from '../protocol/index.js';
import type { Part } from './arguments.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';
import type { Outbox } from './outbox.js';

type Values = Readonly<Record<string, unknown>>;
/** What an answer says, by the fields of what it answers. */
type AnswerValues = ((request: { [field: string]: unknown }) => Values) | undefined;

/** What somebody waits for, and what is the last. */
const NEEDED = frameFlags.reply | frameFlags.needed | frameFlags.closes;

export class Downstream {
  readonly #gateway: Gateway;
  readonly #outbox: Outbox;
  #marks = 0;

  constructor(gateway: Gateway, outbox: Outbox) {
    this.#gateway = gateway;
    this.#outbox = outbox;
  }

  /** A frame from the client's worker. */
  deliver(client: GatewayClient, flags: number, seq: number, b: Uint8Array, start: number, end: number): void {
    if ((flags & frameFlags.reply) !== 0) {
      // Replies may come late and out of order; only one to a replayed event can be the second.
      if ((flags & frameFlags.again) !== 0 && this.#replied(client, flags, seq)) return;
      if ((flags & frameFlags.apart) !== 0) client.backlog?.flag(seq, eventFlags.replied);
      if (seq > client.replied) client.replied = seq;
    }
    if (client.stage !== 'live' || end === start) return;
    const from = this.#outbox.begin();
    if ((flags & frameFlags.unfinished) === 0) this.#outbox.slab.append(b, start, end);
    else if (!this.#finish(client, b, start, end)) return;
    this.#give(client, from, this.#outbox.slab.length, flags);
    if ((flags & frameFlags.closes) !== 0) this.#gateway.close(client, 'server-closed', '');
  }

  #give(client: GatewayClient, from: number, to: number, flags: number): void {
    if ((flags & NEEDED) === 0) this.#outbox.offer(client, from, to);
    else this.#outbox.add(client, from, to);
  }

  /** An event that is handled again has been replied to. Of one that is settled by now, its worker was told so with it. */
  #replied(client: GatewayClient, flags: number, seq: number): boolean {
    if ((flags & frameFlags.apart) === 0) return seq <= client.replied;
    return client.backlog?.has(seq, eventFlags.replied) === true;
  }

  /** The last message of a client that is about to be closed. */
  last(client: GatewayClient, { flags, frame }: Part): void {
    this.deliver(client, (flags & frameFlags.unfinished) | frameFlags.needed, 0, frame, 0, frame.length);
  }

  #finish(client: GatewayClient, b: Uint8Array, start: number, end: number): boolean {
    const { slab } = this.#outbox;
    const from = slab.length;
    try {
      client.listener.table.protocol.finish(slab, b, start, end, client.context);
      return true;
    } catch (error) {
      slab.length = from;
      this.#gateway.logger.error(`Protocol "${client.listener.name}" cannot finish a frame: ${errorText(error)}`);
      return false;
    }
  }

  /**
   * To all, to uids or to groups; clients of this protocol that are logged in, each once.
   * @returns how many that were.
   */
  broadcast(
    target: number,
    names: readonly string[],
    excluded: readonly string[],
    protocol: string,
    flags: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): number {
    const mark = this.#exclude(excluded);
    let from = this.#outbox.begin();
    const unfinished = (flags & frameFlags.unfinished) !== 0;
    if (!unfinished) this.#outbox.slab.append(b, start, end);
    const to = this.#outbox.slab.length;
    let given = 0;
    this.#eachOf(target, names, client => {
      if (client.mark === mark || client.listener.name !== protocol || !hears(client, target)) return;
      client.mark = mark;
      if (!unfinished) {
        this.#give(client, from, to, flags);
      } else {
        from = this.#outbox.begin();
        if (!this.#finish(client, b, start, end)) return;
        this.#give(client, from, this.#outbox.slab.length, flags);
      }
      given++;
      if ((flags & frameFlags.closes) !== 0) this.#gateway.close(client, 'server-closed', '');
    });
    return given;
  }

  /** How many would have got a broadcast, had it had a message for their protocol. */
  skipped(
    target: number,
    names: readonly string[],
    excluded: readonly string[],
    protocols: ReadonlySet<string>,
  ): number {
    const mark = this.#exclude(excluded);
    let count = 0;
    this.#eachOf(target, names, client => {
      if (client.mark === mark || protocols.has(client.listener.name) || !hears(client, target)) return;
      client.mark = mark;
      count++;
    });
    return count;
  }

  /** @returns the mark of those who do not get a broadcast, or have it already. */
  #exclude(excluded: readonly string[]): number {
    const mark = ++this.#marks;
    for (const id of excluded) {
      const client = this.#gateway.tables.byId.get(id);
      if (client !== undefined) client.mark = mark;
    }
    return mark;
  }

  /** Clients whom a target names; some perhaps twice. */
  #eachOf(target: number, names: readonly string[], give: (client: GatewayClient) => void): void {
    const { byId, byUid, byGroup } = this.#gateway.tables;
    if (target === targets.all) for (const client of byId.values()) give(client);
    for (const name of names) {
      if (target === targets.uid) for (const client of [...(byUid.get(name) ?? [])]) give(client);
      else if (target === targets.group) for (const client of byGroup.get(name) ?? []) give(client);
      else {
        const client = byId.get(name);
        if (client !== undefined) give(client);
      }
    }
  }

  /** The worker has accepted or refused a login. */
  judged(
    client: GatewayClient,
    seq: number,
    accepted: boolean,
    uid: string,
    flags: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#gateway.look();
    const { context } = client;
    const pending = context.state === 'pending' && seq === client.pendingSeq;
    if (client.stage === 'live') {
      if (accepted) {
        if (!this.#gateway.bindUid(client, uid)) return;
        context.state = 'open';
        client.authDeadline = Number.POSITIVE_INFINITY;
      } else if (pending) {
        // The clock stood still while the login was judged, within twice its time in all.
        const most = client.connectedAt + 2 * client.listener.table.authWithin;
        client.authDeadline = Math.min(client.authDeadline + this.#gateway.now - client.pendingSince, most);
        client.pendingSince = this.#gateway.now;
        context.state = 'new';
        client.tries++;
      }
    }
    this.deliver(client, flags | frameFlags.reply, seq, b, start, end);
    if (!pending || client.stage !== 'live') return;
    const tries = client.pendingCodec?.auth?.tries ?? 1;
    if (!accepted && (client.tries >= tries || client.listener.table.protocol.opens)) {
      this.#gateway.close(client, 'auth-failed', `refused ${client.tries} ${client.tries === 1 ? 'time' : 'times'}`);
      return;
    }
    this.#gateway.wheel.add(client, client.due());
    if (accepted) this.#gateway.upstream.loggedIn(client);
    client.release();
  }

  /** A heartbeat is answered here: no worker is needed for it. */
  beat(client: GatewayClient, codec: MessageCodec, b: Uint8Array, start: number, end: number): void {
    const reply = codec.heartbeat?.reply;
    if (reply !== undefined) this.#answer(client, reply.message, reply.values, b, start, end);
  }

  /** The declared reply to what no worker handles as an event: the answer to a request, or a part of a message. */
  acknowledge(client: GatewayClient, { reply }: MessageCodec, request: Decoded): void {
    if (reply === undefined || reply.mode === 'manual') return;
    this.#send(client, reply.message, reply.values, request);
  }

  /** Something that needs a login came before it. */
  early(client: GatewayClient, b: Uint8Array, start: number, end: number): void {
    const { early } = client.listener.table;
    if (early !== undefined) this.#answer(client, early.message, early.values, b, start, end);
  }

  /** The schema has an answer for frames that no message fits. */
  answerUnknown(client: GatewayClient, b: Uint8Array, start: number, end: number): void {
    const answer = client.listener.table.protocol.unknownReply;
    if (answer === undefined) return;
    const request = client.listener.table.protocol.readUnknown('up', b, start, end, client.context);
    this.#send(client, answer.message, answer.values, request);
  }

  /** The last message of a client whose gateway goes, if it can be written for this one. */
  farewell(client: GatewayClient, message: string, values: Values): void {
    const codec = client.listener.table.downByName.get(message);
    if (codec === undefined) return;
    const from = this.#outbox.begin();
    try {
      codec.write(this.#outbox.slab, values, client.context, undefined);
      this.#outbox.add(client, from, this.#outbox.slab.length);
    } catch {
      // Another client had it: there is something about this one, and it goes anyway.
      this.#outbox.slab.length = from;
    }
  }

  /** The schema has an answer for a frame that was refused. */
  answerBad(client: GatewayClient, { message, values }: BadAnswer): void {
    this.#send(client, message, values, undefined);
  }

  #answer(
    client: GatewayClient,
    message: string,
    values: AnswerValues,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { table } = client.listener;
    const request = table.protocol.decode('up', b, start, end, client.context);
    if (request === undefined) {
      this.#gateway.bad(client, problem.code, problem.field, b, start, end);
      return;
    }
    this.#send(client, message, values, request);
  }

  #send(client: GatewayClient, message: string, values: AnswerValues | Values, request: Decoded | undefined): void {
    const { table } = client.listener;
    const from = this.#outbox.begin();
    const codec = table.down(message);
    try {
      // Of a value that has been decoded, what is decoded later may turn out to be wrong here.
      const given = typeof values === 'function' ? values(request?.value ?? {}) : values;
      codec.write(this.#outbox.slab, given ?? {}, client.context, request);
      this.#outbox.add(client, from, this.#outbox.slab.length);
      if (codec.closes === true) this.#gateway.close(client, 'server-closed', '');
    } catch (error) {
      this.#outbox.slab.length = from;
      const failed = notEncoded(error, codec);
      const why = request === undefined ? failed : loggable(failed, table.protocol.up[request.index], request);
      const what = request === undefined ? 'a bad frame' : `"${request.name}"`;
      this.#gateway.logger.error(`Cannot answer ${what} of protocol "${client.listener.name}": ${why}`);
    }
  }
}

/** Who has not logged in gets what is sent to him by his id, but not what is said to many. */
function hears(client: GatewayClient, target: number): boolean {
  return client.stage === 'live' && (client.context.state === 'open' || target === targets.client);
}
