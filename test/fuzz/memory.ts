/** Whether what a connection has decoded leaves something behind. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConnContext, type FrameSink } from '../../src/codec/index.js';
import { DIRECTIONS } from '../support/properties.js';
import { drawStream } from './stream.js';
import type { Subject } from './subject.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

const ROUNDS = 4;

/**
 * Bytes by which the heap grows while one connection takes `streams` streams. The median of some rounds: what leaks grows in
 * each, what others leave and take back does not.
 */
export function memoryGrowth(subject: Subject, seed: number, streams: number): number {
  const { protocol } = subject;
  const conn = new ConnContext();
  const ends = DIRECTIONS.map(dir => {
    const sink: FrameSink = {
      frame(b, start, end) {
        protocol.decode(dir, b, start, end, conn);
        return true;
      },
      skipped: () => undefined,
    };
    return { dir, sink, splitter: protocol.splitter(dir, conn) };
  });
  const drawn = Array.from({ length: streams }, (_, i) => drawStream(subject, seed + i));
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { dir, bytes } of drawn) {
      const end = ends.find(e => e.dir === dir)!;
      end.splitter.push(bytes, 0, bytes.length, end.sink);
    }
    heaps.push(heapAfterCollecting());
  }
  const growths = heaps.slice(1).map((heap, i) => heap - heaps[i]!);
  return growths.sort((a, b) => a - b)[growths.length >> 1]!;
}

function heapAfterCollecting(): number {
  collect();
  // Memory outside the heap is counted when the next one begins, of whatever kind.
  collect({ type: 'minor' });
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
