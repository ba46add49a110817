/** Messages that are lines of text: one function takes a line apart, one puts it together, by the same template. */
import type { Field, Frame, Message, TemplatePart } from '../model/model.js';
import { freshName } from '../model/names.js';
import { type Code, comment, quoted } from './code.js';
import type { EmitContext } from './context.js';

/** More literal characters first, then file order; `otherwise` last. */
export function byPriority(messages: readonly Message[]): Message[] {
  return [...messages].sort((a, b) => Number(a.otherwise) - Number(b.otherwise) || literalLength(b) - literalLength(a));
}

function literalLength(m: Message): number {
  return m.template!.reduce((n, part) => n + ('literal' in part ? part.literal.length : 0), 0);
}

/** `lineOf`: the text of a frame, with the filters of the schema applied. */
export function emitLineOf(ctx: EmitContext, frame: Frame, code: Code): void {
  code.line('/** The text of a line, or `undefined` with the reason in `problem`. */');
  code.block('function lineOf(b: Uint8Array, start: number, stop: number): string | undefined', () => {
    const charset = ctx.model.charset;
    if (charset === 'latin1') code.line(`const line = ${ctx.use('latin1')}(b, start, stop);`);
    else {
      code.line(`const line = ${ctx.use(charset)}(b, start, stop, 'line');`);
      code.line('if (line === undefined) return undefined;');
    }
    const edited = frame.filters.includes('backspace') ? `${ctx.use('withoutBackspaces')}(line)` : 'line';
    code.line(`return ${ctx.use('cleanLine')}(${edited}, start);`);
  });
  code.line();
}

/** `parseLogin(line)`: the fields of a line that has the form of this message. */
export function emitParse(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  const template = m.template!;
  code.line(`/** \`${comment(templateText(template))}\` */`);
  if (m.fields.length === 0) {
    code.block(`function parse${type}(text: string): ${type} | undefined`, () => {
      code.line(`return text === ${quoted(template.map(literalOf).join(''))} ? {} : undefined;`);
    });
    code.line();
    return;
  }
  code.block(`function parse${type}(text: string): ${type} | undefined`, () => {
    const locals = new Set(['text']);
    const items: string[] = [];
    let pos = '0';
    template.forEach((part, i) => {
      if ('literal' in part) {
        if (i === 0) {
          code.line(`if (!text.startsWith(${quoted(part.literal)})) return undefined;`);
          pos = String(part.literal.length);
        }
        return;
      }
      const { field } = part;
      const name = freshName(field.name, locals);
      pos = emitPart(field, name, template.slice(i + 1), pos, locals, code);
      items.push(name === field.name ? name : `${field.name}: ${name}`);
    });
    code.wrapped('return {', items, '};');
  });
  code.line();
}

/** Reads one field from `pos` on, up to what follows. Returns where the next part begins. */
function emitPart(
  field: Field,
  name: string,
  after: readonly TemplatePart[],
  pos: string,
  locals: Set<string>,
  code: Code,
): string {
  const isWord = field.type.kind === 'word';
  const next = after[0];
  if (next === undefined || !('literal' in next)) {
    code.line(`const ${name} = ${pos === '0' ? 'text' : `text.slice(${pos})`};`);
    if (isWord) code.line(`if (${name} === '' || ${name}.includes(' ')) return undefined;`);
    return 'text.length';
  }
  const stop = freshName(`${field.name}End`, locals);
  const literal = quoted(next.literal);
  if (after.length === 1)
    code.line(`const ${stop} = text.endsWith(${literal}) ? text.length - ${next.literal.length} : -1;`);
  else code.line(`const ${stop} = text.${isWord ? 'indexOf' : 'lastIndexOf'}(${literal}${isWord ? `, ${pos}` : ''});`);
  code.line(`if (${stop} ${isWord ? '<=' : '<'} ${pos}) return undefined;`);
  code.line(`const ${name} = text.slice(${pos}, ${stop});`);
  if (isWord && !next.literal.startsWith(' ')) code.line(`if (${name}.includes(' ')) return undefined;`);
  return after.length === 1 ? 'text.length' : `${stop} + ${next.literal.length}`;
}

const literalOf = (part: TemplatePart): string => ('literal' in part ? part.literal : '');

export function templateText(template: readonly TemplatePart[]): string {
  return template.map(part => ('literal' in part ? part.literal : `{${part.field.name}}`)).join('');
}

export function emitReadLine(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  code.block(`function read${type}(b: Uint8Array, start: number, stop: number): ${type} | undefined`, () => {
    code.line('const line = lineOf(b, start, stop);');
    code.line('if (line === undefined) return undefined;');
    code.line(`const value = parse${type}(line);`);
    code.line(`if (value === undefined) return ${ctx.use('fail')}('NO_MATCH', start, '');`);
    for (const field of m.fields) emitValid(ctx, field, code);
    code.line('return value;');
  });
  code.line();
}

