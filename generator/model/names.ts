/** Names: what may be one, and how a schema's name looks in TypeScript. */

const RESERVED = new Set(
  (
    'break case catch class const continue debugger default delete do else enum export extends false finally for function ' +
    'if import in instanceof new null return super switch this throw true try typeof var void while with yield let static ' +
    'await async implements interface package private protected public arguments eval undefined NaN Infinity'
  ).split(' '),
);

/** Letters, digits and underscores; a letter first. */
export function isName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && name !== '__proto__' && name !== 'constructor' && name !== 'prototype';
}

/** `loginOk` -> `LoginOk`, `modbus-tcp` -> `ModbusTcp`. */
export function pascal(name: string): string {
  return name.replace(/(?:^|[-_ ]+)([A-Za-z0-9])/g, (_, c: string) => c.toUpperCase());
}

/** `modbus-tcp` -> `modbusTcp`. */
export function camel(name: string): string {
  const p = pascal(name);
  return p.charAt(0).toLowerCase() + p.slice(1);
}

/** Names that are in use: a set of them. */
export interface Taken {
  has(name: string): boolean;
  add(name: string): unknown;
}

/** A name that is free among `taken` and no reserved word; adds it to `taken`. */
export function freshName(wanted: string, taken: Taken): string {
  let name = RESERVED.has(wanted) ? `${wanted}_` : wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}${i}`;
  taken.add(name);
  return name;
}
