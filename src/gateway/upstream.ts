/**
 * Events on their way to workers: which worker has a client, what of its events is on the way and kept until it is settled, and who
 * has the client next.
 */
import { eventFlags, eventKinds } from '../link/index.js';
import type { Backlog } from './backlog.js';
import type { GatewayClient } from './client.js';
import { eventName } from './event-name.js';
import type { Gateway } from './gateway.js';
import { WAITING_BYTES } from './limits.js';
import { Moves } from './moves.js';
import { Owed } from './owed.js';
import { KEPT_BYTES, type Quarantine } from './quarantine.js';
import type { Router } from './route.js';
import { DEATHS, Suspects } from './suspects.js';
import type { PeerStage, WorkerPeer } from './worker-peer.js';

export class Upstream {
  readonly suspects = new Suspects();
  readonly moves = new Moves();
  readonly owed: Owed;
  /** Told when others have the clients of a worker that was lost: the registers should know. */
  onMoved: (() => void) | undefined;
  /** Events that were lost with their worker, as `delivery: at-most-once` has it. */
  notReplayed = 0;
  readonly #gateway: Gateway;
  readonly #router: Router;
  readonly #quarantine: Quarantine;
  /** Clients that have no worker. */
  readonly #unbound = new Set<GatewayClient>();
  #nextEpoch = 0;
  /** Bytes that wait for a worker. */
  #waitingBytes = 0;

  constructor(gateway: Gateway, router: Router, quarantine: Quarantine) {
    this.#gateway = gateway;
    this.#router = router;
    this.#quarantine = quarantine;
    this.owed = new Owed(gateway.logger);
  }

  /** A client that is new here. */
  enter(client: GatewayClient): void {
    this.#unbound.add(client);
    this.#tryBind(client);
  }

  /** Nothing of the client is left to tell anybody. */
  forget(client: GatewayClient): void {
    if (client.peer !== undefined) {
      client.peer.unbind(client);
      client.peer = undefined;
    }
    if (client.suspicion !== undefined) this.suspects.clear(client);
    if (client.owed) this.owed.give(client);
    this.#unbound.delete(client);
    this.#waitsNoMore(client);
    this.#dropBacklog(client);
  }

  /** Hands an event to the client's worker, or keeps it until that is possible. */
  forward(
    client: GatewayClient,
    kind: number,
    flags: number,
    index: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    client.seq++;
    const { peer, backlog: kept } = client;
    const { received } = this.#gateway;
    if (peer !== undefined && peer.stage === 'ready' && !client.moving && peer.credit && !(kept?.waiting ?? false)) {
      peer.sendEvent(client, kind, flags, index, received, b, start, end);
      if (peer.link.remote) {
        const backlog = this.#backlogOf(client);
        backlog.append(client.seq, kind, flags, index, received, b, start, end);
        backlog.sentAll();
      }
    } else {
      this.#backlogOf(client).append(client.seq, kind, flags, index, received, b, start, end);
      if (peer === undefined) this.#wait(client, kind, end - start);
      else if (peer.stage === 'ready' && !client.moving) peer.starve(client);
      else this.#move(client);
    }
    const { buffers } = this.#gateway;
    if (buffers.bytes > buffers.most) buffers.over();
    client.flow();
  }

  /** A client without a worker has an event. That it has connected may wait for ever, anything else has a deadline. */
  #wait(client: GatewayClient, kind: number, bytes: number): void {
    if (kind === eventKinds.connect) return;
    this.#waitingBytes += bytes;
    client.waitingBytes += bytes;
    if (client.waitingSince === 0) {
      client.waitingSince = this.#gateway.now;
      this.#gateway.wheel.add(client, client.due());
    }
    if (this.#waitingBytes > WAITING_BYTES) this.noWorker(client);
  }

