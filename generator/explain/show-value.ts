/** What a field holds, in words: scaled value with unit and raw number, names of enumerations and flags. */
import type { CheckType, EnumSet, Field, MagicType, Type } from '../model/model.js';
import { showBytes } from '../schema/byte-literal.js';
import type { TraceNode } from './trace.js';

/** A value and what else is to be said of it. */
export interface Shown {
  readonly value: string;
  readonly note: string;
}

export function showNode(node: TraceNode, bytes: Uint8Array): Shown {
  const { field, prefix, kind } = node;
  const notes: string[] = [];
  if (kind === 'tagged') notes.push(`tag ${hexNumber(node.number)}`);
  const type = field?.type;
  if (prefix !== undefined) notes.push(`${type?.kind === 'list' ? 'count' : 'size'} ${prefix.count}`);
  if (kind === 'tagged' && field === undefined) notes.push('kept as it is: not declared, of another size, or repeated');
  if (kind === 'tail') notes.push('no whole item: kept as it is');
  const shown = field === undefined ? plainValue(node.value) : fieldValue(field, node, bytes, notes);
  return { value: shown, note: notes.join(', ') };
}

function fieldValue(field: Field, node: TraceNode, bytes: Uint8Array, notes: string[]): string {
  const { type } = field;
  const { value, raw } = node;
  if (field.auto !== undefined || field.covers !== undefined) notes.push(autoNote(field));
  if (node.to === undefined) return '';
  switch (type.kind) {
    case 'magic':
      return magicValue(type, bytes);
    case 'check':
      return checkValue(type, node, notes);
    case 'flags': {
      const rest = (value as { $rest?: number } | undefined)?.$rest;
      if (rest !== undefined) notes.push(`undeclared bits ${hexNumber(rest)}`);
      return bitNames(value);
    }
    case 'bits':
      return hexNumber(raw, type.word.bytes);
    case 'time':
      return timeValue(value);
    case 'bytes':
    case 'body':
      return bytes.length === 0 ? 'empty' : '';
    default:
  }
  if (field.enum !== undefined) return enumValue(field.enum.set, value, raw);
  if (field.role === 'id' && typeof value === 'number') return hexNumber(value, byteCount(type));
  if (value === undefined) {
    if (field.none !== undefined && raw === field.none) return `no value (${String(raw)})`;
    return field.constant === undefined ? '' : String(raw);
  }
  if (field.scale !== undefined && raw !== undefined) notes.unshift(`raw ${String(raw)}`);
  if (field.constant !== undefined) notes.push('constant');
  return `${plainValue(value)}${field.unit === undefined ? '' : ` ${field.unit}`}`;
}

/** The flags that are set, and what numbers among the bits are. */
export function bitNames(value: unknown): string {
  const said = Object.entries(value ?? {}).flatMap(([name, v]) =>
    name === '$rest' || v === false ? [] : v === true ? [name] : [`${name} ${String(v)}`],
  );
  return said.length === 0 ? 'none' : said.join(', ');
}

/** A time may be further away than a calendar reaches. */
function timeValue(value: unknown): string {
  if (value === undefined) return 'no such time';
  const date = new Date(Number(value));
  return Number.isNaN(date.getTime()) ? `${String(value)} ms` : date.toISOString();
}

function autoNote({ auto, covers }: Field): string {
  if (covers !== undefined) return `size of ${rangeText(covers)}`;
  if (auto?.kind === 'size') return `size of ${rangeText(auto.range)}`;
  if (auto?.kind === 'count') return `count of ${auto.of}`;
  return auto?.kind === 'present' ? 'what is present' : 'computed';
}

export function rangeText({ from, to }: { readonly from: string; readonly to: string }): string {
  return from === to ? from : `${from}..${to}`;
}

function magicValue(type: MagicType, bytes: Uint8Array): string {
  const form = type.forms.find(f => f.bytes.length === bytes.length && f.bytes.every((b, i) => b === bytes[i]));
  if (form !== undefined) return form.name;
  return `want ${type.forms.map(f => showBytes(f.bytes)).join(' or ')}`;
}

function checkValue(type: CheckType, { value, want }: TraceNode, notes: string[]): string {
  const { algorithm, word, over } = type;
  notes.push(`${algorithm.name} of ${rangeText(over)}`);
  const good = value === want;
  return `${hexNumber(value, word.bytes)}, ${good ? 'good' : `want ${hexNumber(want, word.bytes)}`}`;
}

function enumValue(set: EnumSet, value: unknown, raw: unknown): string {
  const number = typeof value === 'number' ? value : (raw ?? set.members.find(m => m.name === value)?.value);
  const name = typeof value === 'string' ? value : set.members.find(m => m.value === number)?.name;
  return name === undefined ? `${String(number)}, no name in ${set.name}` : `${name} (${String(number)})`;
}

function plainValue(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return '';
  if (Array.isArray(value)) return value.every(isLeaf) ? `[${value.map(plainValue).join(', ')}]` : '';
  return typeof value === 'object' ? '' : String(value);
}

const isLeaf = (v: unknown): boolean => typeof v !== 'object' || v === null;

const byteCount = (type: Type): number => ('bytes' in type && typeof type.bytes === 'number' ? type.bytes : 1);

/** `0x0102`. */
export function hexNumber(n: unknown, bytes = 1): string {
  return typeof n === 'number' || typeof n === 'bigint' ? `0x${n.toString(16).padStart(bytes * 2, '0')}` : String(n);
}
