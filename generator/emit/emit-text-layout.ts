/** Frames of text with a layout: elements around a body, told apart by an id that is text. */
import type { CheckType, Field, Frame, Message, TemplatePart } from '../model/model.js';
import { layoutSecrets } from '../model/secrets.js';
import { Code, quoted } from './code.js';
import { type EmitContext, plus } from './context.js';
import { indexOf, messagesIn } from './emit-choice.js';
import { frameFunction } from './frame-names.js';
import { isPlainLayout } from './names.js';
import {
  type Around,
  fixedLength,
  formTests,
  frameTextLines,
  isTelnet,
  type Refusal,
  rawValue,
  spellField,
  validTests,
} from './text-values.js';
import type { Way } from './ways.js';

/** Where something stands in the text: so many characters behind a place that a variable holds, or behind its beginning. */
interface Spot {
  readonly base: string;
  readonly offset: number;
}

const code = ({ base, offset }: Spot): string => (base === '' ? String(offset) : plus(base, offset));
const behind = (spot: Spot, by: number): Spot => ({ ...spot, offset: spot.offset + by });

/** The places of a layout's elements. */
export class TextParts {
  readonly frame: Frame;
  readonly template: readonly TemplatePart[];
  readonly #spots = new Map<Field, { readonly from: Spot; readonly to: Spot }>();
  /** Variables of the module that hold places. */
  readonly variables: string[] = [];

  constructor(frame: Frame) {
    this.frame = frame;
    this.template = frame.text!.template;
    let at: Spot = { base: '', offset: 0 };
    this.template.forEach((part, i) => {
      if ('literal' in part) {
        at = behind(at, part.literal.length);
        return;
      }
      const { field } = part;
      const length = fixedLength(field);
      const from = at;
      if (length !== undefined) at = behind(at, length);
      else if (i === this.template.length - 1) at = { base: 'text.length', offset: 0 };
      else {
        const name = `${frame.name}${field.name}Stop`;
        this.variables.push(name);
        at = { base: name, offset: 0 };
      }
      this.#spots.set(field, { from, to: at });
    });
  }

