/** Bodies in columns: `lat,N,lon,E`. */
import type { Field, ListType } from '../model/model.js';
import { freshName } from '../model/names.js';
import { columnsOf, groupWidth } from '../model/resolve-text-message.js';
import { type BodyForm, isLettered } from '../model/text-model.js';
import { Code, quoted } from './code.js';
import type { EmitContext } from './context.js';
import { Locals } from './locals.js';
import {
  type Around,
  formTests,
  groupName,
  namedValue,
  noneOf,
  type Refusal,
  rawValue,
  spellField,
  validTests,
} from './text-values.js';
import { fieldType, isHidden } from './ts-types.js';

/** Reads columns from `o` on; `e` is the end of the one that is looked at. */
export class ColumnReader {
  readonly #ctx: EmitContext;
  readonly #code: Code;
  readonly #locals: Locals;
  /** Members of the value, in order. */
  readonly values: string[] = [];
  readonly #short: boolean;

  /** In a body of names and values: fields are taken by name. */
  readonly #byName: boolean;

  readonly #between: string;

  /** @param form how the fields stand in the body */
  constructor(ctx: EmitContext, code: Code, taken: Iterable<string>, form: BodyForm) {
    this.#byName = form.kind === 'kv';
    this.#between = form.kind === 'csv' ? form.between : ',';
    this.#ctx = ctx;
    this.#code = code;
    this.#locals = new Locals(ctx.reserved, [
      'text',
      'start',
      'end',
      'o',
      'e',
      'value',
      'pairs',
      'i',
      'item',
      ...taken,
    ]);
    this.#short = form.kind === 'csv' && form.short;
  }

  read(fields: readonly Field[]): void {
    fields.forEach((field, i) => {
      if (field.type.kind === 'list' && field.type.repeat !== undefined)
        this.#group(field, field.type, fields.slice(i + 1));
      else this.#field(field);
    });
  }

  /** The code of a member that was read. */
  local(name: string): string {
    return this.#names.get(name) ?? 'undefined';
  }

  readonly #names = new Map<string, string>();

  #field(field: Field): void {
    const columns = columnsOf(field, this.#between);
    const isCount = field.auto !== undefined;
    const name = isHidden(field) && !isCount ? `${field.name}Cell` : field.name;
    const local = freshName(name, this.#locals);
    this.#end(field, columns);
    if (field.optional === true) {
      const type = fieldType(field, this.#ctx.names);
      if (!isHidden(field) || isCount) this.#code.line(`let ${local}: ${type} | undefined;`);
      const isThere =
        this.#byName && field.type.kind === 'rest' ? 'pairs.found' : `e - o > ${this.#byName ? 0 : columns - 1}`;
      const isNone =
        field.noneText === undefined ? '' : ` && text.slice(o, e) !== ${quoted(noneOf(field, this.#between))}`;
      this.#code.block(`if (${isThere}${isNone})`, () => this.#value(field, local));
    } else {
      if (this.#byName && field.type.kind === 'rest')
        this.#code.line(`if (!pairs.found) return ${this.#ctx.use('missing')}(start + o, ${quoted(field.name)});`);
      else if (field.type.kind !== 'rest')
        this.#code.line(
          `if (e <= o) return ${this.#ctx.use('missing')}(start + Math.min(o, end), ${quoted(field.name)});`,
        );
      this.#value(field, local);
    }
    if (!this.#byName) this.#code.line(`o = e + 1;`);
    if (isCount) this.#names.set(field.name, local);
    if (isCount && field.optional === true) this.#optional.add(field.name);
    if (isHidden(field)) return;
    this.#names.set(field.name, local);
    this.values.push(local === field.name ? local : `${field.name}: ${local}`);
  }

  /** A column without a number says that there are none. */
  #countBy(name: string): string {
    return this.#optional.has(name) ? `${this.local(name)} ?? 0` : this.local(name);
  }

  readonly #optional = new Set<string>();

  /** The argument of functions that look for columns. */
  get #marked(): string {
    return this.#between === ',' ? '' : `, ${quoted(this.#between)}`;
  }

  /** Sets `e` to the end of the field's columns. */
  #end(field: Field, columns: number): void {
    const cell = `${this.#ctx.use('cellEnd')}(text, `;
    if (this.#byName) this.#code.line(`o = pairs.take(${quoted(field.name)});`).line('e = pairs.stop;');
    else if (field.type.kind === 'rest') this.#code.line('e = Math.max(o, end);');
    else {
      this.#code.line(`e = ${cell}o, end${this.#marked});`);
      for (let i = 1; i < columns; i++) this.#code.line(`e = ${cell}e + 1, end${this.#marked});`);
    }
  }

  #value(field: Field, local: string): void {
    const { type } = field;
    const at = 'start + o';
    const isDeclared = field.optional === true && (!isHidden(field) || field.auto !== undefined);
    const put = isDeclared ? local : `const ${local}`;
    const cell = type.kind === 'rest' && !this.#byName ? 'text.slice(o, end)' : 'text.slice(o, e)';
    const named = namedValue(this.#ctx, field, `${local}Cell`);
    if (named !== undefined) {
      this.#named(field, local, put, cell, named);
    } else {
      const raw = rawValue(this.#ctx, field, cell, at);
      const most = this.#ctx.model.limits.list;
      const value =
        field.auto === undefined ? raw : `${this.#ctx.use('countIn')}(${raw}, ${most}, ${at}, ${quoted(field.name)})`;
      this.#code.line(`${put} = ${value};`);
      if (!isLettered(type)) {
        const failed =
          type.kind === 'struct'
            ? this.#failed(field, cell, { code: 'RANGE', want: field.name, test: '' })
            : 'undefined';
        this.#code.line(`if (${local} === undefined) return ${failed};`);
      }
    }
    for (const refusal of [...formTests(this.#ctx, field, local), ...validTests(this.#ctx, field, local)])
      this.#code.line(`if (${refusal.test}) return ${this.#failed(field, cell, refusal)};`);
  }

  /** A name of an enumeration: what was read, then its name. */
  #named(field: Field, local: string, put: string, cell: string, named: string): void {
    const raw = freshName(`${local}Cell`, this.#locals);
    const looked = named.replace(`${local}Cell`, raw);
    this.#code.line(`const ${raw} = ${rawValue(this.#ctx, field, cell, 'start + o')};`);
    if (field.type.kind === 'whole' || field.type.kind === 'hexint')
      this.#code.line(`if (${raw} === undefined) return undefined;`);
    if (field.enum?.open === true) {
      this.#code.line(`${put} = ${looked} ?? ${raw};`);
      return;
    }
    this.#code.line(`${put} = ${looked};`);
    this.#code.line(
      `if (${local} === undefined) return ${this.#failed(field, cell, { code: 'ENUM', want: '', test: '' })};`,
    );
  }

  #failed(field: Field, cell: string, { code, want }: Refusal): string {
    const got = field.secret ? 'undefined' : cell;
    const wanted = want === '' ? '' : `, ${quoted(want)}`;
    return `${this.#ctx.use('fail')}('${code}', start + o, ${quoted(field.name)}, ${got}${wanted})`;
  }

  /** A list of groups: how many follows from the columns that are left. */
  #group(field: Field, type: ListType, behind: readonly Field[]): void {
    const { min, max, by } = type.repeat!;
    const item = groupName(this.#ctx, type);
    const width = groupWidth(type, this.#between);
    const follow = behind.reduce((n, f) => n + columnsOf(f, this.#between), 0);
    const count = freshName(`${field.name}Count`, this.#locals);
    const local = freshName(field.name, this.#locals);
    if (by !== undefined) this.#code.line(`const ${count} = ${this.#countBy(by)};`);
    else if (min === max) this.#code.line(`const ${count} = ${max};`);
    else {
      const left = `${this.#ctx.use('cellsIn')}(text, o, end${this.#marked})`;
      this.#code.line(
        `const ${count} = ${this.#ctx.use('groupsIn')}(${left}, ${width}, ${follow}, ${max}, ${this.#short});`,
      );
      if (min > 0)
        this.#code.line(
          `if (${count} < ${min}) return ${this.#ctx.use('missing')}(start + end, ${quoted(field.name)});`,
        );
    }
    this.#code.line(`const ${local}: ${item}[] = [];`);
    this.#code.block(`for (let i = 0; i < ${count}; i++)`, () => {
      this.#code.line(`const item = read${item}(text, start, o, end);`);
      this.#code.line(`if (item === undefined) return ${this.#ctx.use('inside')}(\`${field.name}[\${i}]\`);`);
      this.#code.line(`o = ${this.#ctx.use('cursor')}.at;`);
      this.#code.line(`${local}.push(item);`);
    });
    this.#names.set(field.name, local);
    this.values.push(local === field.name ? local : `${field.name}: ${local}`);
  }
}

/** `readRmcSats(text, start, o, end)`: one group. */
export function emitReadGroup(
  ctx: EmitContext,
  name: string,
  fields: readonly Field[],
  form: BodyForm,
  code: Code,
): void {
  const body = new Code();
  body.line('let e = o;');
  const reader = new ColumnReader(ctx, body, [], form);
  reader.read(fields);
  body.line(`${ctx.use('cursor')}.at = o;`);
  body.wrapped('return {', reader.values, '};');
  code.block(`function read${name}(text: string, start: number, o: number, end: number): ${name} | undefined`, () => {
    for (const line of body.lines) code.line(line);
  });
  code.line();
}

function isGroup(field: Field): field is Field & { readonly type: ListType } {
  return field.type.kind === 'list' && field.type.repeat !== undefined;
}

/** The columns of `v`, as one expression. */
export function spellColumns(ctx: EmitContext, fields: readonly Field[], around: Around): string {
  if (fields.length === 0) return "''";
  const between = around.between ?? ',';
  const cells = fields.map(field => {
    const barred = field.type.kind === 'rest' ? around.barred : [between, ...around.barred];
    return isGroup(field) ? spellGroups(ctx, field, field.type) : spellField(ctx, field, { ...around, barred });
  });
  if (fields.some(isGroup)) return `[${cells.join(', ')}].join(${quoted(between)})`;
  return `\`${cells.map(cell => `\${${cell}}`).join(between === '`' || between === '\\' ? `\\${between}` : between)}\``;
}

/** Names and values of `v`, as one expression. */
export function spellPairs(
  ctx: EmitContext,
  fields: readonly Field[],
  pair: string,
  equals: string,
  around: Around,
): string {
  const items = fields.map(field => {
    const code = spellField(ctx, field, { ...around, barred: [pair, ...around.barred] });
    const isLeft = field.optional === true && !isHidden(field) && field.default === undefined;
    return `[${quoted(field.name)}, ${isLeft ? code.replace(/^(v\.\w+ === undefined \? )'[^']*'/, '$1undefined') : code}]`;
  });
  return `${ctx.use('spellPairs')}([${items.join(', ')}], v.unknown, ${quoted(pair)}, ${quoted(equals)})`;
}

/** The columns of all groups, among others of a list. */
function spellGroups(ctx: EmitContext, field: Field, type: ListType): string {
  const { min, max } = type.repeat!;
  return `...${ctx.use('spellGroups')}(v.${field.name}, ${min}, ${max}, spell${groupName(ctx, type)}, ${quoted(field.name)})`;
}

/** `spellRmcSats(v)`: the columns of one group. */
export function emitSpellGroup(
  ctx: EmitContext,
  name: string,
  fields: readonly Field[],
  around: Around,
  code: Code,
): void {
  code.block(`function spell${name}(v: ${name}): string`, () =>
    code.line(`return ${spellColumns(ctx, fields, around)};`),
  );
  code.line();
}
