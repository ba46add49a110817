/** Results go to stdout, narration and problems to stderr; colours only on a terminal. */
import { Option } from 'commander';
import { colorsFor } from '../schema/colors.js';

export const out = colorsFor(process.stdout);
export const err = colorsFor(process.stderr);

export function result(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `--format`, the same for every command: the first choice is the default. */
export function formatOption(choices: readonly [string, ...string[]]): Option {
  return choice('--format <format>', 'how results are printed', choices).default(choices[0]);
}

export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices([...choices]);
}