  from(field: Field): string {
    return code(this.#spots.get(field)!.from);
  }

  to(field: Field): string {
    return code(this.#spots.get(field)!.to);
  }

  get id(): Field {
    return this.elements.find(f => f.role === 'id') ?? this.body;
  }

  /** Statements that find `id`; `bad`: what is returned where there is none. */
  idLines(ctx: EmitContext, bad: string): string[] {
    const body = this.frame.text!.body;
    if (body?.kind !== 'json') return [`const id = ${this.cell(this.id)};`];
    const at = this.from(this.body) === '0' ? 'start' : `start + ${this.from(this.body)}`;
    const name = quoted(this.body.name);
    return [
      `const json = ${ctx.use('readJson')}(${this.cell(this.body)}, ${at}, ${name});`,
      `const id = json === undefined ? undefined : ${ctx.use('jsonText')}(${ctx.use('jsonMember')}(json, ${quoted(body.id)}), ${at}, ${quoted(body.id)});`,
      `if (json === undefined || id === undefined) return ${bad};`,
    ];
  }

  get body(): Field {
    return this.elements.find(f => f.type.kind === 'body')!;
  }

  get elements(): Field[] {
    return this.template.flatMap(part => ('field' in part ? [part.field] : []));
  }

  /** The characters of an element. */
  cell(field: Field): string {
    const { from, to } = this.#spots.get(field)!;
    if (from.base === to.base && to.offset === from.offset + 1) return `text.charAt(${code(from)})`;
    return to.base === 'text.length' ? `text.slice(${code(from)})` : `text.slice(${code(from)}, ${code(to)})`;
  }
}

const isJson = (parts: TextParts): boolean => parts.frame.text?.body?.kind === 'json';

const warns = (frame: Frame): boolean => frame.layout.some(f => f.bad === 'warn');

/** `frameText`: finds the elements of a frame and checks all but its body. */
export function emitFrameText(ctx: EmitContext, parts: TextParts, out: Code): void {
  const { frame } = parts;
  for (const name of parts.variables) out.line(`let ${name} = 0;`);
  const warnings = frameFunction(frame, 'warnings');
  if (warns(frame)) out.line(`let ${warnings}: string[] | undefined;`);
  out.line(
    '/** The text of a frame, or `undefined` with the reason in `problem`. Leaves the places of its elements above. */',
  );
  const name = frameFunction(frame, 'text');
  out.block(`function ${name}(b: Uint8Array, start: number, stop: number): string | undefined`, () => {
    for (const line of frameTextLines(ctx, frame, 'undefined')) out.line(line);
    const inner = new Code();
    new Locator(ctx, parts, inner).locate();
    if (warns(frame)) inner.line(`${warnings} = undefined;`);
    for (const field of parts.elements)
      if (field.type.kind === 'check') emitCheck(ctx, parts, field, field.type, inner);
    for (const field of parts.elements) emitElement(ctx, parts, field, inner);
    for (const line of inner.lines) out.line(inBytes(ctx, line));
    out.line('return text;');
  });
  out.line();
}

/** Where characters can take several bytes, what fails says where in bytes. */
function inBytes(ctx: EmitContext, line: string): string {
  return line.replace(/return ((?:fail|missing)\(.*\));$/, (_, call) => `return ${call}${toBytes(ctx)};`);
}

/** The function that tells how many bytes characters take; nothing where each takes one. */
function sizeFunction(ctx: EmitContext): string | undefined {
  const { charset } = ctx.model;
  return charset === 'utf8' ? ctx.use('utf8Size') : charset === 'gbk' ? ctx.use('gbkSize') : undefined;
}

/** What stands behind a failed call that tells where in characters. */
function toBytes(ctx: EmitContext): string {
  const size = sizeFunction(ctx);
  return size === undefined ? '' : ` ?? ${ctx.use('failedInBytes')}(text, start, ${size})`;
}

/** Where in the bytes a place in the text is. */
function inFrame(ctx: EmitContext, spot: string): string {
  if (spot === '0') return 'start';
  const size = sizeFunction(ctx);
  return `start + ${size === undefined ? spot : `${size}(text, ${spot})`}`;
}

/** Finds where the elements end. */
class Locator {
  readonly #ctx: EmitContext;
  readonly #parts: TextParts;
  readonly #out: Code;

  constructor(ctx: EmitContext, parts: TextParts, out: Code) {
    this.#ctx = ctx;
    this.#parts = parts;
    this.#out = out;
  }

  locate(): void {
    const { template } = this.#parts;
    let at: Spot = { base: '', offset: 0 };
    let isFound = true;
    template.forEach((part, i) => {
      if ('literal' in part) {
        if (isFound && !this.#isOptional(i))
          this.#refuse(`!text.startsWith(${quoted(part.literal)}, ${code(at)})`, 'MAGIC', code(at), '', part.literal);
        at = behind(at, part.literal.length);
        isFound = true;
        return;
      }
      const { field } = part;
      const from = code(at);
      const length = fixedLength(field);
      if (length !== undefined) {
        at = behind(at, length);
        isFound = true;
        const there = field.missing === true ? `${presentCode(this.#parts)} && ` : '';
        this.#refuse(`${there}text.length < ${code(at)}`, 'TRUNCATED', 'text.length', field.name);
        return;
      }
      isFound = false;
      if (i === template.length - 1) {
        at = { base: 'text.length', offset: 0 };
        return;
      }
      const next = template[i + 1]!;
      const literal = 'literal' in next ? next.literal : '';
      const stop = `${this.#parts.frame.name}${field.name}Stop`;
      const how =
        field.type.kind === 'body'
          ? `text.lastIndexOf(${quoted(literal)})`
          : `text.indexOf(${quoted(literal)}, ${from})`;
      this.#out.line(`${stop} = ${how};`);
      if (this.#isOptional(i + 1)) this.#out.line(`if (${stop} < ${from}) ${stop} = text.length;`);
      else this.#refuse(`${stop} < ${from}`, 'MAGIC', 'text.length', field.name, literal);
      at = { base: stop, offset: 0 };
    });
    if (at.base === 'text.length') return;
    const last = this.#parts.elements.at(-1)!;
    const over = `text.length > ${code(at)}`;
    const there = last.missing === true ? `${presentCode(this.#parts)} && ` : '';
    this.#refuse(`${there}${over}`, 'TRAILING', code(at), last.name);
  }

  /** Whether the part is the literal in front of an element that may be missing. */
  #isOptional(i: number): boolean {
    const next = this.#parts.template[i + 1];
    return next !== undefined && 'field' in next && next.field.missing === true;
  }

  #refuse(test: string, problem: string, at: string, field: string, want?: string): void {
    const wanted = want === undefined ? '' : `, undefined, ${quoted(want)}`;
    const start = at === '0' ? 'start' : `start + ${at}`;
    this.#out.line(`if (${test}) return ${this.#ctx.use('fail')}('${problem}', ${start}, ${quoted(field)}${wanted});`);
  }
}

/** Whether the element at the end that may be missing is there. */
function presentCode(parts: TextParts): string {
  const { template } = parts;
  const last = template.at(-1)!;
  const before = template.slice(0, -1).findLast(part => 'field' in part);
  if (!('field' in last) || before === undefined || !('field' in before)) return 'true';
  return `${parts.to(before.field)} < text.length`;
}

function emitCheck(ctx: EmitContext, parts: TextParts, field: Field, type: CheckType, out: Code): void {
  const check = (): void => {
    const got = `hexNumber(${parts.cell(field)})`;
    ctx.use('hexNumber');
    const at = (end: 'from' | 'to', name: string): string => {
      const element = parts.elements.find(f => f.name === name)!;
      return inFrame(ctx, end === 'from' ? parts.from(element) : parts.to(element));
    };
    out.line(
      `const ${field.name}Want = ${ctx.use(type.algorithm.function)}(b, ${at('from', type.over.from)}, ${at('to', type.over.to)});`,
    );
    const refusal = `${ctx.use('fail')}('CHECK', start + ${parts.from(field)}, ${quoted(field.name)}, ${parts.cell(field)}, ${ctx.use('hexDigits')}(${field.name}Want, ${type.algorithm.bytes * 2}))`;
    if (field.bad === 'warn') {
      const list = frameFunction(parts.frame, 'warnings');
      const text = `\`${field.name}: the checksum is \${${parts.cell(field)}}, want \${${ctx.use('hexDigits')}(${field.name}Want, ${type.algorithm.bytes * 2})}\``;
      out.line(`if (${got} !== ${field.name}Want) ${list} = ${ctx.use('warned')}(${list}, ${text});`);
    } else out.line(`if (${got} !== ${field.name}Want) return ${refusal};`);
  };
  if (field.missing === true) out.block(`if (${presentCode(parts)})`, check);
  else check();
}

/** What is wrong with an element in itself. */
function emitElement(ctx: EmitContext, parts: TextParts, field: Field, out: Code): void {
  const { type } = field;
  if (type.kind === 'check' || type.kind === 'body') return;
  const at = parts.from(field) === '0' ? 'start' : `start + ${parts.from(field)}`;
  let value = parts.cell(field);
  const isNumber = isNumeric(field);
  if (isNumber) {
    out.line(`const ${field.name}Value = ${rawValue(ctx, field, value, at)};`);
    value = `${field.name}Value`;
    out.line(`if (${value} === undefined) return undefined;`);
  } else if (fixedLength(field) === undefined)
    out.line(
      `if (${parts.from(field)} === ${parts.to(field)}) return ${ctx.use('missing')}(${at}, ${quoted(field.name)});`,
    );
  const tests: Refusal[] = formTests(ctx, field, value).filter(r => !/^\d+ characters?$/.test(r.want));
  for (const refusal of tests) out.line(`if (${refusal.test}) return ${failed(ctx, field, refusal, at, value)};`);
  for (const refusal of validTests(ctx, field, value)) {
    if (field.bad !== 'warn') out.line(`if (${refusal.test}) return ${failed(ctx, field, refusal, at, value)};`);
    else {
      const list = frameFunction(parts.frame, 'warnings');
      out.line(
        `if (${refusal.test}) ${list} = ${ctx.use('warned')}(${list}, \`${field.name}: ${field.secret ? 'it' : `\${${value}}`} is not ${refusal.want.replace(/[\\`]|\$\{/g, '\\$&')}\`);`,
      );
    }
  }
}

