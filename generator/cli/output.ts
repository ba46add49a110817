/** Results go to stdout, narration and problems to stderr; colours only on a terminal. */
import { colorsFor } from '../schema/colors.js';

export const out = colorsFor(process.stdout);
export const err = colorsFor(process.stderr);

export function result(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
