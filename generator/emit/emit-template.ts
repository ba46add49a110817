/** Templates: one description of a text, from which it is told, taken apart and put together. */
import type { Field, Message, TemplatePart } from '../model/model.js';
import { freshName } from '../model/names.js';
import { isLettered } from '../model/text-model.js';
import { type Code, comment, quoted } from './code.js';
import { type EmitContext, plus } from './context.js';
import { Locals } from './locals.js';
import {
  type Around,
  canBeEmpty,
  fixedLength,
  formTests,
  namedValue,
  rawValue,
  spellField,
  spellValue,
} from './text-values.js';
import { isHidden } from './ts-types.js';

const literalOf = (part: TemplatePart | undefined): string =>
  part !== undefined && 'literal' in part ? part.literal : '';

/** The literal that a text of this template begins with. */
export function leadOf(m: Message): string {
  return literalOf(m.template![0]);
}

export function templateText(template: readonly TemplatePart[]): string {
  return template.map(part => ('literal' in part ? part.literal : `{${part.field.name}}`)).join('');
}

/** The whole text of a template without fields; `undefined` where it has some. */
function fixedText(template: readonly TemplatePart[]): string | undefined {
  return template.every(part => 'literal' in part) ? template.map(literalOf).join('') : undefined;
}

/** A condition that tells whether `text` is this message; `true`: every text is. */
export function fitCode(ctx: EmitContext, m: Message, text: string): string {
  const template = m.template!;
  const fixed = fixedText(template);
  if (fixed !== undefined) return `${text} === ${quoted(fixed)}`;
  const last = template.at(-1)!;
  const open = 'field' in last && last.field.type.kind === 'rest';
  if (open && template.length === 1) return 'true';
  if (open && template.length === 2) return `${text}.startsWith(${quoted(leadOf(m))})`;
  return `fits${ctx.names.message(m)}(${text})`;
}

/** Where something stands: so many characters behind a place that has a name, or behind the beginning. */
interface Spot {
  readonly base: string;
  readonly offset: number;
}

const spotCode = ({ base, offset }: Spot): string => (base === '' ? String(offset) : plus(base, offset));

/** Takes `text` apart: `miss` is the statement for a text of another form. */
export class TemplateReader {
  readonly #ctx: EmitContext;
  readonly #code: Code;
  readonly #miss: string;
  readonly #locals: Locals;
  readonly values: string[] = [];

  constructor(ctx: EmitContext, code: Code, miss: string) {
    this.#ctx = ctx;
    this.#code = code;
    this.#miss = miss;
    this.#locals = new Locals(ctx.reserved, ['text']);
  }

  read(template: readonly TemplatePart[]): void {
    let at: Spot = { base: '', offset: 0 };
    let isOver = false;
    for (let i = 0; i < template.length; i++) {
      const part = template[i]!;
      if ('literal' in part) {
        const from = spotCode(at);
        this.#refuse(`!text.startsWith(${quoted(part.literal)}${from === '0' ? '' : `, ${from}`})`);
        at = { ...at, offset: at.offset + part.literal.length };
        continue;
      }
      const { field } = part;
      const from = spotCode(at);
      const length = fixedLength(field);
      const next = literalOf(template[i + 1]);
      if (length !== undefined) {
        at = { ...at, offset: at.offset + length };
        this.#refuse(`text.length < ${spotCode(at)}`);
        this.#value(field, from, spotCode(at), false);
      } else if (next === '') {
        if (!canBeEmpty(field)) this.#refuse(`text.length === ${from}`);
        this.#value(field, from, 'text.length', false);
        isOver = true;
      } else {
        const stop = freshName(`${field.name}End`, this.#locals);
        const closes = i + 2 === template.length;
        this.#code.line(`const ${stop} = ${this.#search(field, next, from, closes)};`);
        this.#refuse(`${stop} ${canBeEmpty(field) ? '<' : '<='} ${from}`);
        this.#value(field, from, stop, !closes && next.startsWith(' '));
        at = { base: stop, offset: next.length };
        isOver = closes;
        i++;
      }
    }
    if (!isOver) this.#refuse(`text.length !== ${spotCode(at)}`);
  }

  #refuse(condition: string): void {
    this.#code.line(`if (${condition}) ${this.#miss}`);
  }

