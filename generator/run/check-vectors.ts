/** The last step of a check: do the schema's golden frames hold? */
import { checkVector, type Protocol } from '../../src/codec/index.js';
import { plainVector, vectorTitle } from '../emit/emit-test.js';
import { unwrap } from '../explain/wire.js';
import type { ProtocolModel, Vector } from '../model/model.js';
import { showBytes } from '../schema/byte-literal.js';
import type { SchemaSource } from '../schema/source.js';

/** Reports every vector that does not hold, at its bytes. */
export function checkVectors(source: SchemaSource, model: ProtocolModel, protocol: Protocol): void {
  model.vectors.forEach((vector, i) => {
    for (const problem of problemsOf(protocol, vector, model)) {
      const bytes = showBytes(vector.raw);
      const at = /^byte (\d+),/.exec(problem);
      const place = at === null ? undefined : placeOf(model, vector, Number(at[1]));
      const caret = place === undefined ? '' : `\n        ${' '.repeat(place * 3)}^^`;
      const text = place === undefined ? problem : problem.replace(/^byte \d+/, `byte ${place}`);
      source.error('VECTOR', vector.place, `${vectorTitle(vector, i)}: ${text}`, `${bytes}${caret}`);
    }
  });
}

/** Where a byte of the frame stands on the wire: behind a flag, and perhaps behind others that are escaped. */
function placeOf(model: ProtocolModel, vector: Vector, offset: number): number {
  const message = model.messages.find(m => m.name === vector.is);
  const frame = message?.frame ?? model.frames[0]!;
  const { at } = unwrap(frame, vector.raw, 0, vector.raw.length);
  return at[Math.min(offset, at.length - 1)] ?? offset;
}

function problemsOf(protocol: Protocol, vector: Vector, model: ProtocolModel): string[] {
  try {
    return checkVector(protocol, plainVector(vector, model));
  } catch (e) {
    return [(e as Error).message];
  }
}
