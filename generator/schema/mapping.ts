/** A YAML map read with care: every key is asked for by name, and what is wrong is reported at its place. */
import { parseBytes } from './byte-literal.js';
import { type Expr, ExpressionError, parseExpression } from './expression.js';
import type { KeyTable } from './keys.js';
import { isMap, isScalar, isSeq, type Node, type Place, type SchemaSource, type YAMLMap } from './source.js';
import { nearest } from './suggest.js';

export interface Entry {
  readonly key: string;
  readonly place: Place;
  readonly value: Node | undefined;
}

export class Mapping {
  readonly source: SchemaSource;
  readonly node: YAMLMap;
  /** How an error names this map: `field temp`, `message login`. */
  readonly label: string;
  /** Made when they are first asked for: each key is looked up among them. */
  #entries: readonly Entry[] | undefined;

  constructor(source: SchemaSource, node: YAMLMap, label: string) {
    this.source = source;
    this.node = node;
    this.label = label;
  }

  /** The map at `node`, or an empty one with an error where something else stands. */
  static of(source: SchemaSource, node: Node | null | undefined, label: string, noun = 'key'): Mapping | undefined {
    const found = source.resolve(node);
    if (isMap(found)) {
      const map = new Mapping(source, found, label);
      map.#checkTwins(noun);
      return map;
    }
    source.error('SHAPE', node, `${label} must be a map of keys, got ${kindOf(found)}`);
    return undefined;
  }

  /** The same, with every key checked against `keys`. */
  static known(
    source: SchemaSource,
    node: Node | null | undefined,
    label: string,
    keys: KeyTable,
  ): Mapping | undefined {
    const map = Mapping.of(source, node, label);
    if (map === undefined) return undefined;
    for (const { key, place } of map.entries()) {
      if (Object.hasOwn(keys, key)) continue;
      const near = nearest(key, Object.keys(keys));
      const hint = near === undefined ? `known keys: ${Object.keys(keys).join(', ')}` : `did you mean "${near}"?`;
      source.error('UNKNOWN_KEY', place, `unknown key "${key}" in ${label}`, hint);
    }
    return map;
  }

  entries(): readonly Entry[] {
    this.#entries ??= this.node.items.map(pair => {
      const keyNode = pair.key as Node;
      const raw = isScalar(keyNode) ? (keyNode.source ?? String(keyNode.value)) : String(pair.key);
      return { key: raw, place: this.source.place(keyNode), value: this.source.resolve(pair.value as Node | null) };
    });
    return this.#entries;
  }

  #checkTwins(noun: string): void {
    const seen = new Map<string, Place>();
    for (const { key, place } of this.entries()) {
      const first = seen.get(key);
      if (first === undefined) seen.set(key, place);
      else {
        const where = this.source.lineColumn(first);
        this.source.error(
          'DUPLICATE_NAME',
          place,
          `${noun} "${key}" is declared twice in ${this.label}, first at ${where}`,
        );
      }
    }
  }

  has(key: string): boolean {
    return this.at(key) !== undefined;
  }

  /** By the key's spelling: YAML would read `0x01` as a number. */
  at(key: string): Node | undefined {
    return this.entries().find(e => e.key === key)?.value;
  }

  /** Where the value of `key` stands; the map itself if it is not there. */
  placeOf(key: string): Place {
    return this.source.place(this.at(key) ?? this.node);
  }

  text(key: string): string | undefined {
    const node = this.at(key);
    if (node === undefined) return undefined;
    const text = scalarText(node);
    if (text === undefined)
      this.source.error('SHAPE', node, `${key} of ${this.label} must be text, got ${kindOf(node)}`);
    return text;
  }

  requiredText(key: string): string | undefined {
    if (!this.has(key)) {
      this.missing(key);
      return undefined;
    }
    return this.text(key);
  }

  missing(key: string, hint?: string): void {
    this.source.error('MISSING_KEY', this.node, `${this.label} has no "${key}"`, hint);
  }

  number(key: string): number | undefined {
    const node = this.at(key);
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'number') return node.value;
    this.source.error('SHAPE', node, `${key} of ${this.label} must be a number, got ${kindOf(node)}`);
    return undefined;
  }

  flag(key: string): boolean {
    const node = this.at(key);
    if (node === undefined) return false;
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    this.source.error('SHAPE', node, `${key} of ${this.label} must be true or false, got ${kindOf(node)}`);
    return false;
  }

  /** One of a few words. */
  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = choices.find(c => c === text);
    if (found === undefined) {
      const near = nearest(text, choices);
      const hint = near === undefined ? `one of ${choices.join(', ')}` : `did you mean "${near}"?`;
      this.source.error('BAD_VALUE', this.at(key), `${key} of ${this.label} cannot be "${text}"`, hint);
    }
    return found;
  }

  bytes(key: string): Uint8Array | undefined {
    const node = this.at(key);
    return node === undefined ? undefined : readBytes(this.source, node, key);
  }

  expression(key: string): Expr | undefined {
    const node = this.at(key);
    return node === undefined ? undefined : readExpression(this.source, node);
  }

  /** Milliseconds of `300s`, `5m`, `200ms`. */
  duration(key: string): number | undefined {
    return this.#measured(key, { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }, 'a duration such as 30s, 5m or 200ms');
  }

  /** Bytes of `512`, `4KiB`, `1MiB`. */
  byteCount(key: string): number | undefined {
    return this.#measured(key, { '': 1, B: 1, KiB: 1024, MiB: 1024 * 1024 }, 'a size such as 512, 4KiB or 1MiB');
  }

  #measured(key: string, units: Readonly<Record<string, number>>, want: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const m = /^(\d+)\s*([A-Za-z]*)$/.exec(text);
    const unit = m === null ? undefined : units[m[2]!];
    if (m === null || unit === undefined || Number(m[1]) * unit <= 0) {
      this.source.error('BAD_VALUE', this.at(key), `${key} cannot be "${text}"`, `want ${want}`);
      return undefined;
    }
    return Number(m[1]) * unit;
  }
}