  /** Where the value ends: at the last of what follows a rest, at the first of what follows anything else. */
  #search(field: Field, next: string, from: string, closes: boolean): string {
    const literal = quoted(next);
    if (closes) return `text.endsWith(${literal}) ? text.length - ${next.length} : -1`;
    if (field.type.kind === 'rest') return `text.lastIndexOf(${literal})`;
    return `text.indexOf(${literal}, ${from})`;
  }

  /** @param spaceless what follows is a space, so there is none inside */
  #value(field: Field, from: string, to: string, spaceless: boolean): void {
    const { type } = field;
    const isLast = to === 'text.length';
    const cell = isLast ? (from === '0' ? 'text' : `text.slice(${from})`) : `text.slice(${from}, ${to})`;
    let raw = rawValue(this.#ctx, field, cell, '0');
    if (field.enum !== undefined) {
      const number = freshName(`${field.name}Number`, this.#locals);
      this.#code.line(`const ${number} = ${raw};`);
      this.#refuse(`${number} === undefined`);
      raw = field.enum.open
        ? `${namedValue(this.#ctx, field, number)} ?? ${number}`
        : namedValue(this.#ctx, field, number)!;
    } else raw = namedValue(this.#ctx, field, raw) ?? raw;
    let value = cell;
    if (field.words !== undefined || !isLettered(type)) {
      value = freshName(field.name, this.#locals);
      this.#code.line(`const ${value} = ${raw};`);
      this.#refuse(`${value} === undefined`);
    } else if (type.kind === 'word') {
      const has = isLast ? `text.includes(' ', ${from})` : `${this.#ctx.use('hasSpace')}(text, ${from}, ${to})`;
      if (!spaceless) this.#refuse(has);
    }
    for (const { test, want } of formTests(this.#ctx, field, value))
      if (want !== 'one word' && !/^\d+ characters?$/.test(want)) this.#refuse(test);
    if (!isHidden(field)) this.values.push(value === field.name ? value : `${field.name}: ${value}`);
  }
}

/** `parseLogin(text)`: the fields of a text that has the form of this message. */
export function emitParse(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  const always = fitCode(ctx, m, 'text') === 'true';
  code.line(`/** \`${comment(templateText(m.template!))}\` */`);
  code.block(`function parse${type}(text: string): ${type}${always ? '' : ' | undefined'}`, () => {
    const fixed = fixedText(m.template!);
    if (fixed !== undefined) {
      code.line(`return text === ${quoted(fixed)} ? {} : undefined;`);
      return;
    }
    const reader = new TemplateReader(ctx, code, 'return undefined;');
    reader.read(m.template!);
    code.wrapped('return {', reader.values, '};');
  });
  code.line();
}

/** `fitsLogin(text)`: whether a text has the form of this message; for forms that a line of code does not tell. */
export function emitFits(ctx: EmitContext, m: Message, code: Code): void {
  const call = `fits${ctx.names.message(m)}`;
  if (!fitCode(ctx, m, 'text').startsWith(`${call}(`)) return;
  code.block(`function ${call}(text: string): boolean`, () => {
    new TemplateReader(ctx, code, 'return false;').read(m.template!);
    code.line('return true;');
  });
  code.line();
}

/** The text of a message, as an expression over `v`. */
export function spellTemplate(ctx: EmitContext, template: readonly TemplatePart[], around: Around): string {
  const fixed = fixedText(template);
  if (fixed !== undefined) return quoted(fixed);
  const parts = template.map(part =>
    'literal' in part ? part.literal.replace(/[\\`]|\$\{/g, '\\$&') : `\${${spellField(ctx, part.field, around)}}`,
  );
  return `\`${parts.join('')}\``;
}

/** What may hold what follows it can end at the wrong place. */
export function fieldsCanShift(template: readonly TemplatePart[]): boolean {
  return template.some(
    (part, i) => 'field' in part && i + 1 < template.length && canHold(part.field, template[i + 1]!),
  );
}

/** Whether what follows a value could stand in it: a space in all but a word, anything else in any text, a sign in a number. */
function canHold(field: Field, next: TemplatePart): boolean {
  const { type } = field;
  const literal = literalOf(next);
  if (fixedLength(field) !== undefined) return false;
  if (type.kind === 'word') return !literal.startsWith(' ');
  return isLettered(type) || ['struct', 'degrees'].includes(type.kind) || /^[-+.\da-f]/i.test(literal);
}

/**
 * `sameSaid(a, b)`: whether a text came back as it was meant.
 * @param type what is read, and `input` what is written
 */
export function emitSame(ctx: EmitContext, type: string, input: string, fields: readonly Field[], code: Code): void {
  code.block(`function same${type}(a: ${type} | undefined, b: ${input}): boolean`, () => {
    const same = fields.filter(f => !isHidden(f)).map(f => sameCode(ctx, f));
    code.line(`return ${['a !== undefined', ...same].join(' && ')};`);
  });
  code.line();
}

/** What has several parts, or is rounded, is the same where it is written the same. */
function sameCode(ctx: EmitContext, f: Field): string {
  const isSpelled = ['struct', 'flags', 'bits', 'dm', 'degrees'].includes(f.type.kind);
  if (!isSpelled) return `a.${f.name} === ${given(f)}`;
  const [own, other] = [`a.${f.name}`, given(f)].map(v => spellValue(ctx, f, v, NOTHING_AROUND));
  return `${own} === ${other}`;
}

const NOTHING_AROUND: Around = { barred: [], editable: false, inLine: false };

/** What a field says that was given or not. */
function given(f: Field): string {
  if (f.default === undefined) return `b.${f.name}`;
  return `(b.${f.name} ?? ${typeof f.default === 'string' ? quoted(f.default) : f.default})`;
}
