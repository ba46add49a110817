/** `npm run fuzz`: looks for bytes that break a protocol, for a given time. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzz, report } from './fuzz.js';
import { memoryGrowth } from './memory.js';
import { loadSubject, type Subject, schemasIn } from './subject.js';

const USAGE = 'npm run fuzz -- [--seconds 60] [--seed N] [--schema protocols/gt06.wire.yaml]';
const SEEDS = 2 ** 32;
const MEMORY_STREAMS = 2000;
/** Bytes that compiled code and the like may grow by. */
export const MEMORY_SLACK = 1 << 20;

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly schemas: readonly string[];
}

/** What the command needs from outside. */
export interface Surroundings {
  readonly load: (schema: string) => Promise<Subject>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const real: Surroundings = {
  load: loadSubject,
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
};

/** @returns the exit code: 0 when all held, 1 when something did not, 2 for arguments that make no sense */
export async function fuzzCommand(args: readonly string[], around: Surroundings = real): Promise<number> {
  const options = optionsOf(args);
  if (typeof options === 'string') {
    around.err(`${options}\n${USAGE}\n`);
    return 2;
  }
  let passed = true;
  for (const schema of options.schemas) {
    try {
      passed = (await fuzzSchema(schema, options, around)) && passed;
    } catch (e) {
      around.err(`${(e as Error).message}\n`);
      passed = false;
    }
  }
  return passed ? 0 : 1;
}

function optionsOf(args: readonly string[]): Options | string {
  const text = { type: 'string' } as const;
  let values: { seconds?: string; seed?: string; schema?: string };
  try {
    values = parseArgs({ args: [...args], options: { seconds: text, seed: text, schema: text } }).values;
  } catch (e) {
    return (e as Error).message;
  }
  const seconds = Number(values.seconds ?? 60);
  if (!(seconds > 0)) return `--seconds is "${values.seconds}": give a number above 0`;
  const seed = Number(values.seed ?? Date.now() % SEEDS);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < SEEDS))
    return `--seed is "${values.seed}": give a whole number from 0 to ${SEEDS - 1}`;
  const { schema } = values;
  if (schema !== undefined && !existsSync(schema)) return `Cannot find the schema "${schema}": give the path of a file`;
  return { seconds, seed, schemas: schema === undefined ? schemasIn('protocols') : [schema] };
}

async function fuzzSchema(schema: string, { seconds, seed, schemas }: Options, around: Surroundings): Promise<boolean> {
  const subject = await around.load(schema);
  if (subject.note !== undefined) around.err(`${schema}: ${subject.note}\n`);
  const end = performance.now() + (seconds * 1000) / schemas.length;
  // One batch at least: a seed that failed is seen again however little time there is.
  const { tally, found } = fuzz(subject, { seed, more: cases => cases === 0 || performance.now() < end });
  const { streams, frames, decoded, refused, skipped } = tally;
  around.out(
    `${schema}: ${streams} streams, ${frames} frames: ${decoded} decoded, ${refused} refused; bytes skipped ${skipped} times; seed ${seed}\n`,
  );
  if (found !== undefined) {
    around.err(report(subject, found));
    return false;
  }
  const growth = memoryGrowth(subject, seed, MEMORY_STREAMS);
  if (growth <= MEMORY_SLACK) return true;
  around.err(`${schema}: the heap grows by ${growth} bytes in ${MEMORY_STREAMS} streams; seed ${seed}\n`);
  return false;
}
