/** Documentation of a run of fields: its byte diagram, and a table. */
import type { Field, Lifespan } from '../model/model.js';
import { structOf } from '../model/secrets.js';
import { sizeOf } from '../model/sizes.js';
import { byteHex } from './code.js';
import {
  anchor,
  bytesText,
  exprText,
  rangeText,
  scaleText,
  type TypeWords,
  validText,
  widthText,
} from './docs-words.js';

/** A link inside the page. */
export interface Link {
  readonly text: string;
  readonly to: string;
}

export interface FieldRow {
  readonly offset: string;
  readonly width: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly scale: string;
  readonly range: string;
  readonly meaning: string;
  readonly links: readonly Link[];
  /** Bits of the field before. */
  readonly isBit: boolean;
  readonly isDeprecated: boolean;
}

/** One box of a diagram. */
export interface Cell {
  readonly name: string;
  readonly offset: string;
  readonly width: string;
  /** How wide it is drawn, in parts. */
  readonly parts: number;
  /** `fixed`, `variable` or `optional`. */
  readonly kind: string;
}

export interface FieldsDoc {
  readonly cells: readonly Cell[];
  readonly rows: readonly FieldRow[];
  /** Columns of the table in which something stands. */
  readonly has: { readonly [C in Column]: boolean };
  /** The same as text. */
  readonly drawing: string;
}

type Column = (typeof COLUMNS)[number];
const COLUMNS = ['offset', 'width', 'unit', 'scale', 'range'] as const;

/** A place in a frame: `4`, `4+` behind something of variable size, `-2` seen from the end. */
interface Placed {
  readonly field: Field;
  readonly offset: string;
}

export function fieldsDoc(fields: readonly Field[], words: TypeWords): FieldsDoc {
  const placed = placesOf(fields);
  const cells = placed.map(p => cellOf(p));
  return { cells, ...tableOf(placed.flatMap(p => rowsOf(p, words))), drawing: draw(cells) };
}

/** Rows as a table that leaves out columns in which nothing stands. */
export function tableOf(rows: readonly FieldRow[]): Pick<FieldsDoc, 'rows' | 'has'> {
  const has = Object.fromEntries(COLUMNS.map(c => [c, rows.some(row => row[c] !== '')]));
  return { rows, has: has as FieldsDoc['has'] };
}

function placesOf(fields: readonly Field[]): Placed[] {
  const body = fields.findIndex(f => f.type.kind === 'body');
  let at = 0;
  let isSure = true;
  const ahead = (body < 0 ? fields : fields.slice(0, body + 1)).map(field => {
    const offset = `${at}${isSure ? '' : '+'}`;
    const { min, max } = sizeOf(field.type);
    if (field.when === undefined) at += min;
    if (field.when !== undefined || min !== max) isSure = false;
    return { field, offset };
  });
  if (body < 0) return ahead;
  const behind: Placed[] = [];
  let back = 0;
  for (const field of fields.slice(body + 1).reverse()) {
    back += sizeOf(field.type).min;
    behind.unshift({ field, offset: `-${back}` });
  }
  return [...ahead, ...behind];
}

function cellOf({ field, offset }: Placed): Cell {
  const { min, max } = sizeOf(field.type);
  const isOptional = field.when !== undefined || field.optional === true;
  return {
    name: field.name,
    offset,
    width: widthText(field.type, isOptional),
    parts: min === max ? Math.min(8, Math.max(1, min)) : 4,
    kind: isOptional ? 'optional' : min === max ? 'fixed' : 'variable',
  };
}

/** Boxes in characters; a row is at most so wide. */
const PAGE = 96;

function draw(cells: readonly Cell[]): string {
  const rows: Cell[][] = [];
  let width = PAGE;
  for (const cell of cells) {
    const own = boxWidth(cell) + 1;
    if (width + own > PAGE) {
      rows.push([]);
      width = 1;
    }
    rows.at(-1)!.push(cell);
    width += own;
  }
  return rows.map(drawRow).join('\n');
}

const boxWidth = (c: Cell): number => Math.max(label(c).length, c.width.length, c.offset.length) + 2;

/** Optional ones stand in brackets. */
const label = (c: Cell): string => (c.kind === 'optional' ? `[${c.name}]` : c.name);

function drawRow(cells: readonly Cell[]): string {
  const line = `+${cells.map(c => '-'.repeat(boxWidth(c))).join('+')}+`;
  const row = (text: (c: Cell) => string): string =>
    `|${cells.map(c => ` ${text(c).padEnd(boxWidth(c) - 2)} `).join('|')}|`;
  const offsets = ` ${cells.map(c => c.offset.padEnd(boxWidth(c))).join(' ')}`.trimEnd();
  return [offsets, line, row(label), row(c => c.width), line].join('\n');
}

