/** Bytes that are given as hexadecimal digits. */
import { Problem } from '../run/problem.js';

/**
 * @param what they are called, if what is wrong with them must not be shown: a secret may stand in it
 * @throws Problem if they are none
 */
export function bytesOfHex(text: string, what: string, mayShow: boolean): Uint8Array {
  // As other programs print them: 0x78, 78:0d, \x78, 78-0d.
  const digits = text.replaceAll(/(?:(?<![\da-f])0x|\\x)(?=[\da-f]{2})|[\s:,-]/gi, '');
  if (digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits)) return Uint8Array.from(Buffer.from(digits, 'hex'));
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const said = mayShow ? `"${shown}" is no run of hexadecimal digits` : `${what}: ${reasonOf(text)}`;
  throw new Problem(said, 'two digits a byte: 78 78 0d 01', 2);
}

function reasonOf(text: string): string {
  const at = text.search(/[^\s0-9a-fA-F]/);
  return at < 0
    ? 'an odd number of hexadecimal digits'
    : `character ${at + 1} is no hexadecimal digit; a secret may stand there, so it is not shown`;
}