function failed(ctx: EmitContext, field: Field, { code: problem, want }: Refusal, at: string, value: string): string {
  const got = field.secret ? 'undefined' : value;
  return `${ctx.use('fail')}('${problem}', ${at}, ${quoted(field.name)}, ${got}, ${quoted(want)})`;
}

/** Members that the layout brings into a value. */
export function layoutMembers(ctx: EmitContext, parts: TextParts, hasId: boolean): string[] {
  const members = parts.elements
    .filter(f => isPlainLayout(f) || (f.role === 'id' && hasId))
    .map(f => {
      return `${f.name}: ${rawValue(ctx, f, parts.cell(f), '0')}${isNumeric(f) ? '!' : ''}`;
    });
  return members;
}

/** The member for warnings of the layout, if it can have some. */
export function warningMember(parts: TextParts): string[] {
  return warns(parts.frame) ? [`$warn: ${frameFunction(parts.frame, 'warnings')}`] : [];
}

const FRAME = 'b: Uint8Array, start: number, stop: number';

/** Messages that have an id in common, in the order in which they are tried. */
function sharing(messages: readonly Message[], id: string): Message[] {
  return messages.filter(m => m.textIds!.includes(id));
}

/** Those that are tried before a message, for one of its ids. */
export function triedBefore(ctx: EmitContext, m: Message, way: Way): Message[] {
  const messages = messagesIn(ctx, m.frame, way);
  return messages
    .slice(0, Math.max(0, messages.indexOf(m)))
    .filter(o => o.textIds!.some(id => m.textIds!.includes(id)));
}

