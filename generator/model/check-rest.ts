/** What takes all that is left of its scope: nothing can follow it there. */
import { neverBoth } from './exclusive.js';
import type { Field, Type } from './model.js';
import type { Resolver } from './resolver.js';

export function checkRest(r: Resolver, fields: readonly Field[]): void {
  fields.forEach((field, i) => {
    const taker = restIn(field.type);
    if (taker === undefined) return;
    const { type } = field;
    if (type.kind === 'list' && restIn(type.item) !== undefined) {
      const text = `${shown(taker)} takes all the rest, so a list can have no second item`;
      r.source.error(
        'REST_NOT_LAST',
        field.place,
        `${field.name}: ${text}`,
        'sized(u16 Item)(u8): each behind its size',
      );
      return;
    }
    // What is there only where this is not takes nothing from it.
    const next = fields.slice(i + 1).find(f => !neverBoth(field.when, f.when, fields));
    if (next === undefined) return;
    const what = taker === type ? shown(taker) : `${shown(taker)} in "${field.name}"`;
    const follows = `"${next.name}" follows at ${r.source.lineColumn(next.place)}`;
    const hint = field.name === 'body' ? 'body: body, where the fields of the messages stand' : undefined;
    r.source.error('REST_NOT_LAST', field.place, `${what} must be the last field of its scope; ${follows}`, hint);
  });
}

/** The type in `type` that takes all the rest of the scope in which `type` stands; what has a size of its own is a scope. */
function restIn(type: Type): Type | undefined {
  if (type.kind === 'struct') return type.struct.fields.map(f => restIn(f.type)).find(t => t !== undefined);
  if ('size' in type && type.size.kind === 'rest' && !('last' in type && type.last !== undefined)) return type;
  return type.kind === 'list' ? restIn(type.item) : undefined;
}

function shown(type: Type): string {
  if (type.kind === 'text') return 'str(*)';
  if (type.kind === 'list') return 'a list(*)';
  return `${type.kind === 'tlv' ? type.struct.name : type.kind}(*)`;
}
