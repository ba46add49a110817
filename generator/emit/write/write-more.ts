/** `if: more(n)` in a type: how many bytes are left is known when what the type is part of has been written. */
import type { Type } from '../../model/model.js';
import type { Writing } from './writing.js';

/** Whether a value of this type asks for bytes that may stand behind it. What has its own size looks no further. */
export function hasMore(type: Type): boolean {
  if (type.kind === 'list') return hasMore(type.item);
  if (type.kind !== 'struct') return false;
  return type.struct.fields.some(f => (f.when?.kind === 'call' && f.when.name === 'more') || hasMore(f.type));
}

/** Writes something that looks no further than its own end. */
export function writeScope(w: Writing, type: Type, write: () => void): void {
  if (!hasMore(type)) {
    write();
    return;
  }
  const mores = w.local('mores');
  w.line(`const ${mores} = ${w.ctx.use('notedMores')}();`);
  write();
  w.line(`${w.ctx.use('endMores')}(${mores}, w.length);`);
}