/** Which message the id names: `each` writes the code for one, or for several in their order. */
function emitSwitch(
  ctx: EmitContext,
  parts: TextParts,
  way: Way,
  out: Code,
  each: (first: Message, others: readonly Message[]) => readonly string[],
): void {
  const messages = messagesIn(ctx, parts.frame, way);
  if (messages.length === 0) return;
  const told = new Set<string>();
  out.block('switch (id)', () => {
    for (const m of messages) {
      const ids = m.textIds!.filter(id => !told.has(id));
      while (ids.length > 0) {
        const [first, ...others] = sharing(messages, ids[0]!);
        const alike = ids.filter(id => sharing(messages, id).every((o, i) => o === [first, ...others][i]));
        for (const id of alike) {
          out.line(`case ${quoted(id)}:`);
          told.add(id);
          ids.splice(ids.indexOf(id), 1);
        }
        for (const line of each(first!, others)) out.line(`  ${line}`);
      }
    }
  });
}

/** The value of a frame that is one of this message, or `undefined`. */
function fieldsCall(ctx: EmitContext, parts: TextParts, m: Message): string {
  return `fieldsOf${ctx.names.message(m)}(${isJson(parts) ? 'json, ' : ''}text, start)`;
}

export function emitLayoutClassify(ctx: EmitContext, parts: TextParts, way: Way, out: Code): void {
  const { frame } = parts;
  const text = frameFunction(frame, 'text');
  out.block(`function ${frameFunction(frame, 'classify', way)}(${FRAME}): number`, () => {
    out.line(`const text = ${text}(b, start, stop);`);
    out.line(`if (text === undefined) return ${ctx.use('BAD')};`);
    const isAsked = messagesIn(ctx, frame, way).length > 0 || !ctx.model.unknown.id;
    if (isAsked || isJson(parts)) for (const line of parts.idLines(ctx, ctx.use('BAD'))) out.line(line);
    emitSwitch(ctx, parts, way, out, (first, others) => {
      const is = (m: Message): string => `return ${indexOf(ctx, m, way)}; // ${m.name}`;
      if (others.length === 0) return [is(first)];
      const fits = [first, ...others].map(m => `if (${fieldsCall(ctx, parts, m)} !== undefined) ${is(m)}`);
      return [...fits, `return ${indexOf(ctx, first, way)}; // It says what is wrong.`];
    });
    if (ctx.model.unknown.id) out.line(`return ${ctx.use('UNKNOWN')};`);
    else out.line(`return ${unknownId(ctx, parts)} ?? ${ctx.use('BAD')};`);
  });
  out.line();
}

function unknownId(ctx: EmitContext, parts: TextParts): string {
  const body = parts.frame.text!.body!;
  const name = body.kind === 'json' ? body.id : parts.id.name;
  return `${ctx.use('fail')}('UNKNOWN_ID', start + ${parts.from(parts.id)}, ${quoted(name)}, id)`;
}

