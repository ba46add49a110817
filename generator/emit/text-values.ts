/** How the values of text are read from their characters and written: one entry for each type. */
import type { Field, Frame, ListType, Type } from '../model/model.js';
import { columnsOf } from '../model/resolve-text-message.js';
import { hexMost, isLettered } from '../model/text-model.js';
import { quoted } from './code.js';
import type { EmitContext } from './context.js';
import { hexCode, readMask, spellHex, spellMask } from './masks.js';

export { lengthOf as fixedLength } from '../model/resolve-template.js';

import { mentioned } from './unused.js';

/** Statements that make `text` of a frame's bytes; `bad` is returned where they are no text. */
export function frameTextLines(ctx: EmitContext, frame: Frame, bad: string): string[] {
  const { charset } = ctx.model;
  const put = (call: string): string => `const text = ${call};`;
  const check = `if (text === undefined) return ${bad};`;
  if (frame.split.by === 'line') {
    const editable = frame.filters.includes('backspace');
    return [put(`${ctx.use('lineText')}(b, start, stop, ${quoted(charset)}, ${editable})`), check];
  }
  if (charset === 'latin1') return [put(`${ctx.use('latin1')}(b, start, stop)`)];
  return [put(`${ctx.use(charset)}(b, start, stop, 'frame')`), check];
}

/** Whether the byte ff, which only this character set has, would be taken for a telnet command. */
export function isTelnet(ctx: EmitContext, frame: Frame): boolean {
  return ctx.model.charset === 'latin1' && frame.filters.includes('telnet-iac');
}

/** Whether the value can be empty. */
export function canBeEmpty(field: Field): boolean {
  return field.type.kind === 'rest';
}

/** The value of the characters `cell`, before names are looked up; what is no string is `undefined` where it has another form. */
export function rawValue(ctx: EmitContext, field: Field, given: string, at: string): string {
  const { type } = field;
  const name = quoted(field.name);
  const cell = field.spaced === true ? `${ctx.use('unspaced')}(${given})` : given;
  const form = formOf(type);
  if (form !== undefined) return `${ctx.use('timeIn')}(${cell}, ${form}, ${at}, ${name})`;
  switch (type.kind) {
    case 'whole':
      return `${ctx.use('readInt')}(${cell}, ${at}, ${name})`;
    case 'decimal':
      return `${ctx.use('readDec')}(${cell}, ${at}, ${name})`;
    case 'hexint':
      return `${ctx.use('readHexInt')}(${cell}, ${type.digits}, ${at}, ${name})`;
    case 'flags':
    case 'bits':
      return readMask(ctx, type, cell, at, name);
    case 'dm':
      return `${ctx.use('readDm')}(${cell}, ${type.digits}, ${at}, ${name})`;
    case 'clock':
      return `${ctx.use('readClock')}(${cell}, ${at}, ${name})`;
    case 'date':
      return `${ctx.use('readDay')}(${cell}, ${at}, ${name})`;
    case 'moment':
      return `${ctx.use('readMoment')}(${cell}, ${type.yearDigits}, ${type.zone}, ${at}, ${name})`;
    case 'degrees': {
      const { digits, between, plus, minus } = type;
      const rest = `${quoted(between)}, ${quoted(plus)}, ${quoted(minus)}, ${at}, ${name}`;
      return `${ctx.use('readDegrees')}(${cell}, ${digits}, ${rest})`;
    }
    case 'struct':
      return `parse${ctx.names.type(type.struct)}(${cell})`;
    case 'list':
      return severalValues(ctx, field, type, cell, at);
    default:
      return cell;
  }
}

/** The form of a time that has one of its own, quoted, and how many minutes its zone is ahead. */
function formOf(type: Type): string | undefined {
  if ((type.kind !== 'clock' && type.kind !== 'date' && type.kind !== 'moment') || type.form === undefined)
    return undefined;
  return `${quoted(type.form)}, ${type.kind === 'moment' ? type.zone : 0}`;
}

