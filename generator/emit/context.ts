/** What all emitters of one protocol share. */
import type { Bad, CheckAlgorithm, EnumSet, Field, Frame, IntType, ProtocolModel } from '../model/model.js';
import { camel, freshName } from '../model/names.js';
import { secretFields } from '../model/secrets.js';
import type { WordSet } from '../model/text-model.js';
import { Locals } from './locals.js';
import type { MaskNames, MaskType } from './masks.js';
import { allEnums, FORMS, frameNames, LIBRARY, type Names, nameTableOf, usedStructs } from './names.js';

/** Parameters and locals of all readers and writers of types. */
const FIXED =
  'b o p v w i n end start stop warn conn request at first rank inOrder tag found value unknownItems declined tailBytes kept'.split(
    ' ',
  );

type Escape = NonNullable<Frame['escape']>;

const hexByte = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`;

/** What a codec has to say that says what it reads. See emit-trace.ts. */
export interface Traced {
  /** The fields that it speaks of, by their numbers. */
  readonly fields: Field[];
  /** The messages that it will be asked for; all without it. */
  readonly only?: ReadonlySet<string> | undefined;
}

export class EmitContext {
  readonly model: ProtocolModel;
  readonly names: Names;
  /** What the generated file imports from `framegate/codec`. */
  readonly imports = new Set<string>();
  readonly typeImports = new Set<string>();
  /** Regular expressions of `valid: { match }`, as constants of the file. */
  readonly patterns = new Map<string, string>();
  /** Delimiters and markers, as constants of the file. */
  readonly byteConstants = new Map<string, string>();
  readonly escapes = new Map<string, { readonly name: string; readonly code: string }>();
  /** Checksums by the name of their function. */
  readonly checkSums = new Map<string, string>();
  /** Answers to bad frames, by their code. */
  readonly answers = new Map<string, string>();
  /** Enumerations that are read: their number -> name tables. */
  readonly nameTables = new Set<EnumSet>();
  /** The same of words. */
  readonly wordTables = new Set<WordSet>();
  /** Numbers of text with names for their bits: the functions that were asked for. */
  readonly masks = new Map<MaskType, MaskNames>();

  /** Names of the generated file that code inside its functions calls: no local may hide one. */
  readonly reserved: ReadonlySet<string>;

  /** How what stands around a body is read, for shapes that have a function for it. */
  readonly heads = new Map<Frame, string>();

  /** Lines that declare a local which may be left out where nothing uses it. See unused.ts. */
  readonly worked = new Set<string>();

  readonly #emittedLater = new Set<Field>();
  readonly #outerLocals = new Map<string, string>();

  /** Fields of which nothing may be told. */
  readonly secret: ReadonlySet<Field>;

  /** For a codec that says what it reads. */
  readonly traced: Traced | undefined;

  constructor(model: ProtocolModel, names: Names, traced?: Traced) {
    this.model = model;
    this.traced = traced;
    this.names = names;
    this.secret = secretFields(model);
    const sets = [...model.enums, ...allEnums(model)].map(s => names.type(s));
    this.reserved = new Set([
      ...LIBRARY,
      ...this.names.later.values(),
      ...[...this.names.masks.values()].flatMap(m => [m.of, m.number]),
      ...frameNames(model),
      ...sets,
      ...sets.map(nameTableOf),
      ...usedStructs(model).flatMap(s => [`read${names.type(s)}`, `write${names.type(s)}`]),
      ...FORMS,
    ]);
  }

  /** The function that decodes a field when it is asked for. */
  later(field: Field): string {
    return this.names.later.get(field)!;
  }

  /** The fields among these whose functions have not been written yet. */
  takeLater(fields: readonly Field[]): Field[] {
    const open = fields.filter(f => this.names.later.has(f) && !this.#emittedLater.has(f));
    for (const field of open) this.#emittedLater.add(field);
    return open;
  }

  /** What a name from around a type is called in its reader and writer: nothing else in them has that name. */
  outerLocal(path: readonly string[]): string {
    const key = path.join('.');
    let name = this.#outerLocals.get(key);
    if (name === undefined) {
      name = freshName(camel(path.join('-')), new Locals(this.reserved, [...FIXED, ...this.#outerLocals.values()]));
      this.#outerLocals.set(key, name);
    }
    return name;
  }

  /** Notes an import and returns its name. */
  use(name: string): string {
    this.imports.add(name);
    return name;
  }

  useType(name: string): string {
    this.typeImports.add(name);
    return name;
  }

  /** The constant that holds a regular expression. */
  pattern(source: string): string {
    const known = this.patterns.get(source);
    if (known !== undefined) return known;
    const name = `form${this.patterns.size + 1}`;
    this.patterns.set(source, name);
    return name;
  }

  /** The constant that holds some bytes: `DELIMITER1`. */
  bytesConstant(bytes: Uint8Array): string {
    const key = [...bytes].join(' ');
    const known = this.byteConstants.get(key);
    if (known !== undefined) return known;
    const name = `BYTES${this.byteConstants.size + 1}`;
    this.byteConstants.set(key, name);
    return name;
  }

  /** The constant that holds the rule of an escape. */
  escapeConstant(rule: Escape): string {
    const key = JSON.stringify(rule);
    const known = this.escapes.get(key);
    if (known !== undefined) return known.name;
    const pairs = rule.pairs.map(p => `[${hexByte(p.code)}, ${hexByte(p.byte)}]`).join(', ');
    const name = `ESCAPE${this.escapes.size === 0 ? '' : this.escapes.size + 1}`;
    this.escapes.set(key, { name, code: `${this.use('escapeRule')}(${hexByte(rule.lead)}, [${pairs}])` });
    return name;
  }

  /** The constant that computes a checksum which the library does not export. */
  checkSum(algorithm: CheckAlgorithm): string {
    const parts = Object.entries(algorithm.parameters ?? {}).map(
      ([key, v]) => `${key}: ${typeof v === 'number' && key !== 'width' ? `0x${v.toString(16)}` : v}`,
    );
    this.checkSums.set(algorithm.function, `${this.use('crc')}({ ${parts.join(', ')} })`);
    return algorithm.function;
  }

  /** The constant with the answer to a frame that is refused. */
  badAnswer(bad: Extract<Bad, object>): string {
    const answer = this.model.messages.find(m => m.name === bad.message && m.dir !== 'up');
    const field = answer?.fields[0];
    const values =
      bad.value === undefined || field === undefined ? '' : `, values: { ${field.name}: ${JSON.stringify(bad.value)} }`;
    const code = `{ message: '${bad.message}'${values} }`;
    const known = this.answers.get(code);
    if (known !== undefined) return known;
    const name = `ANSWER${this.answers.size + 1}`;
    this.answers.set(code, name);
    return name;
  }

  /** `kindNames`. */
  nameTable(set: EnumSet): string {
    this.nameTables.add(set);
    return nameTableOf(this.names.type(set));
  }

  /** The functions for a set of names; `key` is the same for all types that share it. */
  mask(key: object, type: MaskType): MaskNames {
    const names = this.names.masks.get(key)!;
    if (![...this.masks.values()].includes(names)) this.masks.set(type, names);
    return names;
  }

  wordTable(set: WordSet): string {
    this.wordTables.add(set);
    return nameTableOf(this.names.type(set));
  }
}

/** `u16be`: the function of framegate/codec that reads this number; empty for one byte, which needs none. */
export function intFunction(type: IntType): string {
  const letter = type.signed ? 'i' : 'u';
  return type.bytes === 1 ? `${letter}8` : `${letter}${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
}

