/** The last step of a check: do the schema's golden frames hold? */
import { checkVector, type Protocol } from '../../src/codec/index.js';
import { plainVector, vectorTitle } from '../emit/emit-test.js';
import { unwrap } from '../explain/wire.js';
import type { Frame, ProtocolModel, Vector } from '../model/model.js';
import { membersOf } from '../model/resolve-fields.js';
import { showBytes } from '../schema/byte-literal.js';
import type { SchemaSource } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { findChecksum } from './find-checksum.js';

/** Reports every vector that does not hold, at its bytes. */
export function checkVectors(source: SchemaSource, model: ProtocolModel, protocol: Protocol): void {
  const hints = new Map<string, string>();
  model.vectors.forEach((vector, i) => {
    for (const problem of problemsOf(protocol, vector, model)) {
      const bytes = showBytes(vector.raw);
      const at = /^byte (\d+),/.exec(problem);
      const place = at === null ? undefined : placeOf(model, vector, Number(at[1]));
      const caret = place === undefined ? '' : `\n        ${' '.repeat(place * 3)}^^`;
      const text = place === undefined ? problem : problem.replace(/^byte \d+/, `byte ${place}`);
      source.error(
        'VECTOR',
        vector.place,
        `${vectorTitle(vector, i)}: ${text}`,
        `${bytes}${caret}${checksumHint(model, vector, problem, hints)}${nameHint(model, vector, problem)}`,
      );
    }
  });
}

/**
 * Which checksum holds in all golden frames of this shape, where the declared one does not.
 * @param told what has been found already: it is the same for all frames of a shape
 */
function checksumHint(model: ProtocolModel, vector: Vector, problem: string, told: Map<string, string>): string {
  const name = /field (\w+): the checksum is wrong/.exec(problem)?.[1];
  if (name === undefined) return '';
  const frame = frameOf(model, vector);
  const key = `${model.frames.indexOf(frame)} ${name}`;
  const hint = told.get(key) ?? foundChecksums(model, frame, name);
  told.set(key, hint);
  return hint;
}

/** A name under `value` that the message does not have. */
function nameHint(model: ProtocolModel, vector: Vector, problem: string): string {
  const name = /^field ([\w$]+): want .*, got nothing$/.exec(problem)?.[1];
  const message = model.messages.find(m => m.name === vector.is);
  if (name === undefined || message === undefined) return '';
  const fields = message.fields.flatMap(membersOf);
  const known = [
    ...fields,
    ...frameOf(model, vector).layout.map(f => f.name),
    ...(message.derived ?? []).map(d => d.name),
  ];
  if (known.includes(name) || name.startsWith('$')) return '';
  const near = nearest(name, known);
  return `\n        "${message.name}" has no "${name}"${near === undefined ? `, but ${fields.join(', ')}` : `; did you mean "${near}"?`}`;
}

function foundChecksums(model: ProtocolModel, frame: Frame, name: string): string {
  const others = model.vectors.filter(v => v.bad === undefined && frameOf(model, v) === frame);
  const frames = others.map(v => unwrap(frame, v.raw, 0, v.raw.length).bytes);
  const found = findChecksum(frame, name, frames);
  if (found.length === 0) return '';
  const where = frames.length === 1 ? 'in this frame; another golden frame would make sure' : 'in all golden frames';
  return `\n        ${name}: ${found.join(' or ')} holds ${where}`;
}

function frameOf(model: ProtocolModel, vector: Vector): Frame {
  return model.messages.find(m => m.name === vector.is)?.frame ?? model.frames[0]!;
}

/** Where a byte of the frame stands on the wire: behind a flag, and perhaps behind others that are escaped. */
function placeOf(model: ProtocolModel, vector: Vector, offset: number): number {
  const { at } = unwrap(frameOf(model, vector), vector.raw, 0, vector.raw.length);
  return at[Math.min(offset, at.length - 1)] ?? offset;
}

function problemsOf(protocol: Protocol, vector: Vector, model: ProtocolModel): string[] {
  try {
    return checkVector(protocol, plainVector(vector, model));
  } catch (e) {
    return [(e as Error).message];
  }
}