function severalValues(ctx: EmitContext, field: Field, type: ListType, cell: string, at: string): string {
  const one = { ...field, type: type.item };
  const tests = formTests(ctx, one, 'cell');
  const raw = rawValue(ctx, one, 'cell', 'at');
  const failed = (r: Refusal | undefined): string =>
    `${ctx.use('fail')}('${r?.code ?? 'RANGE'}', at, ${quoted(field.name)}, ${field.secret ? 'undefined' : 'cell'}, ${quoted(r?.want ?? field.name)})`;
  const read =
    type.item.kind === 'struct'
      ? `(cell, at) => ${raw} ?? ${failed(undefined)}`
      : tests.length === 0
        ? `(cell, ${mentioned([raw], 'at') ? 'at' : '_'}) => ${raw}`
        : `(cell, at) => (${tests.map(r => r.test).join(' || ')} ? ${failed(tests[0])} : cell)`;
  const max = ctx.model.limits.list;
  return `${ctx.use('valuesIn')}(${cell}, ${quoted(type.between!)}, ${max}, ${at}, ${quoted(field.name)}, ${read})`;
}

/** Whether a value is told by its characters alone, without a form that they could miss. */
export function isPlain(field: Field): boolean {
  return isLettered(field.type) && field.words === undefined;
}

/** A condition and what is said where it holds. */
export interface Refusal {
  readonly test: string;
  readonly code: 'RANGE' | 'CONST' | 'ENUM';
  readonly want: string;
}

/** What the form of a value asks for: tests of what {@link rawValue} gave. */
export function formTests(ctx: EmitContext, field: Field, value: string): Refusal[] {
  const { type, among, constantText, constant } = field;
  const refusals: Refusal[] = [];
  if (constantText !== undefined)
    return [{ test: `${value} !== ${quoted(constantText)}`, code: 'CONST', want: constantText }];
  if (constant !== undefined) return [{ test: `${value} !== ${constant}`, code: 'CONST', want: String(constant) }];
  if (field.words !== undefined) return [];
  if (type.kind === 'chars' && type.count !== 'rest')
    refusals.push({ test: `${value}.length !== ${type.count}`, code: 'RANGE', want: charactersOf(type.count) });
  if (type.kind === 'word') refusals.push({ test: `${value}.includes(' ')`, code: 'RANGE', want: 'one word' });
  if (among !== undefined) {
    const test =
      among.length > 1 && type.kind === 'chars' && type.count === 1
        ? `!${quoted(among)}.includes(${value})`
        : `!${ctx.use('isAmong')}(${value}, ${quoted(among)})`;
    refusals.push({ test, code: 'RANGE', want: among });
  }
  return refusals;
}

function charactersOf(count: number): string {
  return count === 1 ? '1 character' : `${count} characters`;
}

/** Tests of `valid`. */
export function validTests(ctx: EmitContext, field: Field, value: string): Refusal[] {
  const { len, match, min, max } = field.valid ?? {};
  const refusals: Refusal[] = [];
  const refuse = (test: string, want: string): unknown => refusals.push({ test, code: 'RANGE', want });
  if (min !== undefined && max !== undefined) refuse(`${value} < ${min} || ${value} > ${max}`, `${min}..${max}`);
  if (len !== undefined)
    refuse(`${value}.length < ${len.min} || ${value}.length > ${len.max}`, `${len.min}..${len.max} characters`);
  if (match !== undefined) refuse(`!${ctx.pattern(match)}.test(${value})`, match);
  return refusals;
}

/** The name of a value of an enumeration; `undefined` if it has none. */
export function namedValue(ctx: EmitContext, field: Field, value: string): string | undefined {
  if (field.words !== undefined) return `${ctx.wordTable(field.words)}.get(${value})`;
  return field.enum === undefined ? undefined : `${ctx.nameTable(field.enum.set)}[${value}]`;
}

