/** What is fuzzed: a protocol, and good and bad frames of it to begin with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isText } from '../../generator/model/model.js';
import { loadProtocol } from '../../generator/run/load-protocol.js';
import type { Direction, Protocol } from '../../src/codec/index.js';
import { modelOf } from '../support/load.js';
import { DIRECTIONS, type Sample, samples, shapeOf } from '../support/properties.js';

export interface Subject {
  /** Path of the schema. */
  readonly schema: string;
  readonly protocol: Protocol;
  /** Whole frames as they stand on the wire. */
  readonly frames: Readonly<Record<Direction, readonly Uint8Array[]>>;
  /** The same by shape. */
  readonly shaped: readonly { readonly dir: Direction; readonly shape: number; readonly bytes: Uint8Array }[];
  /** Shapes of which there are frames; 0 where there is only one. */
  readonly shapes: Readonly<Record<Direction, readonly number[]>>;
  /** Most bytes that a splitter may hold. */
  readonly heldLimit: number;
  /** All its frames are text, whose numbers have decimals. */
  readonly isText: boolean;
  /** Some bytes of values are only lent (`view`). */
  readonly borrows: boolean;
  /** Why there are no frames besides the golden ones. */
  readonly note?: string;
}

/** Bytes that only delimit a frame; generous, because they are the protocol's own affair. */
const DELIMITERS = 16;
const LONGEST = 2048;

/** Every schema of the folder. */
export function schemasIn(folder: string): string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.wire.yaml'))
    .sort()
    .map(file => join(folder, file));
}

export async function loadSubject(schema: string): Promise<Subject> {
  const text = readFileSync(schema, 'utf8');
  const model = modelOf(text, schema);
  const protocol = await loadProtocol(model);
  let made: Sample[] = [];
  let note: string | undefined;
  try {
    made = samples(protocol, model, 12).filter(s => s.bytes.length <= LONGEST);
  } catch (e) {
    note = `golden frames only: ${(e as Error).message}`;
  }
  const golden = model.vectors.map(v => {
    const message = model.messages.find(m => m.name === v.is);
    return { dir: v.dir, bytes: v.raw, shape: message === undefined ? 0 : shapeOf(model, message) };
  });
  const all = [...golden, ...made.map(({ dir, bytes, shape }) => ({ dir, bytes, shape }))];
  if (all.length === 0) throw new Error(`${schema}: there is no frame to begin with: give the schema vectors`);
  const of = (dir: Direction): Uint8Array[] => all.filter(f => f.dir === dir).map(f => f.bytes);
  const shapesOf = (dir: Direction): number[] => [...new Set(all.filter(f => f.dir === dir).map(f => f.shape)), 0];
  // Escaped bytes stand in the stream as two: there a frame of the limit may take twice the limit.
  const escaped = /\bby: *(?:flag|slip|cobs|hex)\b|\bescape:/.test(text);
  return {
    schema,
    protocol,
    frames: { up: of('up'), down: of('down') },
    shaped: all,
    shapes: { up: shapesOf('up'), down: shapesOf('down') },
    heldLimit: protocol.limits.frame * (escaped ? 2 : 1) + DELIMITERS,
    isText: model.frames.every(isText),
    borrows: model.messages.some(m => m.fields.some(f => f.view === true)),
    ...(note !== undefined && { note }),
  };
}

/** The frames of a direction and shape, or those of the other direction where it has none. */
export function framesFor({ frames, shaped }: Subject, dir: Direction, shape = 0): readonly Uint8Array[] {
  const own = shaped.filter(f => f.dir === dir && shape > 0 && f.shape === shape).map(f => f.bytes);
  if (own.length > 0) return own;
  const other = DIRECTIONS.find(d => d !== dir)!;
  return frames[dir].length > 0 ? frames[dir] : frames[other];
}