export function emitLayoutDecode(ctx: EmitContext, parts: TextParts, way: Way, out: Code): void {
  const { frame } = parts;
  ctx.useType('Decoded');
  out.block(`function ${frameFunction(frame, 'decode', way)}(${FRAME}): Decoded | undefined`, () => {
    out.line(`const text = ${frameFunction(frame, 'text')}(b, start, stop);`);
    out.line('if (text === undefined) return undefined;');
    for (const line of parts.idLines(ctx, 'undefined')) out.line(line);
    const bytes = toBytes(ctx);
    emitSwitch(ctx, parts, way, out, (first, others) => {
      const as = (m: Message): string =>
        `${ctx.use('decodedAs')}(${indexOf(ctx, m, way)}, ${quoted(m.name)}, ${fieldsCall(ctx, parts, m)}, id)`;
      // Where none fits, the first says what is wrong.
      const tried = others.length === 0 ? [first] : [first, ...others, first];
      return [`return ${tried.map(as).join(' ?? ')}${bytes};`];
    });
    if (ctx.model.unknown.id)
      out.line(unknownCode(ctx, `${frameFunction(frame, 'unknown')}(b, start, text), id`, layoutSecrets(frame.layout)));
    else out.line(inBytes(ctx, `return ${unknownId(ctx, parts)};`));
  });
  out.line();
}

/**
 * `return decoded(UNKNOWN, ...);`, of what is no message.
 * @param given its value, and its id if it has one
 * @param secrets members of it that are not shown
 */
export function unknownCode(ctx: EmitContext, given: string, secrets: readonly string[]): string {
  const all = `${ctx.use('decoded')}(${ctx.use('UNKNOWN')}, 'unknown', ${given})`;
  return `return ${secrets.length === 0 ? all : `{ ...${all}, secrets: [${secrets.map(quoted).join(', ')}] }`};`;
}

/** The id of a frame. */
function emitIdOf(ctx: EmitContext, parts: TextParts, out: Code): void {
  const { frame } = parts;
  const text = frameFunction(frame, 'text');
  out.block(`function ${frameFunction(frame, 'idOf')}(${FRAME}): string`, () => {
    if (isJson(parts)) {
      out.line(`const text = ${text}(b, start, stop);`);
      out.line("if (text === undefined) return '';");
      for (const line of parts.idLines(ctx, "''")) out.line(line);
      out.line('return id;');
      return;
    }
    out.line(`const text = ${text}(b, start, stop) ?? '';`);
    out.line(`return ${parts.cell(parts.id)};`);
  });
  out.line();
}

/** What a frame says whose body is kept as it is. */
export function emitLayoutUnknown(ctx: EmitContext, parts: TextParts, out: Code): void {
  const { frame, body } = parts;
  const at = (spot: string): string => inFrame(ctx, spot);
  const text = frameFunction(frame, 'text');
  const unknown = frameFunction(frame, 'unknown');
  const keeps = ctx.model.unknown.id || ctx.model.unknown.body;
  const mine = ctx.model.messages.filter(m => m.frame === frame);
  if (keeps || mine.some(m => m.textIds?.length !== 1)) emitIdOf(ctx, parts, out);
  if (!keeps) return;
  out.block(`function ${unknown}(b: Uint8Array, start: number, text: string): object`, () => {
    const bytes = `body: ${ctx.use('bytes')}(b, ${at(parts.from(body))}, ${at(parts.to(body))})`;
    out.wrapped('return {', [...layoutMembers(ctx, parts, true), bytes, ...warningMember(parts)], '};');
  });
  out.line();
  out.block(`function ${frameFunction(frame, 'readUnknown')}(${FRAME}): object | undefined`, () => {
    out.line(`const text = ${text}(b, start, stop);`);
    out.line(`return text === undefined ? undefined : ${unknown}(b, start, text);`);
  });
  out.line();
}

export function emitLayoutRead(ctx: EmitContext, parts: TextParts, m: Message, out: Code): void {
  const type = ctx.names.message(m);
  const bytes = toBytes(ctx);
  out.block(`function read${type}(${FRAME}): ${type} | undefined`, () => {
    out.line(`const text = ${frameFunction(parts.frame, 'text')}(b, start, stop);`);
    if (isJson(parts)) {
      out.line('if (text === undefined) return undefined;');
      const at = parts.from(parts.body) === '0' ? 'start' : `start + ${parts.from(parts.body)}`;
      out.line(`const json = ${ctx.use('readJson')}(${parts.cell(parts.body)}, ${at}, ${quoted(parts.body.name)});`);
      out.line(`return json === undefined ? undefined : fieldsOf${type}(json, text, start)${bytes};`);
    } else out.line(`return text === undefined ? undefined : fieldsOf${type}(text, start)${bytes};`);
  });
  out.line();
}