/** What may not stand in the characters of a value. */
export interface Around {
  /** What would end it. */
  readonly barred: readonly string[];
  /** Whether the other side takes backspaces as such. */
  readonly editable: boolean;
  /** In a line: the functions for words and rests look for what would break it. */
  readonly inLine: boolean;
  /** What stands between two columns; a comma if absent. */
  readonly between?: string;
  /** The value stands behind its name, so that an empty one is one too. */
  readonly isNamed?: boolean;
}

/** The characters of a value that is there. */
export function spellValue(ctx: EmitContext, field: Field, value: string, around: Around): string {
  const { type } = field;
  const name = quoted(field.name);
  if (field.constantText !== undefined) return quoted(field.constantText);
  if (field.constant !== undefined)
    return quoted(type.kind === 'hexint' ? spellHex(type, field.constant) : String(field.constant));
  if (field.words !== undefined) return `${ctx.use('wordOf')}(${ctx.names.type(field.words)}, ${value}, ${name})`;
  if (field.enum !== undefined) {
    const set = ctx.names.type(field.enum.set);
    const most = type.kind === 'hexint' ? hexMost(type) : 'Number.MAX_SAFE_INTEGER';
    const least = type.kind === 'hexint' ? 0 : `-${most}`;
    const number = field.enum.open
      ? `${ctx.use('openNumberOf')}(${set}, ${value}, ${least}, ${most}, ${name})`
      : `${ctx.use('numberOf')}(${set}, ${value}, ${name})`;
    return type.kind === 'hexint' ? hexCode(ctx, type, number) : `String(${number})`;
  }
  const { min, max } = field.valid ?? {};
  const inRange = min === undefined ? value : `${ctx.use('within')}(${value}, ${min}, ${max}, ${name})`;
  const form = formOf(type);
  if (form !== undefined) return `${ctx.use('printTime')}(${value}, ${form}, ${name})`;
  switch (type.kind) {
    case 'whole': {
      const [low, high] = [min ?? '-Number.MAX_SAFE_INTEGER', max ?? 'Number.MAX_SAFE_INTEGER'];
      return `${ctx.use('printInt')}(${value}, ${low}, ${high}, ${name})`;
    }
    case 'hexint':
      return hexCode(ctx, type, `${ctx.use('integer')}(${value}, ${min ?? 0}, ${max ?? hexMost(type)}, ${name})`);
    case 'flags':
    case 'bits':
      return spellMask(ctx, type, value, name);
    case 'decimal':
      return `${ctx.use('printDec')}(${inRange}, ${name})`;
    case 'dm':
      return `${ctx.use('printDm')}(${inRange}, ${type.digits}, ${name})`;
    case 'clock':
      return `${ctx.use('printClock')}(${value}, ${name})`;
    case 'date':
      return `${ctx.use('printDay')}(${value}, ${name})`;
    case 'moment':
      return `${ctx.use('printMoment')}(${value}, ${type.yearDigits}, ${type.zone}, ${name})`;
    case 'degrees': {
      const size = `${ctx.use('printDm')}(${ctx.use('magnitude')}(${inRange}, ${name}), ${type.digits}, ${name})`;
      return `${size} + ${ctx.use('sideOf')}(${value}, ${quoted(type.between)}, ${quoted(type.plus)}, ${quoted(type.minus)})`;
    }
    case 'list': {
      const one = spellValue(ctx, { ...field, type: type.item, optional: false }, 'item', {
        ...around,
        barred: [type.between!, ...around.barred],
        isNamed: true,
      });
      const max = ctx.model.limits.list;
      return `${ctx.use('joinValues')}(${value}, ${quoted(type.between!)}, ${max}, item => ${one}, ${name})`;
    }
    case 'struct':
      return spellStruct(
        ctx,
        field,
        `spell${ctx.names.type(type.struct)}(${ctx.use('given')}(${value}, ${name}))`,
        around,
      );
    default:
      return spellLetters(ctx, field, value, around);
  }
}

