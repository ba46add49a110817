/** The last step of a check: do the schema's golden frames hold? */
import { checkVector, type Protocol } from '../../src/codec/index.js';
import { plainVector, vectorTitle } from '../emit/emit-test.js';
import type { ProtocolModel } from '../model/model.js';
import { showBytes } from '../schema/byte-literal.js';
import type { SchemaSource } from '../schema/source.js';

/** Reports every vector that does not hold, at its bytes. */
export function checkVectors(source: SchemaSource, model: ProtocolModel, protocol: Protocol): void {
  model.vectors.forEach((vector, i) => {
    for (const problem of problemsOf(protocol, vector, model)) {
      const bytes = showBytes(vector.raw);
      const at = /^byte (\d+),/.exec(problem);
      const caret = at === null ? '' : `\n        ${' '.repeat(Number(at[1]) * 3)}^^`;
      source.error('VECTOR', vector.place, `${vectorTitle(vector, i)}: ${problem}`, `${bytes}${caret}`);
    }
  });
}

function problemsOf(protocol: Protocol, vector: ProtocolModel['vectors'][number], model: ProtocolModel): string[] {
  try {
    return checkVector(protocol, plainVector(vector, model));
  } catch (e) {
    return [(e as Error).message];
  }
}
