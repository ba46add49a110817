/** Bodies in columns: `lat,N,lon,E`. */
import type { Field, ListType } from '../model/model.js';
import { freshName } from '../model/names.js';
import { columnsOf, groupWidth } from '../model/resolve-text-message.js';
import { isLettered } from '../model/text-model.js';
import { Code, quoted } from './code.js';
import type { EmitContext } from './context.js';
import { Locals } from './locals.js';
import {
  type Around,
  formTests,
  groupName,
  namedValue,
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

  constructor(ctx: EmitContext, code: Code, taken: Iterable<string>, short: boolean, byName = false) {
    this.#byName = byName;
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
    this.#short = short;
  }

  read(fields: readonly Field[]): void {
    fields.forEach((field, i) => {
      if (field.type.kind === 'list') this.#group(field, field.type, fields.slice(i + 1));
      else this.#field(field);
    });
  }

  /** The code of a member that was read. */
  local(name: string): string {
    return this.#names.get(name) ?? 'undefined';
  }

  readonly #names = new Map<string, string>();

  #field(field: Field): void {
    const columns = columnsOf(field);
    const name = isHidden(field) ? `${field.name}Cell` : field.name;
    const local = freshName(name, this.#locals);
    this.#end(field, columns);
    if (field.optional === true) {
      const type = isHidden(field) ? 'string' : fieldType(field, this.#ctx.names);
      if (!isHidden(field)) this.#code.line(`let ${local}: ${type} | undefined;`);
      const isThere =
        this.#byName && field.type.kind === 'rest' ? 'pairs.found' : `e - o > ${this.#byName ? 0 : columns - 1}`;
      this.#code.block(`if (${isThere})`, () => this.#value(field, local));
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
    if (isHidden(field)) return;
    this.#names.set(field.name, local);
    this.values.push(local === field.name ? local : `${field.name}: ${local}`);
  }

  /** Sets `e` to the end of the field's columns. */
  #end(field: Field, columns: number): void {
    const cell = `${this.#ctx.use('cellEnd')}(text, `;
    if (this.#byName) this.#code.line(`o = pairs.take(${quoted(field.name)});`).line('e = pairs.stop;');
    else if (field.type.kind === 'rest') this.#code.line('e = Math.max(o, end);');
    else {
      this.#code.line(`e = ${cell}o, end);`);
      for (let i = 1; i < columns; i++) this.#code.line(`e = ${cell}e + 1, end);`);
    }
  }

  #value(field: Field, local: string): void {
    const { type } = field;
    const at = 'start + o';
    const isDeclared = field.optional === true && !isHidden(field);
    const put = isDeclared ? local : `const ${local}`;
    const cell = type.kind === 'rest' && !this.#byName ? 'text.slice(o, end)' : 'text.slice(o, e)';
    const named = namedValue(this.#ctx, field, `${local}Cell`);
    if (named !== undefined) {
      this.#named(field, local, put, cell, named);
    } else {
      this.#code.line(`${put} = ${rawValue(this.#ctx, field, cell, at)};`);
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
    const { min, max } = type.repeat!;
    const item = groupName(this.#ctx, type);
    const width = groupWidth(type);
    const follow = behind.reduce((n, f) => n + columnsOf(f), 0);
    const count = freshName(`${field.name}Count`, this.#locals);
    const local = freshName(field.name, this.#locals);
    if (min === max) this.#code.line(`const ${count} = ${max};`);
    else {
      const left = `${this.#ctx.use('cellsIn')}(text, o, end)`;
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
  short: boolean,
  code: Code,
): void {
  const body = new Code();
  body.line('let e = o;');
  const reader = new ColumnReader(ctx, body, [], short);
  reader.read(fields);
  body.line(`${ctx.use('cursor')}.at = o;`);
  body.wrapped('return {', reader.values, '};');
  code.block(`function read${name}(text: string, start: number, o: number, end: number): ${name} | undefined`, () => {
    for (const line of body.lines) code.line(line);
  });
  code.line();
}

/** The columns of `v`, as one expression. */
export function spellColumns(ctx: EmitContext, fields: readonly Field[], around: Around): string {
  if (fields.length === 0) return "''";
  const cells = fields.map(field => {
    const barred = field.type.kind === 'rest' ? around.barred : [',', ...around.barred];
    return field.type.kind === 'list'
      ? spellGroups(ctx, field, field.type)
      : spellField(ctx, field, { ...around, barred });
  });
  if (fields.some(f => f.type.kind === 'list')) return `[${cells.join(', ')}].join(',')`;
  return `\`${cells.map(cell => `\${${cell}}`).join(',')}\``;
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