/** `b[o + 3]!`, `u16be(b, o + 3)`. */
export function readInt(ctx: EmitContext, type: IntType, at: string, b = 'b'): string {
  if (type.bytes === 1 && !type.signed) return `${b}[${at}]!`;
  const read = `${ctx.use(intFunction(type))}(${b}, ${at})`;
  return type.bytes >= 7 && type.bigint ? `BigInt(${read})` : read;
}

/** `b[p + 3] = v`, `putU16be(b, p + 3, v)`. Signed and unsigned numbers are written alike. */
export function putInt(ctx: EmitContext, type: IntType, b: string, at: string, value: string): string {
  if (type.bytes === 1) return `${b}[${at}] = ${value};`;
  const name = `putU${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
  return `${ctx.use(name)}(${b}, ${at}, ${value});`;
}

export function intRange(type: IntType): { min: number; max: number } {
  const bits = type.bytes * 8;
  return type.signed ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 };
}

/** `o`, `o + 3`. */
export function plus(base: string, offset: number): string {
  if (offset === 0) return base;
  return offset > 0 ? `${base} + ${offset}` : `${base} - ${-offset}`;
}

/** `fail(...)`, and what else follows where the schema says so. */
export function consequence(ctx: EmitContext, bad: Bad | undefined, failed: string): string {
  if (bad === 'close') return `${ctx.use('closing')}(${failed})`;
  return typeof bad === 'object' ? `${ctx.use('answering')}(${failed}, ${ctx.badAnswer(bad)})` : failed;
}
