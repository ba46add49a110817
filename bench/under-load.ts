/** Ours and a bare server, in turn under the same load. */
import type { Child } from './child.js';
import { cpuOf, type Running, waitOf } from './servers.js';
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
  /** Part of the time that server processes had something to do and got no core, all of them together. */
  readonly waits: number | undefined;
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
  const [cpu, waited] = [cpuOf(running), waitOf(running)];
  const { messages, milliseconds, p99 = 0 } = await load.ask<LoadResult>();
  return {
    rate: (messages / milliseconds) * 1000,
    p99,
    cpu: since(cpu, cpuOf(running), messages),
    waits: since(waited, waitOf(running), milliseconds * 1000),
  };
}

function since(before: number | undefined, after: number | undefined, per: number): number | undefined {
  return before === undefined || after === undefined ? undefined : (after - before) / per;
}

/** The middle of one side. */
export function middle(samples: readonly [Sample, Sample][], side: 0 | 1): Sample {
  const mine = samples.map(pair => pair[side]);
  const known = (figures: (number | undefined)[]): number | undefined => {
    const all = figures.filter(f => f !== undefined);
    return all.length === 0 ? undefined : median(all);
  };
  return {
    rate: median(mine.map(s => s.rate)),
    p99: median(mine.map(s => s.p99)),
    cpu: known(mine.map(s => s.cpu)),
    waits: known(mine.map(s => s.waits)),
  };
}

/** Milliseconds of measuring, and before it. */
export function timesOf(round: number): { warm: number; measure: number } {
  const measure = Math.max(200, round * 8);
  return { warm: Math.min(measure / 2, 400), measure };
}
