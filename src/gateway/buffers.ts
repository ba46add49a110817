/**
 * What a gateway keeps of and for its clients, all together, and what it does when that is too much. First it reads less:
 * whoever sends is paused until workers have caught up. If that is not enough whoever has most goes.
 *
 *     normal -> full (beyond the bound; back at three quarters of it) -> shedding (beyond twice as much)
 *
 * What workers have to handle, and what waits for a login, becomes less by itself. What clients do not read, and what they
 * have begun to say and not finished, need not: nobody shall be paused for good because of those, so they go after a while.
 */
import { eventFlags } from '../link/index.js';
import type { Clock, Timer } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import { BacklogPool } from './backlog.js';
import type { GatewayClient } from './client.js';

/** Part of the bound at which all is well again. */
const WELL = 0.75;
/** Milliseconds between two looks at those who do not read, while there are any. */
const LOOK_EVERY = 250;
/** Milliseconds for which others are paused because of them. */
const PATIENCE = 5000;
/** Bytes below which nobody is closed: telling of it would take about as much. */
const WORTH = 1024;

/** Whose buffers they are. */
export interface Keeper {
  readonly clock: Clock;
  readonly logger: Logger;
  /** By reference. */
  readonly clients: readonly (GatewayClient | undefined)[];
  close(client: GatewayClient, reason: 'overloaded', detail: string): void;
  destroy(client: GatewayClient, detail: string, reason: 'overloaded'): void;
}

export class Buffers {
  /** Events that wait for workers, or for their acknowledgement. */
  readonly backlogs = new BacklogPool();
  /** Frames behind logins. */
  held = 0;
  /** Frames and messages in parts of which the rest has not come. */
  unfinished = 0;
  /** Output for clients that do not read, as of the last look. */
  output = 0;
  readonly most: number;
  /** More is kept than may be: whoever sends is read no further. */
  full = false;
  /** Events that were dropped with clients closed as `overloaded`. */
  shed = 0;
  /** Output likewise, in bytes. */
  shedOutput = 0;
  readonly #keeper: Keeper;
  readonly #jammed = new Set<GatewayClient>();
  #fullSince = 0;
  /** Whoever goes has a last event, which is no reason for others to go. */
  #shedding = false;
  #timer: Timer | undefined;
  #stopped = false;

  /** @param most bytes beyond which it reads less. */
  constructor(keeper: Keeper, most: number) {
    this.#keeper = keeper;
    this.most = most;
  }

  get bytes(): number {
    return this.backlogs.bytes + this.held + this.unfinished + this.output;
  }

  /** Something was added, and more is kept than may be. */
  over(): void {
    if (!this.full) {
      this.#look();
      if (this.bytes <= this.most) return;
      this.full = true;
      this.#fullSince = this.#keeper.clock.now();
      this.#arm();
      const { backlogs, held, unfinished, output } = this;
      this.#keeper.logger.warn(
        `Buffers take ${this.bytes} bytes, more than the ${this.most} that they may: clients that send are read no further ` +
          `until it is less. Events take ${backlogs.bytes}, frames behind logins ${held}, what clients have not finished ` +
          `${unfinished}, what they do not read ${output}`,
      );
    }
    if (this.bytes <= 2 * this.most) return;
    this.#look();
    this.#shedWhile(() => this.bytes > 2 * this.most, sizeOf);
  }

  /** Something has become less. */
  freed(): void {
    if (!this.full || this.bytes > this.most * WELL) return;
    this.full = false;
    for (const client of this.#keeper.clients) if (client !== undefined && client.pausedSince > 0) client.flow();
  }

  /** So much has been written to a client, and has not left. */
  jam(client: GatewayClient, queued: number): void {
    if (client.outWaiting === 0) {
      this.#jammed.add(client);
      this.#arm();
    }
    this.#count(client, queued);
    if (this.bytes > this.most) this.over();
  }

  /** So much of a frame has come. */
  begun(client: GatewayClient, bytes: number): void {
    this.unfinished += bytes - client.unfinished;
    client.unfinished = bytes;
  }

  /** The client is closed: what it has said and nobody has been told is dropped. */
  closed(client: GatewayClient): void {
    this.held -= client.heldBytes;
    client.held = undefined;
    client.heldBytes = 0;
    this.begun(client, 0);
    client.fragments?.clear();
    this.freed();
  }

  /** Its connection is gone, with what had not left. */
  gone(client: GatewayClient): void {
    if (client.outWaiting === 0) return;
    this.#count(client, 0);
    this.freed();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #count(client: GatewayClient, queued: number): void {
    this.output += queued - client.outWaiting;
    client.outWaiting = queued;
    if (queued === 0) this.#jammed.delete(client);
  }

  /** Nobody says when output has left. */
  #look(): void {
    for (const client of this.#jammed) this.#count(client, client.unread);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = this.#keeper.clock.setTimer(LOOK_EVERY, () => {
      this.#timer = undefined;
      this.#look();
      this.freed();
      if (this.full && this.#keeper.clock.now() - this.#fullSince >= PATIENCE) this.#shedStuck();
      if (this.full || this.#jammed.size > 0) this.#arm();
    });
  }

  #shedStuck(): void {
    this.#shedWhile(() => this.full && this.output + this.unfinished > this.most * WELL, stuckOf);
  }

  #shedWhile(isTooMuch: () => boolean, of: (client: GatewayClient) => number): void {
    if (this.#shedding) return;
    this.#shedding = true;
    try {
      while (isTooMuch() && this.#shedLargest(of));
    } finally {
      this.#shedding = false;
    }
  }

  /** @returns whether there was anybody */
  #shedLargest(of: (client: GatewayClient) => number): boolean {
    let largest: GatewayClient | undefined;
    let most = WORTH;
    const look = (client: GatewayClient): void => {
      const size = of(client);
      if (size <= most) return;
      largest = client;
      most = size;
    };
    for (const client of this.#keeper.clients) if (client?.stage === 'live') look(client);
    // Whoever is closed already may still have its last bytes here.
    for (const client of this.#jammed) look(client);
    if (largest === undefined) return false;
    this.#shed(largest, most);
    return true;
  }

  #shed(client: GatewayClient, size: number): void {
    const { backlog, outWaiting: output } = client;
    let events = 0;
    if (client.stage === 'live' && backlog?.waiting === true) {
      events = backlog.dropUnseen(eventFlags.redelivered);
      // Numbers have no gaps: the close event comes right behind what workers may have seen.
      client.seq -= events;
    }
    this.shed += events;
    this.shedOutput += output;
    const besides = output === 0 ? '' : ` and ${output} bytes of output`;
    this.#keeper.logger.warn(
      `Client ${client.id} has ${size} bytes waiting: closed, and ${events} of its events${besides} are dropped`,
    );
    const detail = `${events} events${besides} dropped`;
    if (output === 0) {
      this.#keeper.close(client, 'overloaded', detail);
      return;
    }
    this.#keeper.destroy(client, detail, 'overloaded');
    this.gone(client);
  }
}

/** What becomes less when the client goes. What workers have been handed is bounded by their credit. */
function sizeOf(client: GatewayClient): number {
  return (client.backlog?.waitingSize ?? 0) + client.heldBytes + stuckOf(client);
}

/** What nobody but the client can make less. */
function stuckOf(client: GatewayClient): number {
  return client.outWaiting + client.unfinished + (client.fragments?.bytes ?? 0);
}
