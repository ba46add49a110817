/** Code for bits and scales. */
import { roundDown, roundUp, unscaled } from '../../src/codec/scale.js';
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

/** What {@link scaled} code computes. */
function scaledValue(raw: number, { up, down, offset }: NonNullable<Field['scale']>): number {
  const steps = (offset * up) / down;
  if (offset !== 0 && Number.isSafeInteger(steps)) return scaledValue(raw + steps, { up, down, offset: 0 });
  return (down === 1 ? raw : raw * down) / up + offset;
}

/**
 * The raw numbers that an encoder may write for a value that is valid: one that is rounded outwards, beyond the declared
 * range, would be refused where it is read.
 * @param min @param max what the number itself can hold
 */
export function rawRange(field: Field, min: number, max: number): { min: number; max: number } {
  const { scale, valid } = field;
  if (scale === undefined || valid?.min === undefined || valid.max === undefined) return { min, max };
  const round = field.round === 'down' ? roundDown : field.round === 'up' ? roundUp : undefined;
  const raw = (v: number): number =>
    unscaled(v, scale.up, scale.down, scale.offset, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, '', round);
  const [least, most] = [raw(valid.min), raw(valid.max)];
  return {
    min: scaledValue(least, scale) < valid.min ? Math.max(min, least + 1) : min,
    max: scaledValue(most, scale) > valid.max ? Math.min(max, most - 1) : max,
  };
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
