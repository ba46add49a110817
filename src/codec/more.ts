/**
 * `if: more(n)` in a type of the schema: whether the field is read depends on what follows the type, so an encoder looks at
 * it when that has been written.
 */
import { checkMore } from './values.js';

interface Noted {
  readonly isGiven: boolean;
  readonly at: number;
  readonly n: number;
  readonly field: string;
}

/** Of the one frame that is written at present. */
const noted: Noted[] = [];

/** A frame begins: what an encoder left behind that has thrown is forgotten. */
export function clearMores(): void {
  noted.length = 0;
}

/** What begins here ends with {@link endMores}: something with a size of its own. */
export function notedMores(): number {
  return noted.length;
}

/** A field that is read when at least `n` bytes are left from `at` on. */
export function noteMore(isGiven: boolean, at: number, n: number, field: string): void {
  noted.push({ isGiven, at, n, field });
}

/** All fields since `from` have their end. @throws EncodeError `AMBIGUOUS` where a decoder would find another field there */
export function endMores(from: number, end: number): void {
  for (const { isGiven, at, n, field } of noted.splice(from)) checkMore(isGiven, end - at, n, field);
}
