/** Code for bits and scales. */
import type { Field } from '../model/model.js';

/** value = raw * scale + offset, dividing by an integer. */
export function scaled(raw: string, field: Field): string {
  const { scale } = field;
  if (scale === undefined) return raw;
  // An offset that is a whole number of raw steps is added before the division: 12.3, not 12.299999999999997.
  const steps = (scale.offset * scale.up) / scale.down;
  if (scale.offset !== 0 && Number.isSafeInteger(steps)) {
    return scaled(`(${raw} ${steps > 0 ? '+' : '-'} ${Math.abs(steps)})`, { ...field, scale: { ...scale, offset: 0 } });
  }
  const times = scale.down === 1 ? raw : `(${raw}) * ${scale.down}`;
  const value = scale.up === 1 ? times : `${times} / ${scale.up}`;
  if (scale.offset === 0) return value;
  return scale.offset > 0 ? `${value} + ${scale.offset}` : `${value} - ${-scale.offset}`;
}

export function bitCode(word: string, bit: { shift: number; width: number }, total: number): string {
  const mask = 2 ** bit.width - 1;
  if (bit.width === 1) return maskTest(word, 2 ** bit.shift);
  const shifted = bit.shift === 0 ? word : `(${word} >>> ${bit.shift})`;
  if (bit.shift + bit.width === total) return bit.shift === 0 ? word : `${word} >>> ${bit.shift}`;
  return `${shifted} & 0x${mask.toString(16)}`;
}

export function maskTest(word: string, mask: number): string {
  return `(${word} & 0x${mask.toString(16)}) !== 0`;
}

export function maskCode(word: string, mask: number): string {
  return mask > 0x7fff_ffff ? `((${word} & 0x${mask.toString(16)}) >>> 0)` : `(${word} & 0x${mask.toString(16)})`;
}

export function spareMask(bits: readonly { spare: boolean; width: number; shift: number }[]): number {
  return bits.filter(b => b.spare).reduce((n, b) => n + (2 ** b.width - 1) * 2 ** b.shift, 0);
}
