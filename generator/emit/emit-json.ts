/** Bodies that are JSON objects: `{"type":"login","name":"bob"}`. */
import type { Field, ListType, Message } from '../model/model.js';
import { freshName } from '../model/names.js';
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
  spellValue,
  validTests,
} from './text-values.js';
import { fieldType, isHidden } from './ts-types.js';

/** Values that JSON has as the characters of a text, or flags as a number. */
function isText({ kind }: Field['type']): boolean {
  return ['clock', 'date', 'moment', 'hexint', 'flags', 'bits'].includes(kind);
}

/** Reads the members of `json`. */
export class MemberReader {
  readonly #ctx: EmitContext;
  readonly #code: Code;
  readonly #locals: Locals;
  readonly #names = new Map<string, string>();
  readonly values: string[] = [];

  constructor(ctx: EmitContext, code: Code, taken: Iterable<string>) {
    this.#ctx = ctx;
    this.#code = code;
    this.#locals = new Locals(ctx.reserved, ['json', 'text', 'start', 'i', 'item', 'inner', 'unknown', ...taken]);
  }

  read(fields: readonly Field[]): void {
    for (const field of fields) this.#field(field);
  }

  /** The code of a member that was read. */
  local(name: string): string {
    return this.#names.get(name) ?? 'undefined';
  }

  #field(field: Field): void {
    const local = freshName(isHidden(field) ? `${field.name}Member` : field.name, this.#locals);
    const given = freshName(`${field.name}Given`, this.#locals);
    this.#code.line(`const ${given} = ${this.#ctx.use('jsonMember')}(json, ${quoted(field.name)});`);
    if (field.optional === true) {
      if (!isHidden(field)) this.#code.line(`let ${local}: ${fieldType(field, this.#ctx.names)} | undefined;`);
      const put = isHidden(field) ? `const ${local}` : local;
      this.#code.block(`if (${given} !== undefined)`, () => this.#value(field, local, put, given));
    } else this.#value(field, local, `const ${local}`, given);
    if (isHidden(field)) return;
    this.#names.set(field.name, local);
    this.values.push(local === field.name ? local : `${field.name}: ${local}`);
  }

  #value(field: Field, local: string, put: string, given: string): void {
    if (field.type.kind === 'list') {
      this.#list(field, field.type, local, put, given);
      return;
    }
    const named = namedValue(this.#ctx, field, `${local}Raw`);
    const plain = this.#plain(
      field,
      given,
      named === undefined ? put : `const ${local}Raw`,
      named === undefined ? local : `${local}Raw`,
    );
    if (named !== undefined) {
      this.#code.line(`${put} = ${named}${field.enum?.open === true ? ` ?? ${plain}` : ''};`);
      if (field.enum?.open !== true)
        this.#code.line(
          `if (${local} === undefined) return ${this.#failed(field, given, { code: 'ENUM', want: '', test: '' })};`,
        );
    }
    for (const refusal of [...formTests(this.#ctx, field, local), ...validTests(this.#ctx, field, local)])
      this.#code.line(`if (${refusal.test}) return ${this.#failed(field, given, refusal)};`);
  }

  /** The value before names are looked up, as a constant or in its variable. */
  #plain(field: Field, given: string, put: string, local: string): string {
    const { type } = field;
    const name = quoted(field.name);
    const isWritten = isText(type);
    const number = type.kind === 'flags' ? type.spelled : type;
    const reader = { whole: 'jsonInt', decimal: 'jsonNumber', bool: 'jsonBool' }[number?.kind as 'whole'] ?? 'jsonText';
    const call = `${this.#ctx.use(reader)}(${given}, start, ${name})`;
    if (!isWritten) this.#code.line(`${put} = ${call};`);
    else {
      this.#code.line(`const ${local}Text = ${call};`);
      this.#code.line(`if (${local}Text === undefined) return undefined;`);
      const text = reader === 'jsonText' ? `${local}Text` : `String(${local}Text)`;
      this.#code.line(`${put} = ${rawValue(this.#ctx, field, text, 'start')};`);
    }
    this.#code.line(`if (${local} === undefined) return undefined;`);
    return local;
  }

  #list(field: Field, list: ListType, local: string, put: string, given: string): void {
    const type = groupName(this.#ctx, list);
    const { repeat } = list;
    const args = `${given}, ${repeat!.min}, ${repeat!.max}, start, ${quoted(field.name)}`;
    this.#code.line(`const ${local}Items = ${this.#ctx.use('jsonList')}(${args});`);
    this.#code.line(`if (${local}Items === undefined) return undefined;`);
    this.#code.line(`${put}${put === local ? '' : `: ${type}[]`} = [];`);
    this.#code.block(`for (let i = 0; i < ${local}Items.length; i++)`, () => {
      this.#code.line(`const inner = ${this.#ctx.use('jsonObject')}(${local}Items[i], start, '');`);
      this.#code.line(`const item = inner === undefined ? undefined : read${type}(inner, start);`);
      this.#code.line(`if (item === undefined) return ${this.#ctx.use('inside')}(\`${field.name}[\${i}]\`);`);
      this.#code.line(`${local}.push(item);`);
    });
  }

  #failed(field: Field, given: string, { code, want }: Refusal): string {
    const got =
      field.secret || !(isLettered(field.type) || field.enum !== undefined) ? 'undefined' : `String(${given})`;
    return `${this.#ctx.use('fail')}('${code}', start, ${quoted(field.name)}, ${got}${want === '' ? '' : `, ${quoted(want)}`})`;
  }
}

