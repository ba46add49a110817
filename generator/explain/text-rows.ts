/** The rows of a frame of text: the parts of the template of its message or frame, and what its body holds. */
import type { Decoded, MessageCodec } from '../../src/codec/index.js';
import { checksumOf } from '../model/checksum.js';
import type { CheckType, Field, Frame, ProtocolModel, TemplatePart } from '../model/model.js';
import { lengthOf } from '../model/resolve-template.js';
import { holdsSecret, secretPaths } from '../model/secrets.js';
import type { TextLayout } from '../model/text-model.js';
import type { Row } from './rows.js';
import { bitNames, hexNumber, rangeText } from './show-value.js';
import { bodyRows } from './text-body-rows.js';

/** @param unreadIsSecret what cannot be read may be secret */
export function explainText(
  told: MessageCodec | undefined,
  frame: Frame,
  model: ProtocolModel,
  bytes: Uint8Array,
  decoded: Decoded | undefined,
  unreadIsSecret: boolean,
): Row[] {
  const rows = textRows(told, frame, model, bytes, decoded);
  // In a frame that is wrong, a secret may stand in the place of something else.
  const isUnread = ({ path, name }: Row): boolean =>
    (decoded === undefined && name !== 'literal') ||
    (path === '' && name !== 'literal') ||
    path === 'body' ||
    path.startsWith('unknown.');
  return unreadIsSecret ? rows.map(row => (isUnread(row) ? { ...row, secret: true } : row)) : rows;
}

function textRows(
  told: MessageCodec | undefined,
  frame: Frame,
  model: ProtocolModel,
  bytes: Uint8Array,
  decoded: Decoded | undefined,
): Row[] {
  const rows: Row[] = [];
  const layout = frame.text;
  const template = model.messages.find(m => m.name === told?.name)?.template ?? wholeOf(layout);
  const parts = placesOf(template, bytes) ?? placesOf(withoutMissing(template), bytes);
  if (parts === undefined || template.length === 0) {
    return [textRow('', 'line', 0, bytes.length, '')];
  }
  const text = latin1(bytes);
  // Of a frame that is refused as such, the id still tells what its body would hold.
  const id = parts.find(({ part }) => 'field' in part && part.field.role === 'id');
  const said = id === undefined ? undefined : text.slice(id.from, id.to);
  const message = model.messages.find(m =>
    told === undefined ? said !== undefined && m.textIds?.includes(said) === true : m.name === told.name,
  );
  for (const { part, from, to } of parts) {
    if ('literal' in part) rows.push(textRow('', 'literal', from, to, JSON.stringify(part.literal)));
    else if (part.field.type.kind === 'body' && layout?.body !== undefined && message !== undefined)
      rows.push(...bodyRows(layout.body, message.fields, text, model.charset, from, to, decoded?.value));
    else if (part.field.type.kind === 'check') rows.push(checkRow(part.field, part.field.type, from, to, bytes, parts));
    else rows.push(elementRow(part.field, from, to, text, decoded));
  }
  for (const { name } of message?.derived ?? []) {
    const value = decoded?.value[name];
    if (value === undefined) continue;
    const at = bytes.length;
    const secret = secretPaths(message!).includes(name);
    rows.push({ ...textRow(name, name, at, at, momentText(value)), note: 'derived', decoded: value, secret });
  }
  return rows;
}

/** The template of a frame; JSON stands alone in it, unless one says what is around it. */
function wholeOf(layout: TextLayout | undefined): readonly TemplatePart[] {
  if (layout === undefined) return [];
  return layout.template.length > 0 || layout.body === undefined ? layout.template : [{ field: BODY }];
}

/** The same without the checksum at the end that may be missing, and the literal in front of it. */
function withoutMissing(template: readonly TemplatePart[]): readonly TemplatePart[] {
  const last = template.at(-1);
  return last !== undefined && 'field' in last && last.field.missing === true ? template.slice(0, -2) : template;
}

const BODY: Field = {
  name: 'body',
  place: 0 as never,
  type: { kind: 'body' },
  bad: 'drop',
  trim: false,
  secret: false,
};