/** A text of several fields: what ends it may not stand in it, nor is it nothing where that is read as absent. */
function spellStruct(ctx: EmitContext, field: Field, text: string, { barred, isNamed, between = ',' }: Around): string {
  if (barred.length === 0) return text;
  const name = quoted(field.name);
  if (isNamed === true) return `${ctx.use('letters')}(${text}, 1, Infinity, ${barredList(barred)}, ${name})`;
  const columns = columnsOf(field, between);
  const marked = between === ',' ? '' : `, ${quoted(between)}`;
  return `${ctx.use('inColumns')}(${text}, ${columns}, ${columns > 1 && field.optional !== true}, ${name}${marked})`;
}

function spellLetters(ctx: EmitContext, field: Field, value: string, around: Around): string {
  const { type, among } = field;
  const name = quoted(field.name);
  const { len, match } = field.valid ?? {};
  let code = value;
  if (len !== undefined || match !== undefined) {
    const form = match === undefined ? 'undefined' : ctx.pattern(match);
    code = `${ctx.use('formed')}(${code}, ${len?.min ?? 0}, ${len?.max ?? 'Infinity'}, ${form}, ${name})`;
  }
  if (type.kind === 'chars') {
    const [min, max] = type.count === 'rest' ? [1, 'Infinity'] : [type.count, type.count];
    code = `${ctx.use('letters')}(${code}, ${min}, ${max}, ${barredList(around.barred)}, ${name})`;
    if (among !== undefined) code = `${ctx.use('lettersOf')}(${code}, ${quoted(among)}, ${name})`;
  } else if (around.barred.length > 0 || !around.inLine || field.optional === true) {
    const least = type.kind === 'rest' && (field.optional !== true || around.isNamed === true) ? 0 : 1;
    code = `${ctx.use('letters')}(${code}, ${least}, Infinity, ${barredList(around.barred)}, ${name})`;
  }
  if (!around.inLine) return type.kind === 'word' ? `${ctx.use('oneWord')}(${code}, ${name})` : code;
  return `${ctx.use(type.kind === 'word' ? 'word' : 'rest')}(${code}, ${around.editable}, ${name})`;
}

function barredList(barred: readonly string[]): string {
  return `[${barred.map(quoted).join(', ')}]`;
}

/** The same for a field that can be absent, or that has a default. */
export function spellField(ctx: EmitContext, field: Field, around: Around): string {
  const value = `v.${field.name}`;
  if (field.auto?.kind === 'count') {
    const { of } = field.auto;
    const list = `${ctx.use('listOf')}(v.${of}, ${ctx.model.limits.list}, ${quoted(of)})`;
    const { type } = field;
    return type.kind === 'hexint' ? hexCode(ctx, type, `${list}.length`) : `String(${list}.length)`;
  }
  if (field.constantText !== undefined || field.constant !== undefined) return spellValue(ctx, field, value, around);
  if (field.default !== undefined)
    return spellValue(
      ctx,
      field,
      `(${value} ?? ${typeof field.default === 'string' ? quoted(field.default) : field.default})`,
      around,
    );
  const spelled = spellValue(ctx, field, value, around);
  if (field.optional !== true) return spelled;
  const nothing = noneOf(field, around.between ?? ',');
  const none =
    field.noneText === undefined
      ? spelled
      : `${ctx.use('butNoneText')}(${spelled}, ${quoted(nothing)}, ${quoted(field.name)})`;
  return `${value} === undefined ? ${quoted(nothing)} : ${none}`;
}

/** What stands in the columns of a field for no value. */
export function noneOf(field: Field, between: string): string {
  return Array.from({ length: columnsOf(field, between) }, () => field.noneText ?? '').join(between);
}

/** The name of the type of a list's groups. */
export function groupName(ctx: EmitContext, type: Extract<Type, { kind: 'list' }>): string {
  return ctx.names.type((type.item as { readonly struct: { readonly name: string } }).struct);
}
