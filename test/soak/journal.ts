/**
 * What workers write down of each message that they begin and each close event, in a file of each process: it outlives whoever
 * wrote it. Records have one size, and one is written at a time, so that a process that is killed leaves no half of one.
 *
 *     kind u8 | again u8 | 0 u16 | connection u32 | n u32 | 0 u32 | nanoseconds of the machine f64
 */
import { closeSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '../../src/app/supervisor/silent.js';

export const KINDS = ['hello', 'work', 'close'] as const;
export type Kind = (typeof KINDS)[number];

export interface Noted {
  readonly kind: Kind;
  /** Marked `redelivered`. */
  readonly again: boolean;
  readonly connection: number;
  /** Of a message of that connection, from 1; of a close event, which of `closeReasons` it has. */
  readonly n: number;
  /** When it began, in nanoseconds that all processes of this machine count alike. */
  readonly at: number;
  /** The process, as {@link bootOf} has it. */
  readonly boot: string;
}

/** Tells a process from another that has its pid later. */
export function bootOf(pid: number): string {
  return `${pid}.${identityOf(pid)?.started ?? 'ended'}`;
}

const SIZE = 24;
/** Nanoseconds between the moment of a record and the moment from which it can be read, at most: a busy machine. */
const SETTLES = 3e9;

const now = (): number => Number(process.hrtime.bigint());

export class JournalWriter {
  readonly #fd: number;
  readonly #record = Buffer.alloc(SIZE);

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#fd = openSync(join(folder, bootOf(process.pid)), 'a');
  }

  note(kind: Kind, connection: number, n: number, again: boolean): void {
    this.#record[0] = KINDS.indexOf(kind);
    this.#record[1] = Number(again);
    this.#record.writeUInt32LE(connection, 4);
    this.#record.writeUInt32LE(n, 8);
    this.#record.writeDoubleLE(now(), 16);
    writeSync(this.#fd, this.#record);
  }
}

interface Open {
  readonly boot: string;
  readonly fd: number;
}

/** Reads the files of all workers side by side, in the order of time. */
export class JournalReader {
  readonly #folder: string;
  readonly #files = new Map<string, Open>();
  readonly #chunk = Buffer.alloc(SIZE * 4096);
  /** Read, but so young that another process may have an older one still. */
  #held: Noted[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** What has become certain since the last call. @param all nobody writes any more. */
  take(all = false): Noted[] {
    const before = now() - SETTLES;
    for (const name of readdirSync(this.#folder)) {
      if (!this.#files.has(name)) this.#files.set(name, { boot: name, fd: openSync(join(this.#folder, name), 'r') });
    }
    for (const file of this.#files.values()) this.#read(file);
    this.#held.sort((a, b) => a.at - b.at);
    const young = all ? -1 : this.#held.findIndex(({ at }) => at > before);
    const old = young < 0 ? this.#held : this.#held.slice(0, young);
    this.#held = young < 0 ? [] : this.#held.slice(young);
    return old;
  }

  close(): void {
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #read({ boot, fd }: Open): void {
    const b = this.#chunk;
    for (;;) {
      const bytes = readSync(fd, b, 0, b.length, null);
      for (let o = 0; o + SIZE <= bytes; o += SIZE) {
        this.#held.push({
          kind: KINDS[b[o]!]!,
          again: b[o + 1] === 1,
          connection: b.readUInt32LE(o + 4),
          n: b.readUInt32LE(o + 8),
          at: b.readDoubleLE(o + 16),
          boot,
        });
      }
      if (bytes < b.length) return;
    }
  }
}
