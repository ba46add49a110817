/** One case: a stream of one direction, and how it arrives. It follows from a seed alone. */
import type { Direction } from '../../src/codec/index.js';
import { join, toHex } from '../support/bytes.js';
import { DIRECTIONS } from '../support/properties.js';
import { Draw } from './draw.js';
import { mutate, type Pool, repair } from './mutate.js';
import { framesFor, type Subject } from './subject.js';

export interface Stream {
  readonly dir: Direction;
  readonly bytes: Uint8Array;
  /** Where it is cut in pieces; ascending. */
  readonly cuts: readonly number[];
  /** Between two pieces it is silent for as long as the splitter waits. */
  readonly silent: boolean;
  /** The only shape of frames that is looked for, from 1; 0: what the state of a new connection lets through. */
  readonly shape: number;
}

export function drawStream(subject: Subject, seed: number): Stream {
  const draw = new Draw(seed);
  const dir = draw.pick(DIRECTIONS);
  const shapes = subject.shapes[dir];
  const shape = shapes.length === 1 || draw.oneIn(3) ? 0 : draw.pick(shapes);
  const own = framesFor(subject, dir, shape);
  const frames = [...own, ...(draw.oneIn(10) ? DIRECTIONS.flatMap(d => subject.frames[d]) : [])];
  const pool: Pool = { draw, frames, limit: subject.protocol.limits.frame };
  const parts: Uint8Array[] = [];
  for (let n = draw.between(1, 5); n > 0; n--) {
    let part = draw.pick(frames);
    if (!draw.oneIn(3)) for (let m = draw.between(1, 3); m > 0; m--) part = mutate(part, pool);
    parts.push(part);
  }
  let bytes = join(...parts);
  if (draw.oneIn(6)) bytes = mutate(bytes, pool);
  if (draw.oneIn(2)) repair(subject.protocol, dir, bytes);
  return { dir, bytes, cuts: drawCuts(draw, bytes.length), silent: draw.oneIn(5), shape };
}

function drawCuts(draw: Draw, length: number): number[] {
  if (length < 2 || draw.oneIn(4)) return [];
  const size = draw.oneIn(3) ? draw.pick([1, 2, 3, 7, 64]) : 0;
  if (size > 0) return every(size, length);
  const cuts = Array.from({ length: draw.between(1, 8) }, () => draw.between(1, length - 1));
  return [...new Set(cuts)].sort((a, b) => a - b);
}

export function every(size: number, length: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil(length / size) - 1) }, (_, i) => (i + 1) * size);
}

/** `up, 3 bytes at once: 787805`; cuts are shown as spaces. */
export function showStream({ dir, bytes, cuts, silent }: Stream): string {
  const pieces = [0, ...cuts].map((from, i) => toHex(bytes.slice(from, cuts[i] ?? bytes.length)));
  const how = cuts.length === 0 ? 'at once' : `in ${pieces.length} pieces${silent ? ' with silence between' : ''}`;
  return `${dir}, ${bytes.length} bytes ${how}: ${pieces.join(' ')}`;
}
