/**
 * Who is where, as records with leases. What is put in may come in any order, twice, late, or never: of the records of one
 * id the greatest (epoch, seq) holds, and saying the same once more does not lengthen its lease. So two books that have
 * heard the same agree, whichever way it came.
 */
import type { LeasedRecord, PeerRecord } from './messages.js';

export interface Entry<R extends PeerRecord = PeerRecord> {
  readonly record: R;
  /** Monotonic time until which it holds. */
  readonly expires: number;
}

export class Book<R extends PeerRecord = PeerRecord> {
  readonly #entries = new Map<string, Entry<R>>();

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): Entry<R> | undefined {
    return this.#entries.get(id);
  }

  entries(): Iterable<Entry<R>> {
    return this.#entries.values();
  }

  /** Takes a record that holds until `expires`. Returns whether it says anything but that the peer is still there. */
  put(record: R, expires: number): boolean {
    const known = this.#entries.get(record.id);
    const order = known === undefined ? 1 : compareRecords(record, known.record);
    if (order < 0) return false;
    if (order === 0) {
      // Whichever way took longer believes that it holds longer.
      if (expires < known!.expires) this.#entries.set(record.id, { record: known!.record, expires });
      return false;
    }
    this.#entries.set(record.id, { record, expires });
    const before = known?.record;
    if (before?.epoch !== record.epoch || before.state !== record.state || before.link !== record.link) return true;
    return latest(record) > latest(before);
  }

  /** Drops what has held until `until` at the latest; returns what was dropped. */
  forget(until: number): R[] {
    const dropped: R[] = [];
    for (const [id, { record, expires }] of this.#entries) {
      if (expires > until) continue;
      this.#entries.delete(id);
      dropped.push(record);
    }
    return dropped;
  }
}

/** Below 0 when `a` is the older one. Epochs sort by time of boot. */
function compareRecords(a: PeerRecord, b: PeerRecord): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

/** Binding epochs only go up: so does the latest among what was moved. */
function latest({ moved = [] }: PeerRecord): number {
  return moved.at(-1)?.upTo ?? 0;
}

/** The records as they are told to others. */
export function leased(entries: Iterable<Entry>, now: number): LeasedRecord[] {
  const list: LeasedRecord[] = [];
  for (const { record, expires } of entries) {
    const { id, epoch, seq, state, link, moved } = record;
    if (expires <= now) continue;
    const told = { id, epoch, seq, state, link, lease: Math.ceil(expires - now) };
    list.push(moved === undefined ? told : { ...told, moved });
  }
  return list;
}
