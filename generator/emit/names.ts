/** The names that a protocol's types and functions get in generated code. Decided once, so that all files agree. */
import * as codec from '../../src/codec/index.js';
import type { EnumSet, Field, Frame, Message, ProtocolModel, Struct } from '../model/model.js';
import { camel, freshName, pascal } from '../model/names.js';
import { structOf } from '../model/secrets.js';
import type { WordSet } from '../model/text-model.js';
import { frameFunction } from './frame-names.js';
import { type MaskNames, maskNames } from './masks.js';
import { messagesOf, WAYS, type Way } from './ways.js';

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
const TEXT_ONLY = [
  'cleanLine',
  'lineCutter',
  'misread',
  'rest',
  'untilCutter',
  'withoutBackspaces',
  'word',
  'writeLine',
];

/** Functions and constants of `framegate/codec` that the functions of generated code call. */
export const LIBRARY: readonly string[] = Object.keys(codec).filter(name => !TEXT_ONLY.includes(name));

/** Types whose functions, `writeBytes` or `parseX`, would have the name of one of the library. */
const CLASHING = Object.keys(codec).flatMap(
  name => /^(?:read|write|parse|same|spell)([A-Z]\w*)$/.exec(name)?.[1] ?? [],
);

/**
 * Names of the functions and constants of a generated codec. None of those for several shapes begins as the functions of one
 * do: a shape may be called up.
 */
const MODULE = [
  'shapeUp',
  'shapeDown',
  'nextUp',
  'nextDown',
  'shapeCutUp',
  'shapeCutDown',
  'chooseUp',
  'chooseDown',
  'decodeUp',
  'decodeDown',
];
const VERBS = [
  'cut',
  'starts',
  'measure',
  'check',
  'headOf',
  'idOf',
  'open',
  'close',
  'wrap',
  'delimit',
  'finish',
  'refill',
  'roomIn',
  'cutUp',
  'partOf',
  'readUnknown',
  'compose',
  'text',
  'warnings',
  'unknown',
  'trace',
];

/** Constants with regular expressions. */
export const FORMS: readonly string[] = Array.from({ length: 99 }, (_, i) => `form${i + 1}`);

/** The functions of every shape of frame. */
export function frameNames(model: ProtocolModel): string[] {
  return [
    ...MODULE,
    ...['classifyUp', 'classifyDown'],
    ...model.frames.flatMap(f => [
      ...VERBS.map(v => frameFunction(f, v)),
      ...WAYS.map(w => frameFunction(f, 'classify', w)),
    ]),
  ];
}

export class Names {
  /** `Chat`: the interface that ties the messages together. */
  readonly protocol: string;
  /** `chat`: the exported codec. */
  readonly constant: string;
  readonly #messages = new Map<Message, string>();
  readonly #around = new Map<Frame, string>();
  readonly #sets = new Map<string, string>();
  /** `laterPicture`: functions of fields that are decoded when they are asked for. */
  readonly later: ReadonlyMap<Field, string>;
  /** Functions for numbers of text whose bits have names. */
  readonly masks: ReadonlyMap<object, MaskNames>;

