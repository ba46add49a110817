/** Rows of the result: a Markdown table for the README, or JSON. */
import { cpus } from 'node:os';
import { median, spread } from './statistics.js';

export interface Row {
  readonly section: string;
  /** What is done, such as `gt06 location, decode`. */
  readonly what: string;
  /** The two sides, and what each did. */
  readonly subject: Side;
  readonly other: Side;
  /** How many times as fast the subject is, pair by pair; of latencies, how many times as long. */
  readonly ratios: readonly number[];
  /** The ratio to reach; nothing that is timed ever fails. */
  readonly target?: number | undefined;
  /** The ratio not to exceed. */
  readonly most?: number | undefined;
}

export interface Side {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ns' | 'frames/s' | 'messages/s' | 'clients/s' | 'bytes' | 'x';
  /** Microseconds of processor time for one message, over all server processes. */
  readonly cpu?: number | undefined;
}

export function markdown(rows: readonly Row[]): string {
  const lines = [
    '| measured | Framegate | compared with | ratio | target |',
    '|---|---|---|---|---|',
    ...rows.map(r => {
      const [low, high] = spread(r.ratios);
      const ratio = `${times(median(r.ratios))} (${times(low)}–${times(high)})`;
      return `| ${r.what} | ${side(r.subject)} | ${side(r.other)} | ${ratio} | ${wanted(r)} |`;
    }),
  ];
  return `${lines.join('\n')}\n\n${machine()}\n`;
}

export function json(rows: readonly Row[]): string {
  const plain = rows.map(r => ({ ...r, ratio: median(r.ratios), met: met(r) }));
  return JSON.stringify({ machine: machine(), rows: plain }, undefined, 2);
}

/** One line while it runs. */
export function narrated(r: Row): string {
  const reached = met(r) === undefined ? '' : met(r) ? ', target reached' : `, target ${wanted(r)}`;
  return `${r.what}: ${side(r.subject)} : ${side(r.other)} = ${times(median(r.ratios))} x${reached}`;
}

function wanted({ target, most }: Row): string {
  if (most !== undefined) return `<= ${most} x`;
  return target === undefined ? '' : `>= ${target} x`;
}

function met({ ratios, target, most }: Row): boolean | undefined {
  if (most !== undefined) return median(ratios) <= most;
  return target === undefined ? undefined : median(ratios) >= target;
}

function side({ name, value, unit, cpu }: Side): string {
  const figure = unit === 'ns' ? time(value) : `${unit === 'x' ? times(value) : short(value)} ${unit}`;
  return `${name}: ${figure}${cpu === undefined ? '' : `, ${cpu.toFixed(1)} µs CPU each`}`;
}

/** Nanoseconds, as what they are read best. */
function time(ns: number): string {
  if (ns >= 1e7) return `${Math.round(ns / 1e6)} ms`;
  return ns >= 1e5 ? `${(ns / 1e6).toFixed(2)} ms` : `${Math.round(ns)} ns`;
}

function short(n: number): string {
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} M`;
  return n >= 1e3 ? `${(n / 1e3).toFixed(0)} k` : n.toFixed(0);
}

function times(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2);
}

function machine(): string {
  const all = cpus();
  return `Node ${process.versions.node}, ${all.length} x ${all[0]?.model.trim() ?? 'unknown processor'}; medians of interleaved rounds, in brackets the middle half.`;
}
