/**
 * Messages of one client that come in parts and are not whole yet. Bounded by what the schema says: in bytes, number and
 * time. It exists while a message is unfinished, and has one place in the gateway's timer wheel.
 */
import type { Part, PartLimits } from '../codec/index.js';
import { WheelEntry } from '../net/index.js';
import type { GatewayClient } from './client.js';
import { PART_LEAST } from './limits.js';

/** What became of parts, counted for the whole gateway. */
export class FragmentCounts {
  /** Messages that were put together. */
  joined = 0;
  /** Parts that had come before. */
  duplicate = 0;
  /** Unfinished messages that were dropped: their time was over. */
  expired = 0;
  /** They grew larger than a message may be. */
  oversize = 0;
  /** The client had begun too many others. */
  crowded = 0;
  /** Their parts did not agree on how many they are. */
  changed = 0;
}

interface Unfinished {
  readonly key: string;
  readonly total: number;
  readonly until: number;
  readonly parts: Map<number, Uint8Array>;
  bytes: number;
}

export class Fragments extends WheelEntry {
  readonly #client: GatewayClient;
  /** The oldest first. */
  #unfinished: Unfinished[] = [];

  constructor(client: GatewayClient) {
    super();
    this.#client = client;
  }

  /**
   * Takes a part.
   * @param bytes stay as they are
   * @returns all parts in order when this one was the last that was missing; else whether it is kept
   */
  add(part: Part, bytes: Uint8Array, limits: PartLimits): readonly Uint8Array[] | boolean {
    const { fragments: counts } = this.#client.gateway;
    const message = this.#find(part, limits);
    if (message.parts.has(part.index)) {
      counts.duplicate++;
      return true;
    }
    message.parts.set(part.index, bytes);
    message.bytes += bytes.length;
    this.#client.gateway.buffers.unfinished += bytes.length;
    if (message.bytes > limits.bytes || message.parts.size > limits.bytes / PART_LEAST) {
      counts.oversize++;
      this.#drop(message);
      this.#settle();
      return false;
    }
    if (message.parts.size < message.total) return true;
    this.#drop(message);
    this.#settle();
    counts.joined++;
    return [...message.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  }

  /** Of all parts that wait for others. */
  get bytes(): number {
    return this.#unfinished.reduce((sum, m) => sum + m.bytes, 0);
  }

  /** The client is gone. */
  clear(): void {
    for (const message of this.#unfinished) this.#drop(message);
    this.#settle();
  }

  expire(now: number): number {
    for (const message of this.#unfinished.filter(m => m.until <= now)) {
      this.#client.gateway.fragments.expired++;
      this.#drop(message);
    }
    this.#settle();
    return this.#due();
  }

  /** The message that the part belongs to; a new one if there is none. */
  #find(part: Part, limits: PartLimits): Unfinished {
    const { gateway } = this.#client;
    const { clock, wheel, fragments: counts } = gateway;
    const known = this.#unfinished.find(m => m.key === part.key);
    if (known?.total === part.total) return known;
    if (known !== undefined) {
      counts.changed++;
      this.#drop(known);
    }
    if (this.#unfinished.length >= limits.open) {
      counts.crowded++;
      this.#drop(this.#unfinished[0]!);
    }
    const until = clock.now() + limits.ttl;
    const message: Unfinished = { key: part.key, total: part.total, until, parts: new Map(), bytes: 0 };
    this.#unfinished.push(message);
    wheel.add(this, this.#due());
    return message;
  }

  #drop(message: Unfinished): void {
    this.#unfinished = this.#unfinished.filter(m => m !== message);
    const { buffers } = this.#client.gateway;
    buffers.unfinished -= message.bytes;
    buffers.freed();
  }

  /** Who has nothing unfinished costs nothing. */
  #settle(): void {
    if (this.#unfinished.length > 0) return;
    this.#client.gateway.wheel.remove(this);
    if (this.#client.fragments === this) this.#client.fragments = undefined;
  }

  #due(): number {
    if (this.#client.stage !== 'live') return Number.POSITIVE_INFINITY;
    return this.#unfinished.reduce((due, m) => Math.min(due, m.until), Number.POSITIVE_INFINITY);
  }
}
