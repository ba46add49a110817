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

/** What helps somebody who has written something else. */
interface Telling {
  /** How such a map is written. */
  readonly hint?: string;
  /** What is meant by keys that other languages have. */
  readonly habits?: Readonly<Record<string, string>>;
}

export class Mapping {
  readonly source: SchemaSource;
  readonly node: YAMLMap;
  /** How an error names this map: `field temp`, `message login`. */
  readonly label: string;
  /** Made when they are first asked for: each key is looked up among them. */
  #entries: readonly Entry[] | undefined;
  /** Keys that are there, but misspelt: nothing is said of their absence. */
  readonly #meant = new Set<string>();

  constructor(source: SchemaSource, node: YAMLMap, label: string) {
    this.source = source;
    this.node = node;
    this.label = label;
  }

  /**
   * The map at `node`; an error where something else stands.
   * @param noun what its keys are called
   * @param hint how such a map is written
   */
  static of(
    source: SchemaSource,
    node: Node | null | undefined,
    label: string,
    noun = 'key',
    hint?: string,
  ): Mapping | undefined {
    const found = source.resolve(node);
    if (isMap(found)) {
      const map = new Mapping(source, found, label);
      map.#checkTwins(noun);
      return map;
    }
    const dashes = isSeq(found) && found.flow !== true;
    const example = dashes ? 'keys stand without dashes: name: ...' : hint;
    source.error('SHAPE', node, `${label} must be a map of keys, got ${kindOf(found)}`, example);
    return undefined;
  }

  /** The same, with every key checked against `keys`. */
  static known(
    source: SchemaSource,
    node: Node | null | undefined,
    label: string,
    keys: KeyTable,
    { hint, habits = {} }: Telling = {},
  ): Mapping | undefined {
    const map = Mapping.of(source, node, label, 'key', hint);
    if (map === undefined) return undefined;
    for (const { key, place, value } of map.entries()) {
      if (Object.hasOwn(keys, key)) continue;
      const near = nearest(key, Object.keys(keys));
      if (near !== undefined) map.#meant.add(near);
      const known = near === undefined ? `known keys: ${Object.keys(keys).join(', ')}` : `did you mean "${near}"?`;
      const habit = Object.hasOwn(habits, key.toLowerCase()) ? habits[key.toLowerCase()] : undefined;
      // `{ doc: four bytes, or seven }`: in braces a text ends at its comma, and what follows is a key without a value.
      const cut = map.node.flow === true && key.includes(' ') && scalarText(value) === undefined;
      const quotes = cut ? 'in braces, text with a comma in it needs quotes: doc: "one, two"' : undefined;
      source.error('UNKNOWN_KEY', place, `unknown key "${key}" in ${label}`, quotes ?? habit ?? known);
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
          key === 'spare' ? 'a second run of spare bits is spare2' : undefined,
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

  /** Whether `key` is there in another spelling, which has been told. */
  meant(key: string): boolean {
    return this.#meant.has(key);
  }

  missing(key: string, hint?: string): void {
    if (this.meant(key)) return;
    this.source.error('MISSING_KEY', this.node, `${this.label} has no "${key}"`, hint);
  }

  number(key: string): number | undefined {
    const node = this.at(key);
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'number') return node.value;
    const text = scalarText(node)?.trim() ?? '';
    const isNumber = /^-?(?:0x[\da-f]+|[\d.]+)$/i.test(text);
    const hint = isNumber ? `without quotes: ${key}: ${text.toLowerCase()}` : undefined;
    this.source.error('SHAPE', node, `${key} of ${this.label} must be a number, got ${kindOf(node)}`, hint);
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
  choice<T extends string>(key: string, choices: readonly T[], habits: Telling['habits'] = {}): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = choices.find(c => c === text);
    if (found === undefined) {
      const near = nearest(text, choices);
      const known = near === undefined ? `one of ${choices.join(', ')}` : `did you mean "${near}"?`;
      const hint = Object.hasOwn(habits, text.toLowerCase()) ? habits[text.toLowerCase()] : known;
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
      this.source.error('BAD_VALUE', this.at(key), `${key} cannot be "${text}"`, meantAmount(text, units) ?? want);
      return undefined;
    }
    return Number(m[1]) * unit;
  }
}

/** `1KB`, `10min`, or a duration without its unit. */
function meantAmount(text: string, units: Readonly<Record<string, number>>): string | undefined {
  const m = /^(\d+)\s*([A-Za-z]*)$/.exec(text);
  if (m === null || Number(m[1]) === 0) return undefined;
  const unit = AMOUNTS[m[2]!.toLowerCase()]?.find(u => Object.hasOwn(units, u));
  return unit === undefined ? undefined : `${m[1]}${unit}`;
}

const AMOUNTS: Readonly<Record<string, readonly string[]>> = {
  '': ['s'],
  b: ['B'],
  byte: ['B'],
  bytes: ['B'],
  k: ['KiB'],
  kb: ['KiB'],
  kib: ['KiB'],
  m: ['MiB'],
  mb: ['MiB'],
  mib: ['MiB'],
  sec: ['s'],
  secs: ['s'],
  second: ['s'],
  seconds: ['s'],
  min: ['m'],
  mins: ['m'],
  minute: ['m'],
  minutes: ['m'],
  hour: ['h'],
  hours: ['h'],
  msec: ['ms'],
  millis: ['ms'],
  milliseconds: ['ms'],
};

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
  source.error('BAD_BYTES', node, `${key}: ${b}`, meantBytes(text));
  return undefined;
}

