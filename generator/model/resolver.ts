/** What all parts of the resolution share: defaults, limits, and the schema's own types by name. */
import { Mapping, scalarText } from '../schema/mapping.js';
import { isMap, type Node, type Place, type SchemaSource } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import type { Charset, Endian, EnumSet, FlagSet, Struct } from './model.js';
import { isName, pascal } from './names.js';
import { resolveStruct } from './resolve-fields.js';
import { resolveTextType } from './resolve-text-type.js';
import { resolveTlv } from './resolve-tlv.js';

/** A type of the schema, before anybody has used it. */
interface Declared {
  readonly node: Node | undefined;
  readonly parameters: readonly string[];
}

export class Resolver {
  readonly source: SchemaSource;
  endian: Endian = 'big';
  charset: Charset = 'utf8';
  /** Minutes that the devices' clocks are ahead of UTC. */
  zone = 0;
  limits = { frame: 64 * 1024, list: 1024, string: 4096, idle: 300_000 };
  /** False where a limit could not be read: nothing is measured by it then. */
  limitsRead = true;
  readonly enums = new Map<string, EnumSet>();
  readonly flags = new Map<string, FlagSet>();
  readonly #types = new Map<string, Declared>();
  /** What the parameters of the type that is being resolved stand for: other types, as text. */
  #arguments = new Map<string, string>();
  readonly #structs = new Map<string, Struct | 'open' | 'broken'>();
  readonly #groups: Struct[] = [];

  constructor(source: SchemaSource) {
    this.source = source;
  }

  declareTypes(types: Mapping): void {
    for (const { key, place, value } of types.entries()) {
      const m = /^(\w+)\s*\(([^()]*)\)$/.exec(key);
      const name = m?.[1] ?? key;
      const parameters = (m?.[2] ?? '').split(/[\s,]+/).filter(p => p !== '');
      for (const n of [name, ...parameters]) if (!isName(n)) this.badName(place, n);
      if (this.#types.has(name) && name !== key)
        this.source.error('DUPLICATE_NAME', place, `type "${name}" is declared twice`);
      this.#types.set(name, { node: value, parameters });
    }
  }

  /** The section `key` of the schema. */
  root(key: string): Node | undefined {
    const { root } = this.source;
    return isMap(root) ? new Mapping(this.source, root, 'the schema').at(key) : undefined;
  }

  typeNames(): string[] {
    return [...this.#types.keys()];
  }

  isDeclaredType(name: string): boolean {
    return this.#types.has(name);
  }

  /** Names that stand for types while `name` is resolved with arguments. */
  parametersOf(name: string): readonly string[] {
    return this.#types.get(name)?.parameters ?? [];
  }

  /** The type that a parameter stands for, as text. */
  argument(name: string): string | undefined {
    return this.#arguments.get(name);
  }

  /**
   * The struct `name`, resolved on first use; `undefined` when there is none or it is broken.
   * @param given what its parameters stand for, in their order: each set makes a type of its own
   */
  struct(name: string, usedAt: Node, given: readonly string[] = []): Struct | undefined {
    const declared = this.#types.get(name);
    if (declared === undefined) return undefined;
    const key = given.length === 0 ? name : `${name}(${given.join(' ')})`;
    const known = this.#structs.get(key);
    if (known === 'open') {
      this.source.error(
        'RECURSIVE',
        usedAt,
        `type "${name}" contains itself`,
        'a type that contains itself has no greatest size',
      );
      return undefined;
    }
    if (known === 'broken') return undefined;
    if (known !== undefined) return known;
    this.#structs.set(key, 'open');
    const outside = this.#arguments;
    this.#arguments = new Map(declared.parameters.map((p, i) => [p, given[i] ?? '']));
    const struct = this.#resolve(name, declared.node, [name, ...given.flatMap(wordsOf)].map(pascal).join(''));
    this.#arguments = outside;
    this.#structs.set(key, struct ?? 'broken');
    return struct;
  }

  #resolve(name: string, node: Node | undefined, typeName: string): Struct | undefined {
    const map = Mapping.of(this.source, node, `type ${name}`, 'field');
    if (map === undefined) return undefined;
    if (scalarText(map.at('text'))?.includes('{') === true) return resolveTextType(this, map, name);
    return map.has('tlv') ? resolveTlv(this, map, name, typeName) : resolveStruct(this, map, typeName);
  }

  /** A struct without a name of its own in the schema: a group, or the fields of a tagged item. */
  addGroup(struct: Struct): Struct {
    this.#groups.push(struct);
    return struct;
  }

  /** All structs that were resolved, also those that nobody uses: their mistakes count too. */
  allStructs(): Struct[] {
    for (const [name, { node, parameters }] of this.#types)
      if (parameters.length === 0 && !this.#structs.has(name)) this.struct(name, node as Node);
    return [...this.#groups, ...this.#structs.values()].filter((s): s is Struct => typeof s === 'object');
  }

  badName(place: Place, name: string): void {
    const isReserved = /^[A-Za-z]\w*$/.test(name);
    const like = name.replaceAll(/[^A-Za-z0-9_]+(.?)/g, (_, next: string) => next.toUpperCase());
    const rule = 'letters, digits and underscores, a letter first';
    this.source.error(
      'BAD_NAME',
      place,
      `"${name}" cannot be a name`,
      isReserved ? 'JavaScript has it for its own use: take another' : isName(like) ? `${rule}: ${like}` : rule,
    );
  }

  unknownName(at: Node | Place | undefined, what: string, name: string, known: Iterable<string>): void {
    const near = nearest(name, known);
    const all = [...known];
    // More would hide the message that they are to help with.
    const few = all.length > 0 && all.length <= 12 ? `known: ${all.join(', ')}` : undefined;
    const hint = near === undefined ? few : `did you mean "${near}"?`;
    this.source.error('UNKNOWN_NAME', at, `unknown ${what} "${name}"`, hint);
  }
}

/** The words of a type that is given for a parameter: those of `str(*)` are `str` and `rest`. */
function wordsOf(type: string): string[] {
  return type
    .replaceAll('*', 'rest')
    .split(/[^A-Za-z0-9_]+/)
    .filter(word => word !== '');
}