function elementRow(field: Field, from: number, to: number, text: string, decoded: Decoded | undefined): Row {
  const row = textRow(field.name, field.name, from, to, '', 0, field, decoded?.value[field.name]);
  return field.role === 'id' && row.value === '' ? { ...row, value: JSON.stringify(text.slice(from, to)) } : row;
}

/** What stands there and, where that is wrong, what should: literals between the elements of the range count too. */
function checkRow(
  field: Field,
  type: CheckType,
  from: number,
  to: number,
  bytes: Uint8Array,
  parts: readonly Placed[],
): Row {
  const digits = latin1(bytes.subarray(from, to));
  const of = (name: string): Placed | undefined =>
    parts.find(({ part }) => 'field' in part && part.field.name === name);
  const [first, last] = [of(type.over.from), of(type.over.to)];
  const row = textRow(field.name, field.name, from, to, digits, 0, field);
  const note = `${type.algorithm.name} of ${rangeText(type.over)}`;
  if (first === undefined || last === undefined) return { ...row, value: digits, note };
  const sum = checksumOf(type.algorithm)(bytes, first.from, last.to);
  const want = sum
    .toString(16)
    .toUpperCase()
    .padStart(type.algorithm.bytes * 2, '0');
  return { ...row, value: `${digits}, ${digits.toUpperCase() === want ? 'good' : `want ${want}`}`, note };
}

/** A row of text, and what a field holds. */
export function textRow(
  path: string,
  name: string,
  from: number,
  to: number,
  value: string,
  depth = 0,
  field?: Field,
  held?: unknown,
): Row {
  const row = { depth, path, name, from, to, value, note: '', isPart: false, broken: false, secret: false };
  if (field === undefined) return row;
  return {
    ...row,
    value: shown(field, held),
    note: field.constant === undefined && field.constantText === undefined ? '' : 'constant',
    ...(field.unit === undefined ? {} : { unit: field.unit }),
    ...(held === undefined ? {} : { decoded: held }),
    secret: holdsSecret(field),
  };
}

function shown(field: Field, value: unknown): string {
  const { type } = field;
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return '';
  if (type.kind === 'date') return momentText(value).slice(0, 10);
  if (type.kind === 'moment') return momentText(value);
  if (type.kind === 'clock') return momentText(value).slice(11, 23);
  if (type.kind === 'flags' || type.kind === 'bits') {
    const rest = (value as { readonly $rest?: number }).$rest;
    return `${bitNames(value)}${rest === undefined ? '' : `, undeclared bits ${hexNumber(rest)}`}`;
  }
  const member = field.enum?.set.members.find(m => m.name === value);
  if (member !== undefined) return `${member.name} (${member.value})`;
  const word = field.words?.members.find(m => m.name === value);
  if (word !== undefined) return `${word.name} (${JSON.stringify(word.word)})`;
  return `${JSON.stringify(value)}${field.unit === undefined ? '' : ` ${field.unit}`}`;
}

function momentText(ms: unknown): string {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** One character for each byte, so that places are the same. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

interface Placed {
  readonly part: TemplatePart;
  readonly from: number;
  readonly to: number;
}

/**
 * Where the parts of a template stand in a line that has its form: a word ends at the next literal, a rest at the last place where
 * that stands. `undefined` where a filter has changed the line before it was read.
 */
function placesOf(template: readonly TemplatePart[], bytes: Uint8Array): Placed[] | undefined {
  const line = latin1(bytes);
  const wire = (literal: string): string => Buffer.from(literal, 'utf8').toString('latin1');
  const placed: Placed[] = [];
  let at = 0;
  for (const [i, part] of template.entries()) {
    let to: number;
    if ('literal' in part) {
      to = at + wire(part.literal).length;
      if (line.slice(at, to) !== wire(part.literal)) return undefined;
    } else {
      const next = template[i + 1];
      const { type } = part.field;
      const length = lengthOf(part.field);
      if (length !== undefined) to = at + length;
      else if (next === undefined || !('literal' in next)) to = line.length;
      else if (i + 2 === template.length) to = line.length - wire(next.literal).length;
      else if (type.kind === 'rest' || type.kind === 'body') to = line.lastIndexOf(wire(next.literal));
      else to = line.indexOf(wire(next.literal), at);
      if (to < at) return undefined;
    }
    placed.push({ part, from: at, to });
    at = to;
  }
  return at === line.length ? placed : undefined;
}
