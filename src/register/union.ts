/**
 * What several independent registers say, taken together: a record that any of them has counts. None of them can take a
 * gateway away by not knowing it: a record ends when its lease has run out, and only while a register answers that has been
 * there for a lease, so that whoever is left has had the time to come back to it. With no such register the last known
 * records stay.
 */
import { Book } from './book.js';
import { LEASE, type PeerRecord, type View } from './messages.js';

/** What is known of one boot of a gateway. */
export interface Whereabouts {
  /**
   * - `up`: its lease holds.
   * - `left`: it has said that it goes, or a later boot has taken its place.
   * - `silent`: its lease has run out, or was never heard of.
   */
  readonly state: 'up' | 'left' | 'silent';
  /** Monotonic time at which it was last heard of; `undefined`: never. */
  readonly renewed: number | undefined;
}

interface Source {
  readonly view: View;
  readonly at: number;
}

export class Union {
  readonly #book = new Book();
  /** The registers that answer. */
  readonly #sources = new Map<number, Source>();
  #lease = LEASE;
  #workers = 0;
  /** Until then a register has answered whose silence means something; as far as the sources do not say so themselves. */
  #knownUntil = Number.NEGATIVE_INFINITY;

  /** Milliseconds of the longest lease that a register has told. */
  get lease(): number {
    return this.#lease;
  }

  /** How many workers are up, as the registers last said. */
  get workers(): number {
    return this.#workers;
  }

  /** Register number `from` says what it knows. */
  take(from: number, view: View, now: number): void {
    this.lost(from, now);
    this.#sources.set(from, { view, at: now });
    this.#lease = this.#longest();
    this.#workers = Math.max(...Array.from(this.#sources.values(), s => s.view.workers));
    for (const { lease, ...record } of view.gateways) this.#book.put(record, now + lease);
    // Twice a lease after its end no register can name it any more, and a late view has arrived.
    if (this.informed(now)) this.#book.forget(now - 2 * this.#lease);
  }

  /** The line to a register is gone; what it has said stays. */
  lost(from: number, now: number): void {
    const source = this.#sources.get(from);
    if (source === undefined) return;
    this.#knownUntil = Math.max(this.#knownUntil, knownUntil(source, now));
    this.#sources.delete(from);
  }

  /** What was known before anybody was asked: it holds until a register answers. */
  recall(records: readonly PeerRecord[], now: number): void {
    for (const record of records) this.#book.put(record, now);
  }

  /** A register answers, though perhaps one that has just started. */
  reached(now: number): boolean {
    for (const { view, at } of this.#sources.values()) if (now <= at + view.lease / 2) return true;
    return false;
  }

  /** A register answers whose silence about a gateway means something. */
  informed(now: number): boolean {
    return this.#horizon(now) === now;
  }

  /** The gateways to be linked to. */
  gateways(now: number): PeerRecord[] {
    const horizon = this.#horizon(now);
    const list: PeerRecord[] = [];
    for (const { record, expires } of this.#book.entries()) {
      if (record.state === 'up' && expires > horizon) list.push(record);
    }
    return list;
  }

  /** Boot epochs of gateways that have said that they go. */
  leaving(): string[] {
    return Array.from(this.#book.entries(), e => e.record)
      .filter(({ state }) => state !== 'up')
      .map(({ epoch }) => epoch);
  }

  /** What is known of the boot `epoch` of the gateway `id`. */
  about(id: string, epoch: string, now: number): Whereabouts {
    const entry = this.#book.get(id);
    if (entry === undefined || entry.record.epoch < epoch) return { state: 'silent', renewed: undefined };
    const { record, expires } = entry;
    if (record.epoch > epoch || record.state !== 'up') return { state: 'left', renewed: undefined };
    return { state: expires > now ? 'up' : 'silent', renewed: expires - this.#lease };
  }

  /** Binding epoch up to which the boot `epoch` of the gateway `id` has given the clients of a worker to others; 0: none. */
  movedFrom(id: string, epoch: string, worker: string): number {
    const record = this.#book.get(id)?.record;
    if (record?.epoch !== epoch) return 0;
    return record.moved?.find(m => m.worker === worker)?.upTo ?? 0;
  }

  #longest(): number {
    return Math.max(...Array.from(this.#sources.values(), s => s.view.lease));
  }

  /** The time until which it would be known that a lease had run out. */
  #horizon(now: number): number {
    return Math.max(this.#knownUntil, ...Array.from(this.#sources.values(), s => knownUntil(s, now)));
  }
}

/**
 * A view counts as an answer for half a lease: what it names as fresh holds for two thirds of one at least, so nothing
 * ends because this process has slept.
 */
function knownUntil({ view, at }: Source, now: number): number {
  return view.settled ? Math.min(now, at + view.lease / 2) : Number.NEGATIVE_INFINITY;
}