/** The text of a scalar as it was written; numbers keep their spelling. */
export function scalarText(node: Node | undefined): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

export function readBytes(source: SchemaSource, node: Node, key: string): Uint8Array | undefined {
  if (isScalar(node) && typeof node.value === 'number') {
    const spelled = node.source ?? String(node.value);
    const digits = spelled.replace(/^0x/, '');
    const meant = (digits.match(/..?/g) ?? []).map(pair => pair.padStart(2, '0')).join(' ');
    if (/^\d+$/.test(spelled)) {
      source.error('UNQUOTED_BYTES', node, `${key}: ${spelled} is the number ${node.value}`, `quote bytes: "${meant}"`);
    } else {
      const what = Number.isInteger(node.value) && /^0x/.test(spelled) ? 'a number' : 'a float';
      source.error(
        'UNQUOTED_BYTES',
        node,
        `YAML reads ${spelled} as ${node.value} (${what})`,
        `"${meant}" if bytes are meant`,
      );
    }
    return undefined;
  }
  const text = scalarText(node);
  if (text === undefined) {
    source.error('SHAPE', node, `${key} must be bytes, such as "78 78", got ${kindOf(node)}`);
    return undefined;
  }
  const b = parseBytes(text);
  if (typeof b !== 'string') return b;
  source.error(
    'BAD_BYTES',
    node,
    `${key}: ${b}`,
    'bytes are pairs of hexadecimal digits and quoted text: "\'$GP\' 0d 0a"',
  );
  return undefined;
}

export function readExpression(source: SchemaSource, node: Node): Expr | undefined {
  const text = scalarText(node);
  if (text === undefined) {
    source.error('SHAPE', node, `an expression must be text, got ${kindOf(node)}`);
    return undefined;
  }
  return readExpressionText(source, node, text);
}

export function readExpressionText(source: SchemaSource, node: Node, text: string): Expr | undefined {
  try {
    return parseExpression(text);
  } catch (e) {
    if (!(e instanceof ExpressionError)) throw e;
    source.error('BAD_EXPRESSION', node, `cannot read the expression "${text}": ${e.message}`);
    return undefined;
  }
}

/** Strings of a scalar or of a list of scalars. */
export function readNames(source: SchemaSource, node: Node | undefined, what: string): string[] {
  const items = isSeq(node) ? node.items.map(i => source.resolve(i as Node)) : [node];
  return items.flatMap(item => {
    const text = scalarText(item);
    if (text !== undefined) return [text];
    source.error('SHAPE', item ?? node, `${what} must be a name or a list of names, got ${kindOf(item)}`);
    return [];
  });
}

export function kindOf(node: Node | null | undefined): string {
  if (node === undefined || node === null) return 'nothing';
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (isScalar(node)) {
    if (node.value === null) return 'nothing';
    return typeof node.value === 'string' ? `"${node.value}"` : String(node.source ?? node.value);
  }
  return 'something else';
}
