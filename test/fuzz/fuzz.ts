/** Case after case from consecutive seeds, until one fails or the time is over. */
import { createContext, runInContext } from 'node:vm';
import { examine, type Failure, Tally } from './examine.js';
import { minimise } from './minimise.js';
import { drawStream, type Stream, showStream } from './stream.js';
import type { Subject } from './subject.js';

export interface Found {
  readonly failure: Failure;
  /** The case's own: the first case of a run with this seed fails. */
  readonly seed: number;
  readonly stream: Stream;
  readonly minimised: Stream;
}

export interface Run {
  readonly tally: Tally;
  readonly found?: Found;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Asked now and then with the number of cases so far. */
  readonly more: (cases: number) => boolean;
  /** Milliseconds after which a batch of cases counts as endless. Work is counted; this is for loops that do none. */
  readonly patience?: number;
}

const BATCH = 50;

export function fuzz(subject: Subject, { seed, more, patience = 60_000 }: FuzzOptions): Run {
  const tally = new Tally();
  let cases = 0;
  let current = seed;
  let found: Found | undefined;
  const batch = (): void => {
    for (let i = 0; i < BATCH && found === undefined; i++, cases++) {
      current = (seed + cases) >>> 0;
      const stream = drawStream(subject, current);
      const failure = examine(subject, stream, tally);
      if (failure !== undefined)
        found = { failure, seed: current, stream, minimised: minimise(subject, stream, failure) };
    }
  };
  // Only a script can be interrupted from outside.
  const scope = createContext({ batch });
  while (found === undefined && more(cases)) {
    try {
      runInContext('batch()', scope, { timeout: patience });
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw e;
      const stream = drawStream(subject, current);
      found = { failure: { what: 'it does not end', detail: '' }, seed: current, stream, minimised: stream };
    }
  }
  return { tally, ...(found !== undefined && { found }) };
}

/** What to read, and what to type to see it again. */
export function report({ schema }: Subject, { failure, seed, stream, minimised }: Found): string {
  const detail = failure.detail === '' ? '' : `\n${failure.detail.replace(/^/gm, '  ')}`;
  return `${schema}: ${failure.what}${detail}
seed: ${seed}
stream: ${showStream(stream)}
minimised: ${showStream(minimised)}
again: npm run fuzz -- --schema ${schema} --seed ${seed}
`;
}