/** `writeFrame(w, v, id, body)`: the elements around a body, in order; checksums cover what was written before. */
export function emitWriteFrame(ctx: EmitContext, parts: TextParts, around: Around, limits: string, out: Code): void {
  const { frame } = parts;
  ctx.useType('Writer');
  const plain = parts.elements.filter(isPlainLayout);
  const members = plain.map(
    f =>
      `${f.name}${f.default === undefined ? '' : '?'}: ${memberType(f)}${f.default === undefined ? '' : ' | undefined'}`,
  );
  const v = plain.length === 0 ? '_: object' : `v: { ${members.join('; ')} }`;
  const put = ctx.use(
    { ascii: 'writeAscii', utf8: 'writeUtf8', latin1: 'writeLatin1', gbk: 'writeGbk' }[ctx.model.charset],
  );
  const ends = parts.elements.flatMap(f => (f.type.kind === 'check' ? [f.type.over.from, f.type.over.to] : []));
  out.block(
    `function ${frameFunction(frame, 'compose')}(w: Writer, ${v}, ${isJson(parts) ? '_id' : 'id'}: string, body: string): boolean`,
    () => {
      out.line('const start = w.length;');
      let pending = '';
      const flush = (): void => {
        if (pending !== '') out.line(`${put}(w, \`${pending}\`, 'frame');`);
        pending = '';
      };
      parts.template.forEach((part, i) => {
        if ('literal' in part) {
          pending += escaped(part.literal);
          return;
        }
        const { field } = part;
        if (ends.includes(field.name) && isStart(parts, field)) {
          flush();
          out.line(`const ${field.name}At = w.length;`);
        }
        if (field.type.kind === 'body' && field.missing === true) {
          const literal = parts.template[i - 1];
          const between = literal !== undefined && 'literal' in literal ? literal.literal : '';
          pending = `${pending.slice(0, pending.length - escaped(between).length)}\${body === '' ? '' : ${quoted(between)} + body}`;
        } else if (field.type.kind === 'body') pending += placeholder('body');
        else if (field.role === 'id') pending += placeholder('id');
        else if (field.type.kind === 'check') {
          flush();
          const { over, algorithm } = field.type;
          const to = isEnd(parts, over.to) ? `${over.to}End` : 'w.length';
          const sum = `${ctx.use(algorithm.function)}(w.bytes, ${over.from}At, ${to})`;
          pending += `\${${ctx.use('hexDigits')}(${sum}, ${algorithm.bytes * 2})}`;
        } else {
          const next = parts.template[i + 1];
          const barred = next !== undefined && 'literal' in next ? [next.literal] : [];
          pending += `\${${spellField(ctx, field, { ...around, barred })}}`;
        }
        if (ends.includes(field.name) && isEnd(parts, field.name)) {
          flush();
          out.line(`const ${field.name}End = w.length;`);
        }
      });
      flush();
      if (bodyCanShift(parts)) {
        // A body ends at the last of what follows it, wherever that stands.
        out.line(`const text = ${frameFunction(frame, 'text')}(w.bytes, start, w.length);`);
        out.line(`const said = text === undefined ? undefined : ${parts.cell(parts.body)};`);
        out.line(`if (said !== body) throw ${ctx.use('misread')}(${isJson(parts) ? "'body'" : 'id'}, body);`);
      }
      const close = `${ctx.use('closeText')}(w, start, ${limits})`;
      out.line(`return ${close}${isTelnet(ctx, frame) ? ` && ${ctx.use('doubleIac')}(w, start)` : ''};`);
    },
  );
  out.line();
}

/** What stands behind the body may hold what the body ends at; a checksum does not. */
function bodyCanShift({ elements, body }: TextParts): boolean {
  return elements.slice(elements.indexOf(body) + 1).some(f => f.type.kind !== 'check');
}

const placeholder = (name: string): string => `\${${name}}`;
const escaped = (literal: string): string => literal.replace(/[\\`]|\$\{/g, '\\$&');

function isStart(parts: TextParts, field: Field): boolean {
  return parts.elements.some(f => f.type.kind === 'check' && f.type.over.from === field.name);
}

function isEnd(parts: TextParts, name: string): boolean {
  return parts.elements.some(f => f.type.kind === 'check' && f.type.over.to === name);
}

/** Elements whose value is a number. */
function isNumeric({ type }: Field): boolean {
  return type.kind === 'whole' || type.kind === 'decimal' || type.kind === 'hexint';
}

function memberType(field: Field): string {
  return isNumeric(field) ? 'number' : 'string';
}