function emitValid(ctx: EmitContext, field: Field, code: Code): void {
  const { len, match } = field.valid ?? {};
  const value = `value.${field.name}`;
  const got = field.secret ? 'undefined' : value;
  const tests: [string, string][] = [];
  if (len !== undefined)
    tests.push([`${value}.length < ${len.min} || ${value}.length > ${len.max}`, `${len.min}..${len.max} characters`]);
  if (match !== undefined) tests.push([`!${ctx.pattern(match)}.test(${value})`, match]);
  for (const [test, want] of tests) {
    code.line(
      `if (${test}) return ${ctx.use('fail')}('RANGE', start, ${quoted(field.name)}, ${got}, ${quoted(want)});`,
    );
  }
}

export function emitWriteLine(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  const { model } = ctx;
  ctx.useType('Writer');
  const editable = m.frame.filters.includes('backspace');
  // In the other character sets the byte ff does not occur.
  const telnet = model.charset === 'latin1' && m.frame.filters.includes('telnet-iac') ? ', true' : '';
  const text = m.template!.map(part => {
    if ('literal' in part) return part.literal.replace(/[\\`]|\$\{/g, '\\$&');
    const { field } = part;
    const name = quoted(field.name);
    const { len, match } = field.valid ?? {};
    const value = `v.${field.name}`;
    const valid =
      len === undefined && match === undefined
        ? value
        : `${ctx.use('formed')}(${value}, ${len?.min ?? 0}, ${len?.max ?? 'Infinity'}, ${match === undefined ? 'undefined' : ctx.pattern(match)}, ${name})`;
    return `\${${ctx.use(field.type.kind)}(${valid}, ${editable}, ${name})}`;
  });
  const param = m.fields.length === 0 ? `_: ${type}` : `v: ${type}`;
  code.block(`function write${type}(w: Writer, ${param}): boolean`, () => {
    if (m.fields.length === 0) code.line(`const line = ${quoted(m.template!.map(literalOf).join(''))};`);
    else code.line(`const line = \`${text.join('')}\`;`);
    for (const test of misreadings(ctx, m))
      code.line(`if (${test}) throw ${ctx.use('misread')}(${quoted(m.name)}, line);`);
    code.line(
      `return ${ctx.use('writeLine')}(w, line, ${quoted(model.charset)}, LINE_END, ${model.limits.frame}${telnet});`,
    );
  });
  code.line();
}

/** Tests for lines that the other side would read as something else. */
function misreadings(ctx: EmitContext, m: Message): string[] {
  const tests: string[] = [];
  const { messages } = ctx.model;
  const { frame } = m;
  const canBeEmpty = m.template!.every(part => 'field' in part && part.field.type.kind === 'rest');
  if (frame.split.by === 'line' && frame.split.skipEmpty && canBeEmpty) tests.push("line === ''");
  for (const direction of ['up', 'down'] as const) {
    const all = byPriority(messages.filter(x => x.dir === direction || x.dir === 'both'));
    const mine = all.indexOf(m);
    for (const other of all.slice(0, Math.max(0, mine))) {
      const test = `parse${ctx.names.message(other)}(line) !== undefined`;
      if (m.fields.length > 0 && prefixesMeet(m, other) && !tests.includes(test)) tests.push(test);
    }
  }
  if (fieldsCanShift(m)) {
    tests.push(`!same${ctx.names.message(m)}(parse${ctx.names.message(m)}(line), v)`);
  }
  return tests;
}

function prefixesMeet(a: Message, b: Message): boolean {
  const [x, y] = [a, b].map(m => literalOf(m.template![0]!));
  return x!.startsWith(y!) || y!.startsWith(x!);
}

/** A word that is followed by something else than a space, or a rest in the middle, can end at the wrong place. */
export function fieldsCanShift(m: Message): boolean {
  return m.template!.some((part, i) => {
    const next = m.template![i + 1];
    if ('literal' in part || next === undefined) return false;
    return part.field.type.kind === 'rest' || !literalOf(next).startsWith(' ');
  });
}

/** `sameSaid(a, b)`: whether a line came back as it was meant. */
export function emitSame(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  code.block(`function same${type}(a: ${type} | undefined, b: ${type}): boolean`, () => {
    code.line(`return a !== undefined && ${m.fields.map(f => `a.${f.name} === b.${f.name}`).join(' && ')};`);
  });
  code.line();
}

export function emitClassifyLine(ctx: EmitContext, direction: 'up' | 'down', code: Code): void {
  const messages = ctx.model.messages.filter(m => m.dir === direction || m.dir === 'both');
  code.block(
    `function classify${direction === 'up' ? 'Up' : 'Down'}(b: Uint8Array, start: number, stop: number): number`,
    () => {
      code.line('const line = lineOf(b, start, stop);');
      code.line(`if (line === undefined) return ${ctx.use('BAD')};`);
      for (const m of byPriority(messages)) {
        code.line(`if (parse${ctx.names.message(m)}(line) !== undefined) return ${messages.indexOf(m)}; // ${m.name}`);
      }
      if (ctx.model.unknown.id) code.line(`return ${ctx.use('UNKNOWN')};`);
      else code.line(`return ${ctx.use('fail')}('NO_MATCH', start, '') ?? ${ctx.use('BAD')};`);
    },
  );
  code.line();
}