  /** A message has waited long enough for a worker: its client goes. What workers have seen of it they see to the end, later. */
  noWorker(client: GatewayClient): void {
    if (client.epoch === 0) {
      this.#waitsNoMore(client);
      this.#dropBacklog(client);
    }
    this.#gateway.close(client, 'no-worker', '');
    // Where bytes were the reason, its close event has brought it here too.
    if (client.peer !== undefined || client.owed || this.#gateway.clients[client.ref] !== client) return;
    client.waitingSince = 0;
    if (client.epoch > 0 && this.owed.take(client, client.backlog?.size ?? 0)) return;
    this.#gateway.forget(client);
  }

  /** Sends what waits, as far as credit goes. */
  pump(client: GatewayClient): void {
    const { peer, backlog } = client;
    if (peer === undefined || backlog === undefined) return;
    while (backlog.waiting) {
      if (peer.stage !== 'ready' || client.moving) break;
      if (!peer.credit) {
        peer.starve(client);
        break;
      }
      peer.sendKept(client, backlog);
      if (!peer.link.remote) backlog.head = backlog.next;
    }
    if (backlog.empty) this.#dropBacklog(client);
    client.flow();
  }

  /** All events of the client up to this one are settled. */
  acknowledged(client: GatewayClient, seq: number): void {
    if (seq > client.seq || seq <= client.acknowledged) return;
    client.acknowledged = seq;
    const { backlog } = client;
    // Mostly it is all that there is: nothing need be looked for.
    if (seq === client.seq && backlog?.waiting === false) backlog.clear();
    else backlog?.acknowledge(seq);
    if (seq < client.ahead) this.#catchUp(client);
    const { suspicion } = client;
    if (suspicion !== undefined) this.suspects.acknowledged(client, suspicion, client.acknowledged);
    this.#acknowledged(client);
  }

  /** One event is settled, and older ones of the client are not. */
  settled(client: GatewayClient, seq: number): void {
    if (seq > client.seq || seq <= client.acknowledged) return;
    if (seq > client.ahead) client.ahead = seq;
    client.backlog?.settle(seq);
    this.#acknowledged(client);
  }

  /** What was settled ahead of others need not be acknowledged again, least of all by another worker, which never saw it. */
  #catchUp(client: GatewayClient): void {
    const { peer, backlog } = client;
    if (peer?.link.remote === false) return;
    client.acknowledged = backlog === undefined || backlog.empty ? client.seq : backlog.seqAt(backlog.head) - 1;
  }