/** `readChatUsers(json, start)`: one object of a list. */
export function emitReadObject(ctx: EmitContext, name: string, fields: readonly Field[], code: Code): void {
  const body = new Code();
  const reader = new MemberReader(ctx, body, []);
  reader.read(fields);
  body.wrapped('return {', reader.values, '};');
  ctx.useType('JsonObject');
  code.block(`function read${name}(json: JsonObject, start: number): ${name} | undefined`, () => {
    for (const line of body.lines) code.line(line);
  });
  code.line();
}

/** The members of `v` as they stand in an object literal. */
export function memberItems(ctx: EmitContext, fields: readonly Field[], around: Around): string[] {
  return fields.map(field => {
    const key = quoted(field.name);
    if (field.type.kind === 'list') return `${key}: ${listCode(ctx, field, field.type)}`;
    const fallback = typeof field.default === 'string' ? quoted(field.default) : field.default;
    const given = field.default === undefined ? `v.${field.name}` : `(v.${field.name} ?? ${fallback})`;
    const code = jsonValue(ctx, field, given, around);
    const isLeft = field.optional === true && field.constantText === undefined && field.constant === undefined;
    return `${key}: ${isLeft ? `v.${field.name} === undefined ? undefined : ${code}` : code}`;
  });
}

function jsonValue(ctx: EmitContext, field: Field, v: string, around: Around): string {
  const { type, valid } = field;
  const name = quoted(field.name);
  if (field.constant !== undefined && type.kind === 'whole') return String(field.constant);
  const spelled = (): string => spellValue(ctx, field, v, around);
  if (type.kind === 'hexint') return spelled();
  if (field.enum !== undefined || (type.kind === 'flags' && type.spelled?.kind === 'whole'))
    return `Number(${spelled()})`;
  const inRange = (code: string): string =>
    valid?.min === undefined ? code : `${ctx.use('within')}(${code}, ${valid.min}, ${valid.max}, ${name})`;
  if (type.kind === 'whole') return `Number(${spelled()})`;
  if (type.kind === 'decimal') return inRange(`${ctx.use('finite')}(${v}, ${name})`);
  if (type.kind === 'bool') return `${ctx.use('truth')}(${v}, ${name})`;
  return spelled();
}

function listCode(ctx: EmitContext, field: Field, type: ListType): string {
  const item = groupName(ctx, type);
  const { min, max } = type.repeat!;
  const list = `${ctx.use('spellGroups')}(v.${field.name}, ${min}, ${max}, membersOf${item}, ${quoted(field.name)})`;
  return field.optional === true ? `v.${field.name} === undefined ? undefined : ${list}` : list;
}

/** `membersOfChatUsers(v)`: one object of a list, as JSON takes it. */
export function emitMembersOf(
  ctx: EmitContext,
  name: string,
  fields: readonly Field[],
  around: Around,
  code: Code,
): void {
  code.block(`function membersOf${name}(v: ${name}): object`, () => {
    code.wrapped('return {', memberItems(ctx, fields, around), '};');
  });
  code.line();
}

/** The JSON text of a message. */
export function spellJson(ctx: EmitContext, m: Message, id: string, around: Around): string {
  const items = [`${quoted(id)}: ${quoted(m.textIds![0]!)}`, ...memberItems(ctx, m.fields, around)];
  const json = `${ctx.use('printJson')}({ ${items.join(', ')} }, v.unknown)`;
  const barred = barredIn(m.frame);
  const { charset } = ctx.model;
  if (barred === '' && charset === 'utf8') return json;
  return `${ctx.use('escapeJson')}(${json}, ${quoted(barred)}, ${quoted(charset)})`;
}

/** What can stand in JSON's strings alone, and there would end the frame, begin another or be taken back. */
function barredIn({ split, filters }: Message['frame']): string {
  const marks = split.by === 'until' ? [...split.starts, ...split.ends] : [];
  const all = [...marks.map(mark => String.fromCharCode(...mark)), filters.includes('backspace') ? '\x7f' : ''].join(
    '',
  );
  return [...new Set(all)].filter(c => c > ' ' && c <= '\x7f' && !/[\w{}[\]":,.+\\-]/.test(c)).join('');
}
