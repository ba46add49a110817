/**
 * The process of one contender, so that what V8 has learned about one never helps or harms another:
 *
 *     contender.js <protocol> <operation/contender>
 *
 * Asked for a round of some milliseconds, it answers with nanoseconds for one frame.
 */
import type { Contenders, Work } from './work.js';

export interface RoundRequest {
  readonly milliseconds: number;
}

export interface RoundResult {
  readonly nanoseconds: number;
  /** What the results add up to. Sent along, so that no result can be left out. */
  readonly sink: number;
}

const [protocol, name] = process.argv.slice(2);
const { contenders } = (await import(`./cases/${protocol}.js`)) as { readonly contenders: Contenders };
const prepare = contenders[name!];
if (prepare === undefined) throw new Error(`there is no contender "${name}" for "${protocol}"`);
const work = await prepare();

/** Operations that a round of one millisecond would take, by the last round. */
let pace = 10;

process.on('message', ({ milliseconds }: RoundRequest) => process.send!(round(work, milliseconds)));
process.on('disconnect', () => process.exit(0));
// The same number of operations for all, so that their sums can be compared.
process.send!({ check: work.run(64) });

function round({ run, frames = 1 }: Work, milliseconds: number): RoundResult {
  globalThis.gc?.();
  let operations = 0;
  let sink = 0;
  const started = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < milliseconds) {
    // In a few long runs: reading the clock must not count.
    const n = Math.max(1, Math.ceil((pace * milliseconds) / 8));
    sink += run(n);
    operations += n;
    elapsed = Number(process.hrtime.bigint() - started) / 1e6;
    pace = operations / elapsed;
  }
  return { nanoseconds: (elapsed * 1e6) / (operations * frames), sink };
}