  constructor(model: ProtocolModel) {
    const taken = new Set([...TAKEN, ...CLASHING, ...model.frames.map(f => frameFunction(f, 'Unknown'))]);
    for (const set of [...model.enums, ...allEnums(model), ...model.flags, ...model.structs]) {
      if (!this.#sets.has(set.name)) this.#sets.set(set.name, freshName(set.name, taken));
    }
    for (const message of model.messages) {
      const plain = pascal(message.name);
      this.#messages.set(message, freshName(taken.has(plain) ? `${plain}Message` : plain, taken));
    }
    for (const frame of model.frames) this.#around.set(frame, freshName(`${pascal(frame.name)}FrameValues`, taken));
    const protocol = pascal(model.id);
    this.protocol = freshName(taken.has(protocol) ? `${protocol}Protocol` : protocol, taken);
    const file = this.#file(model);
    this.later = laterNames(model, file);
    this.masks = maskNames(model, file);
    this.constant = freshName(camel(model.id), file);
  }

  /** What the functions and constants of the file are called whose names are not chosen among those of others. */
  #file(model: ProtocolModel): Set<string> {
    const sets = [...this.#sets.values()];
    const called = [...sets, ...this.#messages.values()];
    return new Set([
      ...Object.keys(codec),
      ...frameNames(model),
      ...FORMS,
      ...sets,
      ...sets.map(nameTableOf),
      ...called.flatMap(name => [`read${name}`, `write${name}`]),
      ...model.messages.filter(m => m.dir === 'both').map(m => `${m.name}Message`),
    ]);
  }

  /** Interface of a message's value. */
  message(m: Message): string {
    return this.#messages.get(m)!;
  }

  /** What an encoder takes for a message: its value with fewer fields required. */
  input(m: Message): string {
    return optionalOnEncode(m).length === 0 && m.derived === undefined ? this.message(m) : `${this.message(m)}Input`;
  }

  /** Interface of what a frame takes from a message. */
  around(frame: Frame): string {
    return this.#around.get(frame)!;
  }

  type(set: { readonly name: string }): string {
    return this.#sets.get(set.name) ?? set.name;
  }
}

/** Names of the functions that decode fields when they are asked for. */
function laterNames(model: ProtocolModel, taken: Set<string>): ReadonlyMap<Field, string> {
  const names = new Map<Field, string>();
  for (const field of [...usedStructs(model), ...model.messages].flatMap(x => x.fields))
    if (field.lazy === true && !names.has(field)) names.set(field, freshName(`later${pascal(field.name)}`, taken));
  return names;
}

export function nameTableOf(typeName: string): string {
  return `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}Names`;
}

/** Inline enumerations of fields, and declared ones that are used. */
export function allEnums(model: ProtocolModel): (EnumSet | WordSet)[] {
  const found = new Map<string, EnumSet | WordSet>();
  const visit = (fields: readonly Field[]): void => {
    for (const field of fields) {
      const set = field.enum?.set ?? field.words;
      if (set !== undefined) found.set(set.name, set);
    }
  };
  for (const frame of model.frames) visit(frame.layout);
  for (const struct of model.structs) visit(struct.fields);
  for (const message of model.messages) visit(message.fields);
  return [...found.values()];
}

/** Structs that a reader or writer function exists for: those that messages use, deepest first. */
export function usedStructs(model: ProtocolModel, frames: readonly Frame[] = model.frames): Struct[] {
  const found = new Set<Struct>();
  const visit = (fields: readonly Field[]): void => {
    for (const { type } of fields) {
      const struct = type.kind === 'degrees' ? undefined : structOf(type);
      if (struct === undefined || found.has(struct)) continue;
      visit(struct.fields);
      found.add(struct);
    }
  };
  for (const frame of frames) visit(frame.layout);
  for (const message of model.messages) if (frames.includes(message.frame)) visit(message.fields);
  return [...found];
}

/** Fields that a value from a decoder always has, but that an encoder can find by itself. */
export function optionalOnEncode(m: Message): string[] {
  const names: string[] = [];
  for (const field of m.frame.layout) {
    if (field.role === 'serial' || field.role === 'identity') names.push(field.name);
    else if (field.role === 'id' && hasIdInValue(m) && m.masked === undefined) names.push(field.name);
    else if (isCountOf(field) && isInValue(field, m)) names.push(field.name);
    else if (isPlainLayout(field) && (field.default !== undefined || hasBitAutos(field))) names.push(field.name);
  }
  for (const field of m.fields) {
    if ((field.default !== undefined || field.from !== undefined) && field.when === undefined) names.push(field.name);
  }
  return names;
}

/** A message with more than one possible id says which. */
export function hasIdInValue(m: Message): boolean {
  return m.sameId || m.ids.length > 1 || m.masked !== undefined || (m.textIds !== undefined && m.textIds.length > 1);
}

/** A count of a list: a plain number in messages that have no such list. */
function isCountOf(field: Field): boolean {
  return field.auto?.kind === 'count';
}

function isInValue(field: Field, m: Message | undefined): boolean {
  const { auto } = field;
  return auto?.kind === 'count' && m?.fields.every(f => f.name !== auto.of) !== false;
}

/** A number some of whose bits the encoder finds by itself: none of the others must be given. */
export function hasBitAutos(field: Field): boolean {
  return field.type.kind === 'bits' && field.type.bits.some(b => b.auto !== undefined);
}

/** A bit number of which nothing is left that a value could have. */
function isAllAuto(field: Field): boolean {
  return field.type.kind === 'bits' && field.type.bits.every(b => b.auto !== undefined && b.auto.kind !== 'conn');
}

/** Whether frames of this shape go this way. The only one is asked about both ways, also where nothing is said one way. */
export function hasFrames(model: ProtocolModel, frame: Frame, way: Way): boolean {
  if (model.frames.length === 1) return true;
  if (frame.dir !== 'both') return frame.dir === way;
  return messagesOf(model, way).some(m => m.frame === frame);
}

/** A layout element that is neither derived nor a role: part of every message's value. */
export function isPlainLayout(field: Field): boolean {
  const { kind } = field.type;
  if (kind === 'magic' || kind === 'check' || kind === 'case' || kind === 'body' || isAllAuto(field)) return false;
  return (
    field.role === undefined &&
    field.covers === undefined &&
    field.constant === undefined &&
    field.constantText === undefined &&
    field.auto === undefined
  );
}

/** Layout elements in the value of this message, in the order of the wire. */
export function layoutInValue(frame: Frame, m?: Message): Field[] {
  return frame.layout.filter(
    f =>
      isPlainLayout(f) ||
      f.role === 'serial' ||
      f.role === 'identity' ||
      isInValue(f, m) ||
      (f.role === 'id' && (m === undefined || hasIdInValue(m))),
  );
}
