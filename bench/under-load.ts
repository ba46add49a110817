/** Ours and a bare server, in turn under the same load. */
import type { Child } from './child.js';
import { cpuOf, type Running } from './servers.js';
import { median } from './statistics.js';

/** What a load reports: how much was done in how long, and what else it measured. */
export interface LoadResult {
  readonly messages: number;
  readonly milliseconds: number;
  /** Milliseconds that the slowest of a hundred messages took, at the least. */
  readonly p99?: number;
}

export interface Sample {
  /** Messages a second. */
  readonly rate: number;
  readonly p99: number;
  /** Microseconds of processor time for one message, over all server processes. */
  readonly cpu: number | undefined;
}

/**
 * One pair more than is counted: the first warms up.
 * @param requestFor what the load is asked for, given the port of a server
 * @returns ours and the bare server's, pair by pair
 */
export async function inPairs(
  load: Child,
  ours: Running,
  bare: Running,
  pairs: number,
  requestFor: (port: number) => object,
): Promise<[Sample, Sample][]> {
  const samples: [Sample, Sample][] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const order = pair % 2 === 0 ? [ours, bare] : [bare, ours];
    const first = await sample(load, order[0]!, requestFor);
    const second = await sample(load, order[1]!, requestFor);
    if (pair > 0) samples.push(pair % 2 === 0 ? [first, second] : [second, first]);
  }
  return samples;
}

async function sample(load: Child, running: Running, requestFor: (port: number) => object): Promise<Sample> {
  await load.ask<{ measuring: true }>(requestFor(running.port));
  const before = cpuOf(running);
  const { messages, milliseconds, p99 = 0 } = await load.ask<LoadResult>();
  const after = cpuOf(running);
  const cpu = before === undefined || after === undefined ? undefined : (after - before) / messages;
  return { rate: (messages / milliseconds) * 1000, p99, cpu };
}

/** The middle of one side. */
export function middle(
  samples: readonly [Sample, Sample][],
  side: 0 | 1,
): { rate: number; p99: number; cpu: number | undefined } {
  const mine = samples.map(pair => pair[side]);
  const cpus = mine.map(s => s.cpu).filter(c => c !== undefined);
  return {
    rate: median(mine.map(s => s.rate)),
    p99: median(mine.map(s => s.p99)),
    cpu: cpus.length === 0 ? undefined : median(cpus),
  };
}

/** Milliseconds of measuring, and before it. */
export function timesOf(round: number): { warm: number; measure: number } {
  const measure = Math.max(200, round * 8);
  return { warm: Math.min(measure / 2, 400), measure };
}
