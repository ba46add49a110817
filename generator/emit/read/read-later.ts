/** Fields whose bytes are kept, to be decoded when they are asked for. */
import type { Field } from '../../model/model.js';
import type { Reading, Target } from './reading.js';

/** Not where everything that is read is told. */
export function isLater(r: Reading, field: Field): boolean {
  return field.lazy === true && r.ctx.traced === undefined;
}

/** Keeps the bytes `[from, stop)`. */
export function keepFor(r: Reading, field: Field, from: string, stop: string, to: Target): void {
  r.later.push(field.name);
  const secret = r.ctx.secret.has(field) ? ', true' : '';
  r.settle(field, to, `${r.ctx.use('keepLater')}(b, ${from}, ${stop}, ${r.ctx.later(field)}${secret})`);
}

/** Keeps the bytes from `o` on, and moves `o` behind them. */
export function keepUpTo(r: Reading, field: Field, stop: string, to: Target): void {
  keepFor(r, field, 'o', stop, to);
  r.line(stop.startsWith('o + ') ? `o += ${stop.slice(4)};` : `o = ${stop};`);
}
