/** The fields of a group that say something about others. Each field asks for them, so they are looked for once. */
import type { Field } from '../model/model.js';

const known = new WeakMap<readonly Field[], readonly Field[]>();

export function tellersAmong(fields: readonly Field[]): readonly Field[] {
  const tellers = known.get(fields) ?? fields.filter(f => f.auto !== undefined);
  known.set(fields, tellers);
  return tellers;
}
