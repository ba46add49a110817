/** Which members of a message's value are secret, at every depth. */
import type { Field, Message, ProtocolModel, Struct, Type } from './model.js';

/** Paths in the value, as `secrets` of a codec has them. */
export function secretPaths(m: Message): string[] {
  const paths = [...pathsOf(m.frame.layout, ''), ...pathsOf(m.fields, '')];
  // What is computed from a secret tells it.
  const derived = (m.derived ?? []).filter(d => paths.includes(d.date) || paths.includes(d.clock)).map(d => d.name);
  // A name that is not declared may be that of a secret, misspelt.
  const keepsNames = paths.length > 0 && ['kv', 'json'].includes(m.frame.text?.body?.kind ?? '');
  const keepsText = paths.length > 0 && m.frame.text?.keepsSpelling === true;
  return [...new Set([...paths, ...derived, ...(keepsNames ? ['unknown'] : []), ...(keepsText ? ['$text'] : [])])];
}

/** The same of the elements around the body. */
export function layoutSecrets(fields: readonly Field[]): string[] {
  return [...new Set(pathsOf(fields, ''))];
}

/** It is secret, or something in it is. */
export function holdsSecret(field: Field): boolean {
  return field.secret || pathsOf([field], '').length > 0;
}

/** The fields that are secret, stand in what is, or hold what is. */
export function secretFields(model: ProtocolModel): ReadonlySet<Field> {
  const found = new Set<Field>();
  const visit = (fields: readonly Field[], within: boolean): void => {
    for (const field of fields) {
      const secret = within || field.secret;
      if (secret || holdsSecret(field)) found.add(field);
      visit(structOf(field.type)?.fields ?? [], secret);
    }
  };
  for (const frame of model.frames) visit(frame.layout, false);
  for (const message of model.messages) visit(message.fields, false);
  return found;
}

function pathsOf(fields: readonly Field[], prefix: string): string[] {
  return fields.flatMap(field => {
    const path = prefix + field.name;
    const struct = structOf(field.type);
    const below = field.inline === true ? prefix : `${path}.`;
    if (field.secret) return [path, ...rawOf(field, prefix), ...(struct === undefined ? [] : all(struct, below))];
    if (struct === undefined) return [];
    const inner = pathsOf(struct.fields, below);
    if (inner.length === 0) return [];
    // A degree and its letter are one value.
    if (field.type.kind === 'degrees') return [path];
    // An item that is none of the declared ones may be one of them that is broken.
    return [...inner, ...around(struct, below)];
  });
}

/** The bytes of an impossible time. */
function rawOf({ name, type }: Field, prefix: string): string[] {
  return type.kind === 'time' && (type.form === 'u8' || type.form === 'bcd') ? [`${prefix}$raw.${name}`] : [];
}

/** What a tagged type keeps of items that it does not know. */
function around({ tlv }: Struct, prefix: string): string[] {
  if (tlv === undefined) return [];
  return [`${prefix}unknown.data`, ...(tlv.keepsTail ? [`${prefix}tail`] : [])];
}

/** Everything in something secret: errors of encoders name it by its own name. */
function all(struct: Struct, prefix: string): string[] {
  return [
    ...pathsOf(
      struct.fields.map(f => ({ ...f, secret: true })),
      prefix,
    ),
    ...around(struct, prefix),
  ];
}

/** What the value of a type, or an item of it, consists of. */
export function structOf(type: Type): Struct | undefined {
  switch (type.kind) {
    case 'list':
      return structOf(type.item);
    case 'sized':
      return structOf(type.type);
    case 'struct':
    case 'tlv':
    case 'degrees':
      return type.struct;
    default:
      return undefined;
  }
}
