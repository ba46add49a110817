/** The rows of a body of text: columns, names and values, or the members of a JSON object, each where it stands. */
import { cellEnd, cellsIn, groupsIn } from '../../src/codec/index.js';
import type { Charset, Field, ListType } from '../model/model.js';
import { columnsOf, groupWidth } from '../model/resolve-text-message.js';
import type { BodyForm } from '../model/text-model.js';
import { JsonPlaces } from './json-places.js';
import type { Row } from './rows.js';
import { textRow } from './text-rows.js';

type Columns = Extract<BodyForm, { kind: 'csv' }>;

type Values = Readonly<Record<string, unknown>> | undefined;

/** What a body holds, in `[from, to)` of a frame whose bytes are the characters of `text`. */
export function bodyRows(
  form: BodyForm,
  fields: readonly Field[],
  text: string,
  charset: Charset,
  from: number,
  to: number,
  values: Values,
): Row[] {
  const rows = new BodyRows(text, charset);
  if (form.kind === 'csv') rows.columns(fields, from, to, values, form);
  else if (form.kind === 'kv') rows.pairs(fields, from, to, values, form);
  else rows.json(fields, from, to, values, form.id);
  return rows.rows;
}

class BodyRows {
  readonly rows: Row[] = [];
  readonly #text: string;
  /** The same, where no part of a character is a delimiter. */
  readonly #marks: string;
  /** Bytes up to here are told. */
  #at = 0;

  constructor(text: string, charset: Charset) {
    this.#text = text;
    // The second byte of a pair may be a backslash, a brace or a bar.
    this.#marks = charset === 'gbk' ? text.replaceAll(/[\x81-\xfe][\s\S]/g, '\xff\xff') : text;
  }