  #acknowledged(client: GatewayClient): void {
    if (client.backlog?.empty === true) this.#dropBacklog(client);
    if (client.closeSeq > 0 && client.acknowledged >= client.closeSeq) {
      this.#gateway.forget(client);
      return;
    }
    if (client.moving || client.peer?.stage === 'draining') this.#move(client);
    if (client.pausedSince > 0) client.flow();
    if (client.finSince > 0) client.settle();
  }

  #backlogOf(client: GatewayClient): Backlog {
    client.backlog ??= this.#gateway.buffers.backlogs.take();
    return client.backlog;
  }

  #dropBacklog(client: GatewayClient): void {
    const { backlog } = client;
    if (backlog === undefined) return;
    client.backlog = undefined;
    this.#gateway.buffers.backlogs.give(backlog);
    this.#gateway.buffers.freed();
  }

  // Workers come and go.

  /** A worker is there: clients that have none may be for it. */
  bindWaiting(peer: WorkerPeer): void {
    this.#gateway.look();
    this.suspects.back(peer.epoch);
    this.moves.back(peer.epoch);
    for (const client of [...this.#unbound]) this.#tryBind(client);
    this.#sayMoved();
  }

  /** The worker wants no more clients: those with nothing under way move when they next have something to say. */
  drained(peer: WorkerPeer): void {
    this.#gateway.presence.remove(peer);
    for (const client of this.#gateway.clients) if (client?.peer === peer) this.#move(client);
  }

  /** The link to a worker, or to a program beside them, is gone. */
  peerClosed(peer: WorkerPeer, was: PeerStage, why: string): void {
    const { peers, clients, logger, stopping } = this.#gateway;
    this.#gateway.look();
    peers.delete(peer);
    this.#gateway.past.fenced += peer.fenced;
    this.#gateway.presence.remove(peer);
    if (was === 'ready' && !stopping) {
      logger.warn(`Lost worker ${peer.id} (${why}); its ${peer.clients} clients go to others`);
    }
    if (was === 'guest') logger.debug(`The program ${peer.id} has left (${why})`);
    // Unless it has another link, over which it has clients.
    else if (![...peers].some(({ epoch }) => epoch === peer.epoch)) this.moves.lost(peer.epoch, this.#nextEpoch);
    for (const client of clients) {
      client?.requests?.lost(peer.asker);
      if (client?.peer !== peer) continue;
      client.peer = undefined;
      client.moving = false;
      client.starved = false;
      if (!peer.link.remote) {
        // What a memory link carried is lost with its worker, which shares this process.
        const { backlog } = client;
        client.acknowledged = backlog?.waiting ? backlog.seqAt(backlog.next) - 1 : client.seq;
        if (client.closeSeq > 0 && client.acknowledged >= client.closeSeq) {
          this.#gateway.forget(client);
          continue;
        }
      }
      const unsent = client.backlog?.unsent ?? 0;
      const forgotten = this.#rewind(client);
      const counts = was === 'ready' && !stopping;
      if (this.suspects.lost(client, unsent, peer.epoch, counts) && !this.#giveUp(client)) continue;
      this.#orphan(client);
      if (forgotten === 0) continue;
      client.flow();
      client.settle();
    }
    this.#sayMoved();
  }

  /** Once nobody waits any more of those that had a worker. */
  #sayMoved(): void {
    if (!this.moves.pending || this.#gateway.stopping) return;
    for (const client of this.#unbound) if (client.epoch > 0) return;
    this.moves.settled(this.#gateway.now);
    this.onMoved?.();
  }

  /** What was sent and not acknowledged is to be sent again, but for what is delivered once. Returns how much that is. */
  #rewind(client: GatewayClient): number {
    const { backlog } = client;
    if (backlog === undefined) return 0;
    const { unsent } = backlog;
    const forgotten = backlog.rewind(eventFlags.redelivered, eventFlags.once);
    // Nobody will acknowledge them.
    if (forgotten > 0)
      client.ahead = Math.max(client.ahead, unsent === Number.POSITIVE_INFINITY ? client.seq : unsent - 1);
    if (client.acknowledged < client.ahead) this.#catchUp(client);
    this.notReplayed += forgotten;
    if (backlog.empty) this.#dropBacklog(client);
    return forgotten;
  }

  /**
   * The client's first event has killed worker after worker: it is put away, and the client closed.
   * @returns whether there is anything left to tell about the client
   */
  #giveUp(client: GatewayClient): boolean {
    const backlog = client.backlog!;
    const { seq, kind, index, received, payload } = backlog.first();
    const { protocol } = client.listener.table;
    const message = eventName(client, kind, index);
    const { id: clientId, uid, connection } = client;
    this.#gateway.logger.error(
      `Message "${message}" of client ${clientId} at ${connection.peer} has killed its worker ${DEATHS} times: ` +
        'it is quarantined, and the client closed',
    );
    this.#quarantine.add({
      clientId,
      uid,
      remoteAddress: connection.peer,
      protocol: protocol.id,
      message,
      seq,
      receivedAt: received,
      at: this.#gateway.clock.wallNow(),
      size: payload.length,
      bytes: payload.slice(0, KEPT_BYTES),
    });
    backlog.dropFirst();
    client.acknowledged = seq;
    if (seq < client.ahead) this.#catchUp(client);
    this.suspects.clear(client);
    if (backlog.empty) this.#dropBacklog(client);
    if (kind === eventKinds.close) this.#gateway.forget(client);
    else this.#gateway.close(client, 'quarantined', message);
    return kind !== eventKinds.close;
  }

  /** Away from a draining worker, once nothing of the client is under way there. */
  #move(client: GatewayClient): void {
    const { peer, backlog } = client;
    if (peer === undefined) return;
    if (backlog?.waiting === true) {
      if (backlog.head !== backlog.next || backlog.seqAt(backlog.head) !== client.acknowledged + 1) return;
    } else if (!client.moving || client.acknowledged !== client.seq) return;
    peer.unbind(client);
    client.peer = undefined;
    client.moving = false;
    client.starved = false;
    this.#orphan(client);
  }

  /** The client has logged in: perhaps another worker is the right one now. */
  loggedIn(client: GatewayClient): void {
    if (!this.#router.heedsLogin || client.peer === undefined || client.peer.stage !== 'ready') return;
    client.moving = this.#choose(client) !== client.peer;
    if (client.moving) this.#move(client);
  }

  #choose(client: GatewayClient): WorkerPeer | undefined {
    const { uid } = client;
    return this.#router.choose(
      client,
      this.#gateway.peers,
      uid === undefined ? [] : (this.#gateway.tables.byUid.get(uid) ?? []),
    );
  }

  #waitsNoMore(client: GatewayClient): void {
    client.waitingSince = 0;
    this.#waitingBytes -= client.waitingBytes;
    client.waitingBytes = 0;
  }

  #orphan(client: GatewayClient): void {
    if (this.#gateway.stopping) {
      this.#gateway.forget(client);
      return;
    }
    this.#unbound.add(client);
    this.#tryBind(client);
    const { backlog } = client;
    if (client.peer !== undefined || backlog === undefined || !backlog.hasMore(eventKinds.connect)) return;
    client.waitingSince = this.#gateway.now;
    this.#gateway.wheel.add(client, client.due());
  }

  #tryBind(client: GatewayClient): void {
    const peer = this.#choose(client);
    if (peer === undefined) return;
    this.#unbound.delete(client);
    if (client.owed) this.owed.give(client);
    client.peer = peer;
    client.epoch = ++this.#nextEpoch;
    this.#waitsNoMore(client);
    peer.bind(client);
    this.pump(client);
  }
}
