/** What all emitters of one protocol share. */
import type { EnumSet, IntType, ProtocolModel } from '../model/model.js';
import { allEnums, LIBRARY, type Names, usedStructs } from './names.js';

export class EmitContext {
  readonly model: ProtocolModel;
  readonly names: Names;
  /** What the generated file imports from `framegate/codec`. */
  readonly imports = new Set<string>();
  readonly typeImports = new Set<string>();
  /** Regular expressions of `valid: { match }`, as constants of the file. */
  readonly patterns = new Map<string, string>();
  /** Enumerations that are read: their number -> name tables. */
  readonly nameTables = new Set<EnumSet>();

  /** Names of the generated file that code inside its functions calls: no local may hide one. */
  readonly reserved: ReadonlySet<string>;

  constructor(model: ProtocolModel, names: Names) {
    this.model = model;
    this.names = names;
    const sets = [...model.enums, ...allEnums(model)].map(s => names.type(s));
    this.reserved = new Set([
      ...LIBRARY,
      'bodyStart',
      'sealFrame',
      ...sets,
      ...sets.map(nameTableOf),
      ...usedStructs(model).flatMap(s => [`read${names.type(s)}`, `write${names.type(s)}`]),
      ...Array.from({ length: 99 }, (_, i) => `form${i + 1}`),
    ]);
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

  /** `kindNames`. */
  nameTable(set: EnumSet): string {
    this.nameTables.add(set);
    return nameTableOf(this.names.type(set));
  }
}

export function nameTableOf(typeName: string): string {
  return `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}Names`;
}

/** `u16be`: the function of framegate/codec that reads this number; empty for one byte, which needs none. */
export function intFunction(type: IntType): string {
  const letter = type.signed ? 'i' : 'u';
  return type.bytes === 1 ? `${letter}8` : `${letter}${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
}

/** `b[o + 3]!`, `u16be(b, o + 3)`. */
export function readInt(ctx: EmitContext, type: IntType, at: string): string {
  if (type.bytes === 1 && !type.signed) return `b[${at}]!`;
  const read = `${ctx.use(intFunction(type))}(b, ${at})`;
  return type.bytes === 8 && type.bigint ? `BigInt(${read})` : read;
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
