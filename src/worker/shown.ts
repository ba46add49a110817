/** What was given instead of a number, in words: a text of digits looks like one. */
export function shown(given: unknown): string {
  return typeof given === 'string' ? `the text "${given}"` : String(given);
}
