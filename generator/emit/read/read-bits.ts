/** Numbers whose bits are fields: groups of bits, and flags. */
import type { BitsType, Field, FlagsType, IntType } from '../../model/model.js';
import { bitCode, maskCode, maskTest, spareMask } from '../arithmetic.js';
import { readInt } from '../context.js';
import type { Reading, Target } from './reading.js';

export function readBits(r: Reading, field: Field, type: BitsType, to: Target): void {
  const total = type.word.bytes * 8;
  const word = wordOf(r, field, type.word);
  for (const bit of type.bits)
    r.names.set(`${field.name}.${bit.name}`, { code: `(${bitCode(word, bit, total)})`, boolean: bit.width === 1 });
  const spare = spareMask(type.bits);
  if (field.auto !== undefined) {
    r.names.set(field.name, { code: word });
    if (spare !== 0) r.line(`if ((${word} & 0x${spare.toString(16)}) !== 0) ${r.refuse('RANGE', field, word)}`);
    return;
  }
  const parts = type.bits
    .filter(b => !b.spare && (b.auto === undefined || b.auto.kind === 'conn'))
    .map(b => `${b.name}: ${bitCode(word, b, total)}`);
  if (spare !== 0) parts.push(restOf(word, spare));
  r.settle(field, to, `{ ${parts.join(', ')} }`);
}

export function readFlags(r: Reading, field: Field, type: FlagsType, to: Target): void {
  const word = wordOf(r, field, type.word);
  const { bits } = type.set;
  for (const { name, bit } of bits)
    r.names.set(`${field.name}.${name}`, { code: `(${maskTest(word, 2 ** bit)})`, boolean: true });
  const parts = bits.map(({ name, bit }) => `${name}: ${maskTest(word, 2 ** bit)}`);
  const spare = 2 ** (type.word.bytes * 8) - 1 - bits.reduce((n, { bit }) => n + 2 ** bit, 0);
  if (spare !== 0) parts.push(restOf(word, spare));
  r.settle(field, to, `{ ${parts.join(', ')} }`);
}

/** Bits without a name are kept where they are set. */
const restOf = (word: string, spare: number): string => `$rest: ${maskCode(word, spare)} || undefined`;

/** The number, in a local. */
function wordOf(r: Reading, field: Field, type: IntType): string {
  const known = r.words.get(field);
  if (known !== undefined) return known;
  const word = r.local(`${field.name}Bits`);
  r.line(`const ${word} = ${readInt(r.ctx, type, r.cursor.at)};`);
  return word;
}
