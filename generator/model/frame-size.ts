/** The element of a layout that says how long a frame is: a number with `covers`, or some bits of one. */
import type { Bit, Field, Frame, Range } from './model.js';

export interface FrameSize {
  readonly field: Field;
  /** The elements that it counts. */
  readonly range: Range;
  /** The bits that are the size, where the number has others. */
  readonly bit?: Bit;
}

type Cut = Pick<Frame, 'layout' | 'split'>;

/**
 * What may say how long a frame is, in the order of the layout. A number with `covers` goes before bits, which are verified
 * then, as they are where something else cuts the stream.
 */
export function frameSizes({ layout, split }: Cut): FrameSize[] {
  const covering = layout.flatMap(field => (field.covers === undefined ? [] : [{ field, range: field.covers }]));
  return covering.length > 0 || split.by !== 'length' ? covering : layout.flatMap(sizesInBits);
}

/** What says how long a frame is, where something does. */
export function frameSize(frame: Cut): FrameSize | undefined {
  return frameSizes(frame)[0];
}

function sizesInBits(field: Field): FrameSize[] {
  if (field.type.kind !== 'bits') return [];
  return field.type.bits.flatMap(bit => (bit.auto?.kind === 'size' ? [{ field, range: bit.auto.range, bit }] : []));
}
