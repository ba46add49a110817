/** What is misspelt in a configuration must not pass in silence. */
import { FramegateError } from './errors.js';

/**
 * @param what the object is, for the error
 * @throws FramegateError `FG_CONFIG` for a key that is none of these
 */
export function checkKeys(value: object, known: readonly string[], what: string): void {
  const other = Object.keys(value).find(key => !known.includes(key));
  if (other === undefined) return;
  throw new FramegateError('FG_CONFIG', `There is no "${other}" in ${what}; there are ${known.join(', ')}`);
}
