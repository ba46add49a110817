/** The shortest stream that still fails in the same way, as far as leaving out bytes leads. */
import { join } from '../support/bytes.js';
import { examine, type Failure } from './examine.js';
import { every, type Stream } from './stream.js';
import type { Subject } from './subject.js';

const TRIES = 4000;

export function minimise(subject: Subject, stream: Stream, { what }: Failure): Stream {
  let tries = 0;
  const fails = (s: Stream): boolean => tries++ < TRIES && examine(subject, s)?.what === what;

  // Few and regular pieces first: fewer to keep while bytes are left out.
  const simpler = [
    { ...stream, cuts: [], silent: false },
    { ...stream, cuts: every(1, stream.bytes.length), silent: false },
    { ...stream, silent: false },
  ];
  let best = simpler.find(fails) ?? stream;
  for (let size = Math.max(1, best.bytes.length >> 1); size >= 1; size >>= 1) {
    for (let from = 0; from < best.bytes.length; ) {
      const shorter = without(best, from, Math.min(from + size, best.bytes.length));
      if (shorter.bytes.length > 0 && fails(shorter)) best = shorter;
      else from += size;
    }
  }
  return best;
}

function without(stream: Stream, from: number, to: number): Stream {
  const bytes = join(stream.bytes.subarray(0, from), stream.bytes.subarray(to));
  const moved = stream.cuts.map(cut => (cut <= from ? cut : Math.max(from, cut - (to - from))));
  const cuts = [...new Set(moved)].filter(cut => cut > 0 && cut < bytes.length);
  return { ...stream, bytes, cuts };
}
