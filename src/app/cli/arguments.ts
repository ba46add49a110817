/** What options of several commands take. */
import { InvalidArgumentError } from 'commander';

/** For options that may be given several times, or with commas: an environment variable has no other way. */
export function also(value: string, before: readonly string[]): string[] {
  return [...before, ...value.split(',')];
}

/** A time on the command line, in seconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}

/** @param most the greatest that makes sense */
export function wholeNumber(most: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}
