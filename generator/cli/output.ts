/** Results go to stdout, narration and problems to stderr; colours only on a terminal. */
import { Option } from 'commander';
import { printable } from '../../src/codec/index.js';
import type { Problem } from '../run/problem.js';
import { colorsFor } from '../schema/colors.js';

export const out = colorsFor(process.stdout);
export const err = colorsFor(process.stderr);

export function result(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One sentence, and what to try. */
export function sayProblem({ message, hint }: Problem): void {
  say(`${err.red('error')} ${message}`);
  if (hint !== undefined) say(`  hint: ${hint}`);
}

/** One line that says what a peer's bytes may say. Its `undefined` members are left out; bytes are digits, bigints text. */
export function jsonLine(value: unknown): string {
  return printable(JSON.stringify(value, plainJson));
}

/** JSON has neither bytes nor bigints. A `Buffer` has made an object of itself before it gets here. */
function plainJson(this: Readonly<Record<string, unknown>>, key: string, v: unknown): unknown {
  const bytes = this[key];
  if (bytes instanceof Uint8Array) return Buffer.from(bytes).toString('hex');
  return typeof v === 'bigint' ? String(v) : v;
}

export function showSecretsOption(): Option {
  return new Option('--show-secrets', 'show what the schema calls secret; *** otherwise');
}

/** `--format`, the same for every command: the first choice is the default. */
export function formatOption(choices: readonly [string, ...string[]]): Option {
  return choice('--format <format>', 'how results are printed', choices).default(choices[0]);
}

export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices([...choices]);
}
