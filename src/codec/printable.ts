/** Text from a peer may steer a terminal, break a line of a log, or show letters in another order than they have. */

/** Controls, formats such as changes of direction, separators of lines, and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The same text with such characters as `\u001b`, which is how JSON writes them too. */
export function printable(text: string): string {
  return text.replace(UNSAFE, c =>
    Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}
