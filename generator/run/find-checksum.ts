/**
 * Which checksum is it? A manual that says "CRC-16" names thirty. Golden frames know: where the declared sum does not hold in
 * them, all sums of its width over all runs of elements are tried, in both orders of bytes.
 */
import { checkAlgorithms } from '../model/check-algorithms.js';
import { checksumOf } from '../model/checksum.js';
import type { CheckType, Field, Frame } from '../model/model.js';
import { fixedSize } from '../model/sizes.js';

/** The bytes `[from, to)` of an element in one frame; `NaN` where that cannot be told without decoding it. */
interface Placed {
  readonly field: Field;
  readonly from: number;
  readonly to: number;
}

const MOST_TOLD = 3;

/**
 * What gives the checksum that stands in all of `frames`, as it is written in a schema; nothing where no sum does.
 * @param frames as they are checked: without flags and escapes
 */
export function findChecksum(frame: Frame, name: string, frames: readonly Uint8Array[]): string[] {
  const field = frame.layout.find(f => f.name === name);
  if (field?.type.kind !== 'check') return [];
  const type = field.type;
  const placed = frames.map(b => placesOf(frame.layout, b.length));
  const [first] = placed;
  const isPlaced = (places: readonly Placed[]): boolean => places.some(p => p.field === field && p.from < p.to);
  if (first === undefined || !placed.every(isPlaced)) return [];
  const found: { text: string; far: number }[] = [];
  const seen = new Set<string>();
  for (const algorithm of checkAlgorithms) {
    // Of one sum with several names, the first is told.
    const same = JSON.stringify([algorithm.parameters ?? algorithm.function]);
    if (algorithm.bytes !== type.algorithm.bytes || seen.has(same)) continue;
    seen.add(same);
    const sum = checksumOf(algorithm);
    for (let i = 0; i < first.length; i++) {
      for (let j = i; j < first.length; j++) {
        if (first.slice(i, j + 1).some(p => p.field === field)) break;
        for (const swapped of type.word.bytes > 1 ? [false, true] : [false]) {
          const fits = frames.every((b, n) => {
            const range = placed[n]!;
            if (!(range[i]!.from < range[j]!.to)) return false;
            return (
              sum(b, range[i]!.from, range[j]!.to) === numberIn(b, range.find(p => p.field === field)!, type, swapped)
            );
          });
          if (!fits) continue;
          const over = `${first[i]!.field.name}..${first[j]!.field.name}`;
          const isSame = type.over.from === first[i]!.field.name && type.over.to === first[j]!.field.name;
          const far = (swapped ? 2 : 0) + (isSame ? 0 : 1) + (algorithm.function === type.algorithm.function ? 0 : 1);
          found.push({
            text: `{ check: ${algorithm.name}, over: ${over}${swapped ? `, as: ${swappedType(type)}` : ''} }`,
            far,
          });
        }
      }
    }
  }
  return found
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST_TOLD)
    .map(f => f.text);
}

/**
 * Where the elements stand: from the front as far as all sizes are known, and so from the end. Of what stands between, such as
 * the body, one end is known.
 */
function placesOf(layout: readonly Field[], length: number): Placed[] {
  const sizes = layout.map(f => (f.when === undefined ? fixedSize(f.type) : undefined));
  const places: { field: Field; from?: number; to?: number }[] = layout.map(field => ({ field }));
  let at: number | undefined = 0;
  for (const [i, place] of places.entries()) {
    if (at === undefined) break;
    place.from = at;
    const size: number | undefined = sizes[i];
    at = size === undefined ? undefined : at + size;
    if (at !== undefined) place.to = at;
  }
  at = length;
  for (let i = places.length - 1; i >= 0 && at !== undefined; i--) {
    places[i]!.to = at;
    const size: number | undefined = sizes[i];
    at = size === undefined ? undefined : at - size;
    if (at !== undefined) places[i]!.from = at;
  }
  return places.map(({ field, from = NaN, to = NaN }) => ({ field, from, to }));
}

function numberIn(b: Uint8Array, { from, to }: Placed, { word }: CheckType, swapped: boolean): number {
  const bytes = [...b.subarray(from, to)];
  if ((word.endian === 'little') !== swapped) bytes.reverse();
  return bytes.reduce((n, byte) => n * 256 + byte, 0);
}

const swappedType = ({ word }: CheckType): string => `u${word.bytes * 8}${word.endian === 'little' ? 'be' : 'le'}`;