/** `0x5a 0xa5`, `5a,a5`, `5`, or text without its quotes. */
function meantBytes(text: string): string {
  const digits = text
    .replace(/\b0x|\\x/gi, ' ')
    .replaceAll(/[,:;-]/g, ' ')
    .trim();
  const pairs = digits.split(/\s+/).map(d => (d.length % 2 === 0 ? d : `0${d}`));
  if (pairs.every(p => /^[\da-f]+$/i.test(p))) return `"${pairs.join(' ')}"`;
  if (/^[!-~]+$/.test(text) && !text.includes("'")) return `text stands in quotes of its own: "'${text}'"`;
  return 'bytes are pairs of hexadecimal digits and quoted text: "\'$GP\' 0d 0a"';
}

export function readExpression(source: SchemaSource, node: Node): Expr | undefined {
  const text = scalarText(node);
  if (text === undefined || (text === '' && node.tag?.startsWith('!') === true)) {
    // YAML takes what stands behind a "!" for a tag, and the text for an empty one.
    const tag = isScalar(node) && node.tag?.startsWith('!') === true ? node.tag : undefined;
    if (tag !== undefined) source.error('BAD_EXPRESSION', node, `YAML reads ${tag} as a tag`, `quote it: "${tag}"`);
    else source.error('SHAPE', node, `an expression must be text, got ${kindOf(node)}`);
    return undefined;
  }
  return readExpressionText(source, node, text);
}

export function readExpressionText(source: SchemaSource, node: Node, text: string): Expr | undefined {
  try {
    return source.keepPlace(parseExpression(text), node);
  } catch (e) {
    if (!(e instanceof ExpressionError)) throw e;
    const meant = meantExpression(text);
    source.error('BAD_EXPRESSION', node, `cannot read the expression "${shortened(text)}": ${e.message}`, meant);
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

/** Operators of other languages. */
function meantExpression(text: string): string | undefined {
  const meant = text
    .replaceAll(/\band\b/gi, '&&')
    .replaceAll(/\bor\b/gi, '||')
    .replaceAll(/\bnot\s+/gi, '!')
    .replaceAll(/\bmod\b/gi, '%')
    .replaceAll('<>', '!=')
    .replaceAll(/([!=])==/g, '$1=')
    .replaceAll(/(?<![=!<>])=(?!=)/g, '==')
    .replaceAll(/"([^"']*)"/g, "'$1'");
  try {
    parseExpression(meant);
    return meant;
  } catch {
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
