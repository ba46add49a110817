/** Telling several shapes of frames apart, for generated code. */
import type { ConnContext } from './conn-context.js';
import { BAD } from './contract.js';
import { skipTo } from './cutting.js';
import { problem } from './problem.js';
import type { Cut, CutResult } from './splitter.js';
import type { Writer } from './writer.js';

/** Whether this shape, a number from 1, is one that the caller asks for. */
export function mayBe(conn: ConnContext, shape: number): boolean {
  return conn.only === 0 || conn.only === shape;
}

/** Whether the connection is open, or still new, for shapes that say so. */
export function stateIs(conn: ConnContext, open: boolean): boolean {
  return conn.stateless || (conn.opened || conn.state === 'open') === open;
}

/** Whether the oldest unanswered request is one of these. */
export function isAwaiting(conn: ConnContext, names: readonly string[]): boolean {
  return conn.stateless || (conn.awaiting[0] !== undefined && names.includes(conn.awaiting[0]));
}

/**
 * Whether `wanted` stands at `o`: 1 if so, 0 if not, -1 while its bytes are not all there.
 * @param whole no more bytes will come for this frame: what is missing does not stand there
 */
export function begins(b: Uint8Array, o: number, end: number, wanted: Uint8Array, whole: boolean): number {
  for (let i = 0; i < wanted.length; i++) {
    if (o + i >= end) return whole ? 0 : -1;
    if (b[o + i] !== wanted[i]) return 0;
  }
  return 1;
}

/** Whether one of `wanted` stands at `o`, as {@link begins} says it. */
export function beginsAny(
  b: Uint8Array,
  o: number,
  end: number,
  wanted: readonly Uint8Array[],
  whole: boolean,
): number {
  let told = 0;
  for (const bytes of wanted) {
    const one = begins(b, o, end, bytes, whole);
    if (one > 0) return 1;
    if (one < 0) told = -1;
  }
  return told;
}

/** No frame begins at `o`, as far as its own shape can tell. */
export function noFrame(cut: Cut, o: number): CutResult {
  cut.lost = true;
  return skipTo(cut, o + 1, 'GARBAGE');
}

/** Which shape begins at `o`: 0 for none, -1 while more bytes must tell. */
type ShapeAt = (cut: Cut, b: Uint8Array, o: number, end: number, conn: ConnContext) => number;

/** Skips from `o` to the next place where a frame of any shape can begin. */
export function overGarbage(
  cut: Cut,
  b: Uint8Array,
  o: number,
  end: number,
  conn: ConnContext,
  shapeAt: ShapeAt,
): CutResult {
  cut.lost = true;
  let i = o + 1;
  while (i < end && shapeAt(cut, b, i, end, conn) === 0) i++;
  return skipTo(cut, i, 'GARBAGE');
}

type Finish = (w: Writer, b: Uint8Array, start: number, end: number, conn: ConnContext) => void;

/** Finishes frames of several shapes: the number of its shape is the last byte behind an unfinished frame. */
export function finishShapes(shapes: Readonly<Record<number, Finish>>): Finish {
  return (w, b, start, end, conn) => shapes[b[end - 1]!]!(w, b, start, end - 1, conn);
}

type Classify = (b: Uint8Array, start: number, stop: number, conn?: ConnContext) => number;

/**
 * Without knowing how a frame was cut: the first shape that takes it.
 * @returns the message's index, or {@link BAD} with the reason of the shape that came furthest
 */
export function firstShape(
  b: Uint8Array,
  start: number,
  stop: number,
  conn: ConnContext | undefined,
  shapes: readonly Classify[],
): number {
  let furthest: typeof problem | undefined;
  for (const classify of shapes) {
    const index = classify(b, start, stop, conn);
    if (index !== BAD) return index;
    if (furthest === undefined || problem.offset > furthest.offset) furthest = { ...problem };
  }
  if (furthest !== undefined) Object.assign(problem, furthest);
  return BAD;
}
