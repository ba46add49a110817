/**
 * Judges whether a process grows: looks at it are taken at calm times only, when all faults are over and all clients are back, so
 * that the same state returns again and again. The middle of the first third of the looks at one process is compared with the
 * middle of the last third.
 */
import type { Violation } from './ledger.js';

/** A look at a process. Sizes in bytes. */
export interface Look {
  /** Of its control socket. */
  readonly name: string;
  readonly role: string;
  readonly pid: number;
  /** The calm time in which it was taken. */
  readonly calm: number;
  readonly rss: number;
  /** What is held: behind a collection of garbage. 0 where it cannot be asked. */
  readonly heap: number;
  /** Clients that it has just then. */
  readonly clients: number;
  /** Open files that are no clients. */
  readonly handles: number;
  /** How many entries its tables have; none of them has anything to do with how clients are divided among gateways. */
  readonly tables: Readonly<Record<string, number>>;
  /** Milliseconds by which timers were late, 99 % of them less. */
  readonly late: number;
}

/** How much the middle of the looks may grow. */
export interface Tolerance {
  /** Bytes that a client takes, of which a gateway may have more at the end than it had at the beginning. */
  readonly client: number;
  /** Bytes, and a share of what there was at first. */
  readonly heap: readonly [bytes: number, share: number];
  readonly rss: readonly [bytes: number, share: number];
  /** Control sockets of whoever looks at it just then, and links that are being made. */
  readonly handles: number;
}

const MiB = 1024 * 1024;

/**
 * Heaps are compared behind a collection, so what is left over is code that is compiled late and what engines keep for
 * themselves. Resident memory is the mark of the highest water: of a burst, and of what the allocator does not give back.
 */
export const TOLERANCE: Tolerance = { client: 12 * 1024, heap: [3 * MiB, 0.1], rss: [32 * MiB, 0.25], handles: 4 };
/** Calm times without which nothing can be said about memory: code is compiled, and heaps find their size. */
const CALMS = 3;

export interface Grown {
  readonly name: string;
  readonly role: string;
  readonly pid: number;
  readonly looks: number;
  readonly calms: number;
  readonly first: Middle;
  readonly last: Middle;
}

type Middle = Pick<Look, 'rss' | 'heap' | 'clients' | 'handles' | 'late'> & { readonly tables: Look['tables'] };

/** What became of each process from the first third of its looks to the last. */
export function growths(looks: readonly Look[]): Grown[] {
  const processes = new Map<number, Look[]>();
  for (const look of looks) processes.set(look.pid, [...(processes.get(look.pid) ?? []), look]);
  return [...processes.values()].map(own => {
    const [{ name, role, pid }] = own as [Look];
    const third = Math.max(1, Math.floor(own.length / 3));
    return {
      name,
      role,
      pid,
      looks: own.length,
      calms: new Set(own.map(({ calm }) => calm)).size,
      first: middleOf(own.slice(0, third)),
      last: middleOf(own.slice(-third)),
    };
  });
}

export function judgeGrowth(looks: readonly Look[], tolerance = TOLERANCE): Violation[] {
  return growths(looks).flatMap(({ name, pid, calms, first, last }) => {
    const found: Violation[] = [];
    const judge = (what: string, before: number, after: number, most: number): void => {
      if (after - before <= most) return;
      const text = `${what} of ${name} (pid ${pid}): ${shown(what, before)}, later ${shown(what, after)}; ${shown(what, before + most)} at most`;
      found.push({ rule: 'growth', text });
    };
    if (calms >= CALMS) {
      const more = Math.max(0, last.clients - first.clients) * tolerance.client;
      for (const what of ['heap', 'rss'] as const) {
        const [bytes, share] = tolerance[what];
        judge(what, first[what], last[what], bytes + share * first[what] + more);
      }
    }
    judge('handles', first.handles, last.handles, tolerance.handles);
    for (const [table, before] of Object.entries(first.tables)) judge(table, before, last.tables[table] ?? 0, 0);
    return found;
  });
}

function middleOf(looks: readonly Look[]): Middle {
  const of = (value: (look: Look) => number): number => median(looks.map(value));
  const tables = Object.keys(looks[0]!.tables).map(table => [table, of(look => look.tables[table] ?? 0)] as const);
  return {
    rss: of(look => look.rss),
    heap: of(look => look.heap),
    clients: of(look => look.clients),
    handles: of(look => look.handles),
    late: of(look => look.late),
    tables: Object.fromEntries(tables),
  };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

export function shown(what: string, value: number): string {
  return what === 'heap' || what === 'rss' ? `${(value / MiB).toFixed(1)} MiB` : String(value);
}