function rowsOf({ field, offset }: Placed, words: TypeWords): FieldRow[] {
  const { type } = field;
  const whole: FieldRow = {
    ...{ offset, width: widthText(type, field.when !== undefined || field.optional === true) },
    ...{ name: field.name, type: words.of(type), unit: field.unit ?? '' },
    ...{ scale: scaleText(field), range: validText(field) },
    ...{ meaning: meaningOf(field), links: linksOf(field), isBit: false },
    isDeprecated: field.deprecated !== undefined,
  };
  if (type.kind !== 'bits') return [whole];
  const bits = type.bits.map(b => ({
    ...{ offset: '', unit: '', scale: '', range: '', links: [], isBit: true, isDeprecated: false },
    width: b.width === 1 ? `bit ${b.shift}` : `bits ${b.shift + b.width - 1}..${b.shift}`,
    name: b.spare ? 'spare' : b.name,
    type: b.width === 1 ? 'bool' : `u${b.width}`,
    meaning: bitMeaning(b.auto),
  }));
  return [whole, ...bits];
}

function bitMeaning(auto: Extract<Field['type'], { kind: 'bits' }>['bits'][number]['auto']): string {
  if (auto === undefined) return '';
  if (auto.kind === 'size') return `size of ${rangeText(auto.range)}`;
  return auto.kind === 'given' ? `set where ${auto.of} is present` : `as the connection has learned: conn.${auto.name}`;
}

/** Everything else that is to be said of a field, in short sentences. */
function meaningOf(field: Field): string {
  const { type } = field;
  const parts: string[] = [];
  if (field.doc !== undefined) parts.push(field.doc);
  if (field.when !== undefined) parts.push(`only if ${exprText(field.when)}`);
  if (field.optional === true) parts.push('may be absent');
  if (field.role === 'id') parts.push('tells the message');
  if (field.role === 'serial') parts.push('serial number');
  if (field.role === 'identity') parts.push('identity of the sender');
  if (field.covers !== undefined) parts.push(`size of ${rangeText(field.covers)}`);
  if (field.auto !== undefined) parts.push(autoText(field.auto));
  if (type.kind === 'magic')
    parts.push(type.forms.map(f => `${bytesText(f.bytes)}${f.name === '' ? '' : ` (${f.name})`}`).join(' or '));
  if (type.kind === 'case')
    parts.push(type.arms.map((a, i) => `${i === 0 ? '' : 'or '}${a.type.bytes} if ${a.name}`).join(', '));
  if (type.kind === 'check') parts.push(`${type.algorithm.name} of ${rangeText(type.over)}`);
  if (type.kind === 'body') parts.push('the fields of the message');
  if (type.kind === 'time') parts.push(timeMeaning(type));
  if (field.constant !== undefined) parts.push(`always ${field.constant} (${byteHex(field.constant)})`);
  if (field.none !== undefined) parts.push(`${field.none} means no value`);
  if (field.negative !== undefined)
    parts.push(`negative if ${field.negative.inverted ? 'not ' : ''}${field.negative.field}.${field.negative.bit}`);
  if (field.default !== undefined) parts.push(`${String(field.default)} if not given`);
  if (field.from !== undefined) parts.push(`taken from ${field.from.join('.')}`);
  if (field.pad !== undefined) parts.push(`filled with ${byteHex(field.pad)}`);
  if (field.trim) parts.push('leading zeros are dropped');
  if (field.secret) parts.push('secret');
  if (field.enum?.open === true) parts.push('other numbers are let through');
  if (typeof field.bad === 'object') parts.push(`if wrong, ${field.bad.message} is sent`);
  else if (field.bad === 'close') parts.push('if wrong, the connection is closed');
  return [...parts, ...lifespanTexts(field)].join('; ');
}

export function lifespanTexts({ since, until, deprecated }: Lifespan): string[] {
  return [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(deprecated === undefined ? [] : [`deprecated: ${deprecated}`]),
  ];
}

function autoText(auto: NonNullable<Field['auto']>): string {
  if (auto.kind === 'size') return `size of ${rangeText(auto.range)}`;
  if (auto.kind === 'count') return `count of ${auto.of}`;
  return auto.kind === 'present' ? 'says which fields are present' : `always ${exprText(auto.expr)}`;
}

function timeMeaning(type: Extract<Field['type'], { kind: 'time' }>): string {
  if (type.form === 'gps') return 'GPS week and milliseconds in it';
  if (type.form === 'count')
    return `${type.perUnit === 1 ? 'milliseconds' : `units of ${type.perUnit} ms`} since ${epochText(type.epoch)}`;
  const sign = type.zone < 0 ? '-' : '+';
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const zone = type.zone === 0 ? 'UTC' : `UTC${sign}${two(Math.abs(type.zone) / 60)}:${two(Math.abs(type.zone) % 60)}`;
  return `${type.form === 'bcd' ? 'BCD digits' : 'plain bytes'}, ${zone}`;
}

/** `1970`, `2010-01-01`. */
const epochText = (epoch: number): string => (epoch === 0 ? '1970' : new Date(epoch).toJSON().slice(0, 10));

function linksOf(field: Field): Link[] {
  const links: Link[] = [];
  const set = field.enum?.set ?? field.words;
  if (set !== undefined) links.push({ text: set.name, to: anchor('enum', set.name) });
  if (field.type.kind === 'flags') links.push({ text: field.type.set.name, to: anchor('flags', field.type.set.name) });
  const struct = structOf(field.type);
  if (struct !== undefined) links.push({ text: struct.name, to: anchor('type', struct.name) });
  return links;
}
