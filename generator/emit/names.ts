/** The names that a protocol's types and functions get in generated code. Decided once, so that all files agree. */
import * as codec from '../../src/codec/index.js';
import type { EnumSet, Field, Frame, Message, ProtocolModel, Struct } from '../model/model.js';
import { camel, freshName, pascal } from '../model/names.js';

/** Types that generated files import or the language has. */
const TAKEN = [
  'Uint8Array',
  'Record',
  'Array',
  'Map',
  'Set',
  'Date',
  'Error',
  'Promise',
  'Input',
  'Protocol',
  'ConnContext',
  'Cut',
  'CutResult',
  'Decoded',
  'Writer',
  'Client',
  'Worker',
  'MessageEvent',
  'Object',
  'Number',
  'String',
  'Boolean',
  'Symbol',
  'Unknown',
];

/** What only the codecs of text protocols call: their functions have no locals that are named by a schema. */
const TEXT_ONLY = ['cleanLine', 'lineCutter', 'misread', 'rest', 'withoutBackspaces', 'word', 'writeLine'];

/** Functions and constants of `framegate/codec` that the functions of generated code call. */
export const LIBRARY: readonly string[] = Object.keys(codec).filter(name => !TEXT_ONLY.includes(name));

/** Types whose functions, `writeBytes` or `parseX`, would have the name of one of the library. */
const CLASHING = Object.keys(codec).flatMap(name => /^(?:read|write|parse|same)([A-Z]\w*)$/.exec(name)?.[1] ?? []);

/** Names of the functions and constants of a generated codec. */
const MODULE = [
  'cutFrame',
  'startsFrame',
  'frameSize',
  'isKnownId',
  'bodyStart',
  'checkFrame',
  'frameId',
  'classifyUp',
];
MODULE.push('classifyDown', 'sealFrame', 'finishFrame', 'readUnknown', 'lineOf');

export class Names {
  /** `Chat`: the interface that ties the messages together. */
  readonly protocol: string;
  /** `chat`: the exported codec. */
  readonly constant: string;
  readonly #messages = new Map<Message, string>();
  readonly #sets = new Map<string, string>();

  constructor(model: ProtocolModel) {
    const taken = new Set([...TAKEN, ...CLASHING]);
    for (const set of [...model.enums, ...allEnums(model), ...model.flags, ...model.structs]) {
      if (!this.#sets.has(set.name)) this.#sets.set(set.name, freshName(set.name, taken));
    }
    for (const message of model.messages) {
      const plain = pascal(message.name);
      this.#messages.set(message, freshName(taken.has(plain) ? `${plain}Message` : plain, taken));
    }
    const protocol = pascal(model.id);
    this.protocol = freshName(taken.has(protocol) ? `${protocol}Protocol` : protocol, taken);
    const constants = model.messages.filter(m => m.dir === 'both').map(m => `${m.name}Message`);
    this.constant = freshName(camel(model.id), new Set([...Object.keys(codec), ...MODULE, ...constants]));
  }

  /** Interface of a message's value. */
  message(m: Message): string {
    return this.#messages.get(m)!;
  }

  /** What an encoder takes for a message: its value with fewer fields required. */
  input(m: Message): string {
    return optionalOnEncode(m).length === 0 ? this.message(m) : `${this.message(m)}Input`;
  }

  type(set: { readonly name: string }): string {
    return this.#sets.get(set.name) ?? set.name;
  }
}

/** Inline enumerations of fields, and declared ones that are used. */
export function allEnums(model: ProtocolModel): EnumSet[] {
  const found = new Map<string, EnumSet>();
  const visit = (fields: readonly Field[]): void => {
    for (const field of fields) if (field.enum !== undefined) found.set(field.enum.set.name, field.enum.set);
  };
  for (const frame of model.frames) visit(frame.layout);
  for (const struct of model.structs) visit(struct.fields);
  for (const message of model.messages) visit(message.fields);
  return [...found.values()];
}

/** Structs that a reader or writer function exists for: those that messages use, deepest first. */
export function usedStructs(model: ProtocolModel): Struct[] {
  const found = new Set<Struct>();
  const visit = (fields: readonly Field[]): void => {
    for (const { type } of fields) {
      const inner = type.kind === 'list' ? type.item : type;
      if ((inner.kind !== 'struct' && inner.kind !== 'tlv') || found.has(inner.struct)) continue;
      visit(inner.struct.fields);
      found.add(inner.struct);
    }
  };
  for (const message of model.messages) visit(message.fields);
  return [...found];
}

/** Fields that a value from a decoder always has, but that an encoder can find by itself. */
export function optionalOnEncode(m: Message): string[] {
  const names: string[] = [];
  for (const field of m.frame.layout) {
    if (field.role === 'serial') names.push(field.name);
    else if (field.role === 'id' && hasIdInValue(m)) names.push(field.name);
    else if (isPlainLayout(field) && field.default !== undefined) names.push(field.name);
  }
  for (const field of m.fields) if (field.default !== undefined && field.when === undefined) names.push(field.name);
  return names;
}

/** A message with more than one possible id says which. */
export function hasIdInValue(m: Message): boolean {
  return m.sameId || m.ids.length > 1;
}

/** A layout element that is neither derived nor a role: part of every message's value. */
export function isPlainLayout(field: Field): boolean {
  const { kind } = field.type;
  if (kind === 'magic' || kind === 'check' || kind === 'case' || kind === 'body') return false;
  return (
    field.role === undefined && field.covers === undefined && field.constant === undefined && field.auto === undefined
  );
}

/** Layout elements in the value of this message, in the order of the wire. */
export function layoutInValue(frame: Frame, m?: Message): Field[] {
  return frame.layout.filter(
    f => isPlainLayout(f) || f.role === 'serial' || (f.role === 'id' && (m === undefined || hasIdInValue(m))),
  );
}
