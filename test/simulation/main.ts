/**
 * `npm run simulate`: runs seeds one after the other until one fails, or until it is interrupted. With `--break` the runtime has a fault that must be
 * found; `--rule` says which rule that violates, and seeds that fail otherwise are passed over.
 */
import { parseArgs } from 'node:util';
import { breakOnPurpose } from './breakages.js';
import { type Report, report } from './report.js';

const values = read();
// Only now: a breakage must be in place before the runtime is loaded.
const { simulate } = await import('./simulate.js');

/** Milliseconds between two progress lines. */
const PROGRESS = 5000;

const from = count('from', values.from, 0);
const seeds = count('seeds', values.seeds, 1);
const keep = count('trace', values.trace, 0);
const total: Report = { seeds: 0, time: 0, counts: {}, wall: 0 };
const begin = performance.now();
let told = begin;
/** Once: whoever insists ends it at once. */
let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
});
for (let seed = from; seed < from + seeds && !interrupted; seed++) {
  const { violations, counts, time, trace } = await simulate(seed, { keep });
  total.seeds++;
  total.time += time;
  total.wall = performance.now() - begin;
  for (const [what, n] of Object.entries(counts)) total.counts[what] = (total.counts[what] ?? 0) + n;
  if (performance.now() - told > PROGRESS) {
    told = performance.now();
    console.error(`seed ${seed}, ${total.seeds} of ${seeds} done, ${Math.round(total.wall / 1000)} s`);
  }
  if (violations.length === 0 || (values.rule !== undefined && violations.every(v => v.rule !== values.rule))) continue;
  for (const line of trace) console.log(line);
  for (const { rule, text } of violations.slice(0, 20)) console.log(`${rule}: ${text}`);
  if (violations.length > 20) console.log(`and ${violations.length - 20} more`);
  console.log(`Seed ${seed} fails. Again: npm run simulate -- --seeds 1 --from ${seed} --trace 1000`);
  // Not at once: a pipe has not taken all of it yet.
  process.exitCode = 1;
  break;
}
if (process.exitCode !== 1) console.log(report(total));
if (interrupted && process.exitCode !== 1) {
  const left = seeds - total.seeds;
  console.log(`Interrupted. The other ${left}: npm run simulate -- --seeds ${left} --from ${from + total.seeds}`);
  process.exitCode = 130;
}

function count(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${name} must be an integer from ${least}, not "${text}"`);
  process.exit(2);
}

function read() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '200' },
        from: { type: 'string', default: '1' },
        trace: { type: 'string', default: '0' },
        break: { type: 'string' },
        rule: { type: 'string' },
      },
    });
    if (values.break !== undefined) breakOnPurpose(values.break);
    return values;
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
