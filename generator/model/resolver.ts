/** What all parts of the resolution share: defaults, limits, and the schema's own types by name. */
import { Mapping } from '../schema/mapping.js';
import type { Node, Place, SchemaSource } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import type { Charset, Endian, EnumSet, Field, FlagSet, Struct } from './model.js';
import { isName, pascal } from './names.js';
import { resolveFields } from './resolve-fields.js';
import { resolveTlv } from './resolve-tlv.js';

export class Resolver {
  readonly source: SchemaSource;
  endian: Endian = 'big';
  charset: Charset = 'utf8';
  /** Minutes that the devices' clocks are ahead of UTC. */
  zone = 0;
  limits = { frame: 64 * 1024, list: 1024, string: 4096, idle: 300_000 };
  readonly enums = new Map<string, EnumSet>();
  readonly flags = new Map<string, FlagSet>();
  /** The elements around the body, once the frame is resolved: expressions of messages may name them. */
  layout: readonly Field[] = [];
  readonly #typeNodes = new Map<string, Node | undefined>();
  readonly #structs = new Map<string, Struct | 'open' | 'broken'>();
  readonly #groups: Struct[] = [];

  constructor(source: SchemaSource) {
    this.source = source;
  }

  declareTypes(types: Mapping): void {
    for (const { key, place, value } of types.entries()) {
      if (/^[A-Za-z]\w*\s*\(/.test(key)) {
        this.source.error(
          'UNSUPPORTED',
          place,
          `type "${key}": types with parameters are not supported by this version`,
        );
        this.#structs.set(key.slice(0, key.indexOf('(')).trim(), 'broken');
        this.#typeNodes.set(key.slice(0, key.indexOf('(')).trim(), value);
        continue;
      }
      if (!isName(key)) this.badName(place, key);
      this.#typeNodes.set(key, value);
    }
  }

  typeNames(): string[] {
    return [...this.#typeNodes.keys()];
  }

  isDeclaredType(name: string): boolean {
    return this.#typeNodes.has(name);
  }

  /** The struct `name`, resolved on first use; `undefined` when there is none or it is broken. */
  struct(name: string, usedAt: Node): Struct | undefined {
    const known = this.#structs.get(name);
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
    if (!this.#typeNodes.has(name)) return undefined;
    this.#structs.set(name, 'open');
    const map = Mapping.of(this.source, this.#typeNodes.get(name), `type ${name}`, 'field');
    if (map?.has('text') === true) {
      this.source.error('UNSUPPORTED', map.node, `type "${name}": text types are not supported by this version`);
      this.#structs.set(name, 'broken');
      return undefined;
    }
    if (map?.has('tlv') === true) {
      const tagged = resolveTlv(this, map, name);
      this.#structs.set(name, tagged ?? 'broken');
      return tagged;
    }
    const fields = map === undefined ? undefined : resolveFields(this, map, pascal(name), []);
    const struct = fields === undefined ? undefined : { name: pascal(name), fields };
    this.#structs.set(name, struct ?? 'broken');
    return struct;
  }

  /** A struct without a name of its own in the schema: the fields of a tagged item. */
  addGroup(name: string, fields: readonly Field[]): Struct {
    const struct: Struct = { name, fields };
    this.#groups.push(struct);
    return struct;
  }

  /** All structs that were resolved, also those that nobody uses: their mistakes count too. */
  allStructs(): Struct[] {
    for (const [name, node] of this.#typeNodes) if (!this.#structs.has(name)) this.struct(name, node as Node);
    return [...this.#groups, ...this.#structs.values()].filter((s): s is Struct => typeof s === 'object');
  }

  badName(place: Place, name: string): void {
    const isReserved = /^[A-Za-z]\w*$/.test(name);
    this.source.error(
      'BAD_NAME',
      place,
      `"${name}" cannot be a name`,
      isReserved
        ? 'JavaScript has it for its own use: take another'
        : 'letters, digits and underscores, a letter first',
    );
  }

  unknownName(at: Node | Place | undefined, what: string, name: string, known: Iterable<string>): void {
    const near = nearest(name, known);
    this.source.error(
      'UNKNOWN_NAME',
      at,
      `unknown ${what} "${name}"`,
      near === undefined ? undefined : `did you mean "${near}"?`,
    );
  }
}
