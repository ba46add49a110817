/**
 * Which checksum is it? A manual that says "CRC-16" names thirty. Golden frames know: where the declared sum does not hold in
 * them, all sums of its width over all runs of elements are tried, in both orders of bytes.
 */
import { checkAlgorithms } from '../model/check-algorithms.js';
import { checksumOf } from '../model/checksum.js';
import type { CheckAlgorithm, CheckType, Field, Frame } from '../model/model.js';
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
  const candidates = rangesOf(first, field);
  const wanted = [false, true].slice(0, Math.min(type.word.bytes, 2)).map(swapped => ({
    swapped,
    sums: frames.map((b, n) => numberIn(b, placed[n]!.find(p => p.field === field)!, type, swapped)),
  }));
  const found: { text: string; far: number }[] = [];
  for (const algorithm of distinct(checkAlgorithms.filter(a => a.bytes === type.algorithm.bytes))) {
    const sum = checksumOf(algorithm);
    for (const [i, j] of candidates) {
      if (!placed.every(places => places[i]!.from < places[j]!.to)) continue;
      const sumIn = (n: number): number => sum(frames[n]!, placed[n]![i]!.from, placed[n]![j]!.to);
      const [from, to] = [first[i]!.field.name, first[j]!.field.name];
      const isSame = type.over.from === from && type.over.to === to;
      for (const { swapped, sums } of wanted) {
        if (!sums.every((number, n) => sumIn(n) === number)) continue;
        found.push({
          text: `{ check: ${algorithm.name}, over: ${from}..${to}${swapped ? `, as: ${swappedType(type)}` : ''} }`,
          far: (swapped ? 2 : 0) + (isSame ? 0 : 1) + (algorithm.function === type.algorithm.function ? 0 : 1),
        });
      }
    }
  }
  return found
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST_TOLD)
    .map(f => f.text);
}

/** Of one sum with several names, the first. */
function distinct(algorithms: readonly CheckAlgorithm[]): CheckAlgorithm[] {
  const byWhat = new Map<string, CheckAlgorithm>();
  for (const algorithm of algorithms) {
    const what = JSON.stringify(algorithm.parameters ?? algorithm.function);
    if (!byWhat.has(what)) byWhat.set(what, algorithm);
  }
  return [...byWhat.values()];
}

/** First and last element of every run of them that leaves the checksum out. */
function rangesOf(places: readonly Placed[], check: Field): [first: number, last: number][] {
  const at = places.findIndex(p => p.field === check);
  return places.flatMap((_, i) => {
    const ends = places.slice(i).map((_, n) => i + n);
    return ends.filter(j => j < at || i > at).map((j): [number, number] => [i, j]);
  });
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