  columns(fields: readonly Field[], from: number, to: number, values: Values, form: Columns): void {
    this.#at = from;
    this.#row(from, to, fields, values, '', 0, form);
    if (this.#at < to) this.#add(textRow('', 'left over', this.#at, to, ''));
  }

  /** Fields from `o` on; returns where the next column begins. */
  #row(
    o: number,
    end: number,
    fields: readonly Field[],
    values: Values,
    path: string,
    depth: number,
    form: Columns,
  ): number {
    const { between } = form;
    fields.forEach((field, i) => {
      if (field.type.kind === 'list' && field.type.repeat !== undefined) {
        o = this.#groups(o, end, field, field.type, fields.slice(i + 1), values, depth, form);
        return;
      }
      let stop = field.type.kind === 'rest' ? Math.max(o, end) : cellEnd(this.#marks, o, end, between);
      for (let n = 1; n < columnsOf(field, between) && stop < end; n++)
        stop = cellEnd(this.#marks, stop + 1, end, between);
      // Columns that are missing at the end stand nowhere.
      if (o <= end) this.#field(field, o, Math.min(stop, end), values, path, depth);
      if (stop < end) this.#add(this.#literal(stop, stop + 1, depth));
      o = stop + 1;
    });
    return o;
  }

  #groups(
    o: number,
    end: number,
    field: Field,
    type: ListType,
    behind: readonly Field[],
    values: Values,
    depth: number,
    form: Columns,
  ): number {
    const { between, short } = form;
    const { min, max, by } = type.repeat!;
    const follow = behind.reduce((n, f) => n + columnsOf(f, between), 0);
    const items = values?.[field.name] as readonly Values[] | undefined;
    const left = cellsIn(this.#marks, o, end, between);
    const width = groupWidth(type, between);
    // In a frame that is refused, the column that counts them may be wrong.
    const told = by === undefined ? undefined : items?.length;
    const count = told ?? (min === max ? max : groupsIn(left, width, follow, max, short));
    for (let i = 0; i < count && o <= end; i++) {
      const name = `${field.name}[${i}]`;
      this.#add(textRow(name, name, o, o, '', depth));
      o = this.#row(o, end, fieldsOf(field, type), items?.[i], `${name}.`, depth + 1, form);
    }
    return o;
  }

  /** `name=value` is one row. */
  pairs(fields: readonly Field[], from: number, to: number, values: Values, form: BodyForm & { kind: 'kv' }): void {
    this.#at = from;
    for (let o = from; o < to; ) {
      const next = this.#marks.indexOf(form.pair, o);
      const stop = next < 0 || next > to ? to : next;
      const middle = this.#marks.indexOf(form.equals, o);
      const name = middle < 0 || middle > stop ? undefined : this.#text.slice(o, middle);
      const field = fields.find(f => f.name === name);
      if (field !== undefined) this.#field(field, o, stop, values, '', 0);
      else if (name === undefined && stop > o) this.#add(textRow('', 'not read', o, stop, ''));
      else if (name !== undefined) this.#undeclared(name, o, stop, values);
      const behind = Math.min(to, stop + form.pair.length);
      if (behind > stop) this.#add(this.#literal(stop, behind, 0));
      o = behind;
    }
  }

  /** `"name":value` is one row; what stands between is told as it is. */
  json(fields: readonly Field[], from: number, to: number, values: Values, id: string): void {
    this.#at = from;
    const places = JsonPlaces.of(this.#marks.slice(from, to));
    if (places === undefined) {
      this.#add(textRow('', 'not read', from, to, ''));
      return;
    }
    this.#members(places, from, fields, values, '', 0, id);
    this.#between(to, 0);
  }

  #members(
    object: JsonPlaces,
    base: number,
    fields: readonly Field[],
    values: Values,
    path: string,
    depth: number,
    id: string,
  ): void {
    for (const { name, from, to, items } of object.members) {
      const field = fields.find(f => f.name === name);
      this.#between(base + from, depth);
      if (field?.type.kind === 'list' && items !== undefined) {
        const [first] = items;
        this.#add(textRow(path + name, name, base + from, base + (first?.from ?? to), '', depth));
        const list = values?.[name] as readonly Values[] | undefined;
        for (const [i, item] of items.entries()) {
          const inner = `${path}${name}[${i}]`;
          this.#between(base + item.from, depth);
          this.#add(textRow(inner, `${name}[${i}]`, base + item.from, base + item.from, '', depth + 1));
          this.#members(item, base, fieldsOf(field, field.type), list?.[i], `${inner}.`, depth + 2, '');
          this.#between(base + item.to, depth + 2);
        }
        this.#between(base + to, depth);
      } else if (field !== undefined) this.#field(field, base + from, base + to, values, path, depth);
      else if (path === '' && name === id)
        this.#add(textRow(name, name, base + from, base + to, this.#valueOf(base + from, base + to), depth));
      else this.#undeclared(path + name, base + from, base + to, values);
    }
  }

  #valueOf(from: number, to: number): string {
    const member = this.#text.slice(from, to);
    return member.slice(member.indexOf(':', member.indexOf('"', 1)) + 1).trim();
  }

  #field(field: Field, from: number, to: number, values: Values, path: string, depth: number): void {
    const value = values?.[field.name];
    const row = textRow(path + field.name, field.name, from, to, '', depth, field, value);
    this.#add(from === to ? { ...row, note: 'empty' } : row);
  }

  #undeclared(name: string, from: number, to: number, values: Values): void {
    const value = (values?.unknown as Values)?.[name];
    const row = textRow(`unknown.${name}`, name, from, to, value === undefined ? '' : JSON.stringify(value));
    this.#add({ ...row, note: 'not declared', ...(value === undefined ? {} : { decoded: value }) });
  }

  /** Everything up to `to` that no member has. */
  #between(to: number, depth: number): void {
    if (this.#at < to) this.#add(this.#literal(this.#at, to, depth));
  }

  #literal(from: number, to: number, depth: number): Row {
    return textRow('', 'literal', from, to, JSON.stringify(this.#text.slice(from, to)), depth);
  }

  #add(row: Row): void {
    this.rows.push(row);
    this.#at = Math.max(this.#at, row.to);
  }
}

/** The fields of the items of a list: all are as secret as it is. */
function fieldsOf({ secret }: Field, { item }: ListType): readonly Field[] {
  const fields = item.kind === 'struct' ? item.struct.fields : [];
  return secret ? fields.map(f => ({ ...f, secret })) : fields;
}
