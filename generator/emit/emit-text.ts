/** Frames of text: whole lines that are told apart by their templates, or a layout with an id in it. */
import { type Field, type Frame, isText, type Message, type Struct } from '../model/model.js';
import { secretPaths } from '../model/secrets.js';
import { byteHex, Code, comment, quoted } from './code.js';
import { consequence, type EmitContext } from './context.js';
import { byPriority, emitChoice, emitChooser, indexOf, messagesIn } from './emit-choice.js';
import { ColumnReader, emitReadGroup, emitSpellGroup, spellColumns, spellPairs } from './emit-columns.js';
import { emitCut } from './emit-cut.js';
import { emitMembersOf, emitReadObject, MemberReader, spellJson } from './emit-json.js';
import {
  emitFits,
  emitParse,
  emitSame,
  fieldsCanShift,
  fitCode,
  leadOf,
  spellTemplate,
  TemplateReader,
  templateText,
} from './emit-template.js';
import {
  emitFrameText,
  emitLayoutClassify,
  emitLayoutDecode,
  emitLayoutRead,
  emitLayoutUnknown,
  emitWriteFrame,
  layoutMembers,
  TextParts,
  triedBefore,
  unknownCode,
  warningMember,
} from './emit-text-layout.js';
import { emitShape } from './emit-whole.js';
import { frameFunction } from './frame-names.js';
import { hasFrames, hasIdInValue, usedStructs } from './names.js';
import { type Around, frameTextLines, isTelnet, validTests } from './text-values.js';
import { isHidden } from './ts-types.js';
import { messagesOf, WAYS, type Way } from './ways.js';

/** Everything that reads and writes the frames of one shape. */
export function emitTextFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  emitCutter(ctx, frame, code);
  if (frame.text?.body === undefined) emitLines(ctx, frame, code);
  else emitLayout(ctx, frame, code);
  emitTypes(ctx, frame, code);
}

/** Ways in which frames of this shape go. */
function waysOf(ctx: EmitContext, frame: Frame): Way[] {
  return WAYS.filter(way => hasFrames(ctx.model, frame, way));
}

/** Among several shapes, a frame is first told apart, and then decoded. */
const isOnly = (ctx: EmitContext): boolean => ctx.model.frames.length === 1;

/** What keeps its spelling is told apart first, too. */
function decodesAtOnce(ctx: EmitContext, frame: Frame): boolean {
  return isOnly(ctx) && frame.text?.keepsSpelling !== true;
}

/** What \`spelling\` of a message is. */
export function spellingCode(ctx: EmitContext, m: Message): string {
  const way = m.dir === 'down' ? 'down' : 'up';
  const is = `(b, start, stop) => ${frameFunction(m.frame, 'classify', way)}(b, start, stop) === ${indexOf(ctx, m, way)}`;
  const end = lineEnd(ctx, m.frame);
  const { limits, charset } = ctx.model;
  const rule = `charset: ${quoted(charset)}, end: ${end}, ends: ${end}S, starts: ${startsName(m.frame)}, limit: ${limits.frame}`;
  return `{ ${rule}, is: ${is} }`;
}

/** The constants that the code of a text frame uses. */
export function textConstants(ctx: EmitContext, frame: Frame, code: Code): string[] {
  const bytes = (b: Uint8Array): string => `Uint8Array.of(${[...b].map(byteHex).join(', ')})`;
  const list = (all: readonly Uint8Array[]): string => `[${all.map(bytes).join(', ')}]`;
  const lines = [`const ${lineEnd(ctx, frame)} = /* @__PURE__ */ ${bytes(frame.emit)};`];
  const { split } = frame;
  const ends = split.by === 'until' ? split.ends : split.by === 'line' ? [10, 13, 0].map(c => Uint8Array.of(c)) : [];
  const starts = split.by === 'until' ? split.starts : [];
  lines.push(`const ${lineEnd(ctx, frame)}S: readonly Uint8Array[] = /* @__PURE__ */ ${list(ends)};`);
  lines.push(`const ${startsName(frame)}: readonly Uint8Array[] = /* @__PURE__ */ ${list(starts)};`);
  const used = (line: string): boolean => {
    const name = /^const (\w+)/.exec(line)![1]!;
    return code.lines.some(l => new RegExp(`\\b${name}\\b`).test(l));
  };
  return lines.filter(used);
}

function startsName(frame: Frame): string {
  return `${frame.name === '' ? '' : `${frame.name.toUpperCase()}_`}STARTS`;
}

/** The constant with the end that an encoder writes; with an S, those that a decoder takes. */
export function lineEnd(ctx: EmitContext, frame: Frame): string {
  return ctx.model.frames.filter(isText).length === 1 ? 'LINE_END' : `${frame.name.toUpperCase()}_END`;
}

function emitCutter(ctx: EmitContext, frame: Frame, code: Code): void {
  const { charset, limits } = ctx.model;
  const { split } = frame;
  const name = frameFunction(frame, 'cut');
  if (split.by === 'until') {
    const starts = split.starts.length === 0 ? '' : `starts: ${startsName(frame)}, `;
    const empty = split.skipEmpty ? ', skipEmpty: true' : '';
    const rule = `{ ${starts}ends: ${lineEnd(ctx, frame)}S, limit: ${limits.frame}${empty} }`;
    code.line(`const ${name} = /* @__PURE__ */ ${ctx.use('untilCutter')}(${rule});`);
  } else if (split.by === 'json') {
    code.line(`const ${name} = /* @__PURE__ */ ${ctx.use('jsonCutter')}(${limits.frame});`);
  } else if (split.by !== 'line') {
    emitCut(ctx, frame, code);
    return;
  } else {
    const { skipEmpty } = split;
    const erased = skipEmpty && frame.filters.includes('backspace') ? `, ${quoted(charset)}` : '';
    code.line(`const ${name} = /* @__PURE__ */ ${ctx.use('lineCutter')}(${limits.frame}, ${skipEmpty}${erased});`);
  }
  code.line();
}

function aroundOf(frame: Frame): Around {
  const editable = frame.filters.includes('backspace');
  const { body } = frame.text ?? {};
  const columns = body?.kind === 'csv' ? { between: body.between } : {};
  return { barred: [], editable, inLine: frame.split.by === 'line', ...columns };
}

// Whole lines.

function emitLines(ctx: EmitContext, frame: Frame, code: Code): void {
  const ways = waysOf(ctx, frame);
  for (const way of ways) emitChooser(ctx, frameFunction(frame, 'choose', way), frame, way, code);
  for (const way of ways) emitClassify(ctx, frame, way, code);
  if (decodesAtOnce(ctx, frame)) for (const way of ways) emitDecode(ctx, frame, way, code);
  for (const m of ctx.model.messages.filter(x => x.frame === frame)) {
    emitParse(ctx, m, code);
    emitFits(ctx, m, code);
    emitValid(ctx, m, code);
    emitRead(ctx, m, code);
    emitWrite(ctx, m, code);
    if (fieldsCanShift(m.template!)) emitSame(ctx, ctx.names.message(m), ctx.names.input(m), m.fields, code);
  }
}

/** Makes `text` of the frame, or leaves with `bad`. */
function textOf(ctx: EmitContext, frame: Frame, code: Code, bad: string): void {
  for (const line of frameTextLines(ctx, frame, bad)) code.line(line);
}

const FRAME = 'b: Uint8Array, start: number, stop: number';

function emitClassify(ctx: EmitContext, frame: Frame, way: Way, code: Code): void {
  code.block(`function ${frameFunction(frame, 'classify', way)}(${FRAME}): number`, () => {
    textOf(ctx, frame, code, ctx.use('BAD'));
    const bad = `${ctx.use('fail')}('NO_MATCH', start, '') ?? ${ctx.use('BAD')}`;
    // A shape of one message knows no others.
    const keeps = ctx.model.unknown.id && frame.message === undefined;
    code.line(`const index = ${frameFunction(frame, 'choose', way)}(text);`);
    code.line(`return index === ${ctx.use('NO_MESSAGE')} ? ${keeps ? ctx.use('UNKNOWN') : bad} : index;`);
  });
  code.line();
}

/** So many messages are told apart in a function of their own. */
const MANY = 3;

/**
 * Finds the message and its fields in one go. Messages that begin with something are found in a function of their own where
 * there are others behind them: the engine then takes in the way to those, which would be too long with a case for each word.
 */
function emitDecode(ctx: EmitContext, frame: Frame, way: Way, code: Code): void {
  ctx.useType('Decoded');
  const attempt = (m: Message): boolean => emitAttempt(ctx, m, way, code);
  const all = byPriority(messagesIn(ctx, frame, way));
  const open = all.findIndex(m => leadOf(m) === '');
  const words = open < MANY ? [] : all.slice(0, open);
  const name = frameFunction(frame, 'decode', way);
  const start = words.some(hasValid) ? 'start' : '';
  if (words.length > 0) {
    const params = `text: string${start === '' ? '' : ', start: number'}`;
    const none = ctx.use('NO_MESSAGE');
    code.block(`function ${name}ByWord(${params}): Decoded | undefined | typeof ${none}`, () => {
      emitChoice(words, code, attempt);
      code.line(`return ${none};`);
    });
    code.line();
  }
  code.block(`function ${name}(${FRAME}): Decoded | undefined`, () => {
    textOf(ctx, frame, code, 'undefined');
    if (words.length > 0) {
      const byWord = (): void => {
        code.line(`const byWord = ${name}ByWord(text${start === '' ? '' : ', start'});`);
        code.line(`if (byWord !== ${ctx.use('NO_MESSAGE')}) return byWord;`);
      };
      const [first, ...others] = new Set(words.map(m => leadOf(m).charCodeAt(0)));
      if (others.length > 0) byWord();
      else code.block(`if (text.charCodeAt(0) === ${byteHex(first!)})`, byWord);
    }
    const certain = emitChoice(all.slice(words.length), code, attempt);
    if (certain) return;
    // A line has no id: what fits no template may be one with a secret, and a slip in it.
    const hidden = messagesOf(ctx.model, way).some(m => secretPaths(m).length > 0) ? ['body'] : [];
    if (ctx.model.unknown.id) code.line(unknownCode(ctx, '{ body: b.slice(start, stop) }', hidden));
    else code.line(`return ${ctx.use('fail')}('NO_MATCH', start, '');`);
  });
  code.line();
}

function emitAttempt(ctx: EmitContext, m: Message, way: Way, code: Code): boolean {
  const type = ctx.names.message(m);
  const found = (value: string): string => {
    const result = `${ctx.use('decoded')}(${indexOf(ctx, m, way)}, ${quoted(m.name)}, ${value})`;
    return hasValid(m) ? `valid${type}(${value}, start) ? ${result} : undefined` : result;
  };
  const fits = fitCode(ctx, m, 'text');
  if (m.fields.length === 0) {
    code.line(`if (${fits}) return ${found('{}')};`);
    return false;
  }
  const value = `value${indexOf(ctx, m, way)}`;
  const isCertain = fits === 'true';
  if (isCertain && !hasValid(m)) code.line(`return ${found(`parse${type}(text)`)};`);
  else {
    code.line(`const ${value} = parse${type}(text);`);
    code.line(`${isCertain ? '' : `if (${value} !== undefined) `}return ${found(value)};`);
  }
  return isCertain;
}

function hasValid(m: Message): boolean {
  return m.fields.some(f => f.valid !== undefined && !isHidden(f));
}

/** `validLogin(value, start)`: whether the fields are what the schema allows; else the reason is in `problem`. */
function emitValid(ctx: EmitContext, m: Message, code: Code): void {
  if (!hasValid(m)) return;
  const type = ctx.names.message(m);
  code.block(`function valid${type}(value: ${type}, start: number): boolean`, () => {
    for (const field of m.fields.filter(f => !isHidden(f))) {
      const got = field.secret ? 'undefined' : `value.${field.name}`;
      for (const { test, want } of validTests(ctx, field, `value.${field.name}`)) {
        const failed = `${ctx.use('fail')}('RANGE', start, ${quoted(field.name)}, ${got}, ${quoted(want)})`;
        code.line(`if (${test}) return ${consequence(ctx, field.bad, failed)} ?? false;`);
      }
    }
    code.line('return true;');
  });
  code.line();
}

function emitRead(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  code.block(`function read${type}(${FRAME}): ${type} | undefined`, () => {
    textOf(ctx, m.frame, code, 'undefined');
    const isCertain = fitCode(ctx, m, 'text') === 'true';
    if (isCertain && !hasValid(m)) {
      code.line(`return parse${type}(text);`);
      return;
    }
    code.line(`const value = parse${type}(text);`);
    if (!isCertain) code.line(`if (value === undefined) return ${ctx.use('fail')}('NO_MATCH', start, '');`);
    code.line(hasValid(m) ? `return valid${type}(value, start) ? value : undefined;` : 'return value;');
  });
  code.line();
}

function emitWrite(ctx: EmitContext, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  const { model } = ctx;
  const { frame } = m;
  ctx.useType('Writer');
  const telnet = isTelnet(ctx, frame) ? ', true' : '';
  const param = m.fields.every(isHidden) ? `_: ${ctx.names.input(m)}` : `v: ${ctx.names.input(m)}`;
  code.block(`function write${type}(w: Writer, ${param}): boolean`, () => {
    code.line(`const line = ${spellTemplate(ctx, m.template!, aroundOf(frame))};`);
    for (const test of misreadings(ctx, m))
      code.line(`if (${test}) throw ${ctx.use('misread')}(${quoted(m.name)}, line);`);
    const shape = shapeTests(ctx, m);
    const finish = (call: string): void => {
      code.line(shape.length === 0 ? `return ${call};` : `${call};`);
      if (shape.length > 0) for (const test of [...shape, 'return true;']) code.line(test);
    };
    if (frame.split.by === 'line') {
      if (shape.length > 0) code.line('const start = w.length;');
      const rest = `${lineEnd(ctx, frame)}, ${model.limits.frame}${telnet}`;
      finish(`${ctx.use('writeLine')}(w, line, ${quoted(model.charset)}, ${rest})`);
      return;
    }
    const put = ctx.use(
      { ascii: 'writeAscii', utf8: 'writeUtf8', latin1: 'writeLatin1', gbk: 'writeGbk' }[model.charset],
    );
    code.line('const start = w.length;').line(`${put}(w, line, 'line');`);
    finish(`${ctx.use('closeText')}(w, start, ${endArguments(ctx, frame)})`);
  });
  code.line();
}

/** Among several shapes, tests of the bytes that were written: they must be taken for this one. */
function shapeTests(ctx: EmitContext, m: Message): readonly string[] {
  const tests = new Code();
  emitShape(ctx, m, tests);
  return tests.lines;
}

/** What is written must not be read as a message that is tried before this one. */
function orderTests(ctx: EmitContext, m: Message): string[] {
  return waysOf(ctx, m.frame).flatMap(way => {
    if (triedBefore(ctx, m, way).length === 0) return [];
    const end = `w.length - ${lineEnd(ctx, m.frame)}.length`;
    const test = `${frameFunction(m.frame, 'classify', way)}(w.bytes, start, ${end}) !== ${indexOf(ctx, m, way)}`;
    return [
      `if (${test}) throw ${ctx.use('misread')}(${quoted(m.name)}, ${ctx.use('latin1')}(w.bytes, start, ${end}));`,
    ];
  });
}

function endArguments(ctx: EmitContext, frame: Frame): string {
  const end = lineEnd(ctx, frame);
  return `${end}, ${end}S, ${startsName(frame)}, ${ctx.model.limits.frame}`;
}

/** Tests for texts that the other side would read as something else. */
function misreadings(ctx: EmitContext, m: Message): string[] {
  const tests: string[] = [];
  const { frame } = m;
  const canBeEmpty = m.template!.every(part => 'field' in part && part.field.type.kind === 'rest');
  const skipsEmpty = 'skipEmpty' in frame.split && frame.split.skipEmpty;
  if (skipsEmpty && canBeEmpty) tests.push("line === ''");
  for (const way of waysOf(ctx, frame)) {
    const all = byPriority(messagesIn(ctx, frame, way));
    const before = all.slice(0, Math.max(0, all.indexOf(m)));
    if (m.fields.length > 0 && before.some(other => leadsMeet(m, other)))
      tests.push(`${frameFunction(frame, 'choose', way)}(line) !== ${indexOf(ctx, m, way)}`);
  }
  const type = ctx.names.message(m);
  if (fieldsCanShift(m.template!)) tests.push(`!same${type}(parse${type}(line), v)`);
  return tests;
}

function leadsMeet(a: Message, b: Message): boolean {
  return leadOf(a).startsWith(leadOf(b)) || leadOf(b).startsWith(leadOf(a));
}

// Layouts.

function emitLayout(ctx: EmitContext, frame: Frame, code: Code): void {
  const parts = new TextParts(frame);
  emitFrameText(ctx, parts, code);
  emitLayoutUnknown(ctx, parts, code);
  const ways = waysOf(ctx, frame);
  for (const way of ways) emitLayoutClassify(ctx, parts, way, code);
  if (decodesAtOnce(ctx, frame)) for (const way of ways) emitLayoutDecode(ctx, parts, way, code);
  emitWriteFrame(ctx, parts, aroundOf(frame), endArguments(ctx, frame), code);
  for (const m of ctx.model.messages.filter(x => x.frame === frame)) {
    emitFieldsOf(ctx, parts, m, code);
    emitLayoutRead(ctx, parts, m, code);
    emitLayoutWrite(ctx, parts, m, code);
  }
}

/** `fieldsOfRmc(text, start)`: the value of a frame whose elements have been found. */
function emitFieldsOf(ctx: EmitContext, parts: TextParts, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  const { body } = parts;
  const form = m.frame.text!.body!;
  if (m.doc !== undefined) code.line(`/** ${comment(m.doc)} */`);
  const json = form.kind === 'json' ? 'json: JsonObject, ' : '';
  if (form.kind === 'json') ctx.useType('JsonObject');
  const inner = new Code();
  const members = layoutMembers(ctx, parts, hasIdInValue(m));
  if (form.kind === 'json') {
    const reader = new MemberReader(ctx, inner, parts.variables);
    reader.read(m.fields);
    const known = [form.id, ...m.fields.map(f => f.name)].map(quoted).join(', ');
    inner.line(`const unknown = ${ctx.use('unknownMembers')}(json, [${known}], start);`);
    inner.line('if (unknown === null) return undefined;');
    members.push(...reader.values, ...derivedMembers(m, reader), 'unknown');
  } else {
    const reader = new ColumnReader(ctx, inner, parts.variables, form);
    inner.line(`const end = ${parts.to(body)};`);
    inner.line(`${m.fields.length === 0 ? 'const' : 'let'} o = ${parts.from(body)};`);
    if (form.kind === 'kv') {
      const args = `text, o, end, ${quoted(form.pair)}, ${quoted(form.equals)}, start, ${quoted(body.name)}`;
      inner.line(`const pairs = ${ctx.use('readPairs')}(${args});`);
      inner.line('if (pairs === undefined) return undefined;');
    }
    if (m.fields.some(f => f.type.kind !== 'list' || f.type.between !== undefined)) inner.line('let e = o;');
    reader.read(m.fields);
    if (form.kind === 'csv') emitTrailing(ctx, body, m.fields, inner);
    members.push(...reader.values, ...derivedMembers(m, reader));
    if (form.kind === 'kv') members.push('unknown: pairs.rest()');
  }
  inner.wrapped('return {', [...members, ...warningMember(parts)], '};');
  code.block(`function fieldsOf${type}(${json}text: string, start: number): ${type} | undefined`, () => {
    for (const line of inner.lines) code.line(line);
  });
  code.line();
}

/** Columns that no field has. */
function emitTrailing(ctx: EmitContext, body: Field, fields: readonly Field[], code: Code): void {
  const last = fields.at(-1);
  if (last?.type.kind === 'rest') return;
  const failed = `${ctx.use('fail')}('TRAILING', start + o, ${quoted(last?.name ?? body.name)}, text.slice(o, end))`;
  code.line(`if (o ${last === undefined ? '<' : '<='} end) return ${failed};`);
}

function derivedMembers(m: Message, reader: Pick<ColumnReader, 'local'>): string[] {
  return (m.derived ?? []).map(({ name, date, clock, zone }) => {
    const [day, time] = [reader.local(date), reader.local(clock)];
    const sum = `${day} + ${time}${zone === 0 ? '' : ` - ${zone * 60_000}`}`;
    return `${name}: ${day} === undefined || ${time} === undefined ? undefined : ${sum}`;
  });
}

function emitLayoutWrite(ctx: EmitContext, parts: TextParts, m: Message, code: Code): void {
  const type = ctx.names.message(m);
  ctx.useType('Writer');
  const form = m.frame.text!.body!;
  const around = { ...aroundOf(m.frame), isNamed: form.kind !== 'csv' };
  const body = {
    csv: () => spellColumns(ctx, m.fields, around),
    kv: () => (form.kind === 'kv' ? spellPairs(ctx, m.fields, form.pair, form.equals, around) : ''),
    json: () => (form.kind === 'json' ? spellJson(ctx, m, form.id, { ...around, inLine: false }) : ''),
  }[form.kind]();
  const [first = ''] = m.textIds!;
  const ids = `[${m.textIds!.map(quoted).join(', ')}]`;
  const id = parts.elements.find(f => f.role === 'id');
  const idCode =
    hasIdInValue(m) && id !== undefined
      ? `${ctx.use('oneWordOf')}(v.${id.name} ?? ${quoted(first)}, ${ids}, ${quoted(id.name)})`
      : quoted(first);
  code.block(`function write${type}(w: Writer, v: ${ctx.names.input(m)}): boolean`, () => {
    const write = `${frameFunction(m.frame, 'compose')}(w, v, ${idCode}, ${body});`;
    const shape = [...orderTests(ctx, m), ...shapeTests(ctx, m)];
    if (shape.length === 0) code.line(`return ${write}`);
    else for (const line of ['const start = w.length;', write, ...shape, 'return true;']) code.line(line);
  });
  code.line();
}

// Types.

/** Readers and writers of groups and of types with a template. */
function emitTypes(ctx: EmitContext, frame: Frame, code: Code): void {
  const { model } = ctx;
  const usedBy = (frames: readonly Frame[]): Struct[] =>
    usedStructs({ ...model, messages: model.messages.filter(m => frames.includes(m.frame)) });
  // A type that frames of two shapes use is read and written by the same functions.
  const known = usedBy(model.frames.slice(0, model.frames.indexOf(frame)).filter(isText));
  for (const struct of usedBy([frame]).filter(s => !known.includes(s))) {
    if (struct.text !== undefined) emitTextType(ctx, struct, frame, code);
    else if (isGroupOf(ctx, frame, struct) && frame.text?.body?.kind === 'json') {
      emitReadObject(ctx, ctx.names.type(struct), struct.fields, code);
      emitMembersOf(
        ctx,
        ctx.names.type(struct),
        struct.fields,
        { ...aroundOf(frame), inLine: false, isNamed: true },
        code,
      );
    } else if (isGroupOf(ctx, frame, struct)) {
      emitReadGroup(ctx, ctx.names.type(struct), struct.fields, frame.text!.body!, code);
      emitSpellGroup(ctx, ctx.names.type(struct), struct.fields, aroundOf(frame), code);
    }
  }
}

function isGroupOf(ctx: EmitContext, frame: Frame, struct: Struct): boolean {
  const isGroup = ({ type }: Field): boolean =>
    type.kind === 'list' && type.repeat !== undefined && type.item.kind === 'struct' && type.item.struct === struct;
  return ctx.model.messages.some(m => m.frame === frame && m.fields.some(isGroup));
}

function emitTextType(ctx: EmitContext, struct: Struct, frame: Frame, code: Code): void {
  const name = ctx.names.type(struct);
  code.line(`/** \`${comment(templateText(struct.text!))}\` */`);
  code.block(`function parse${name}(text: string): ${name} | undefined`, () => {
    const reader = new TemplateReader(ctx, code, 'return undefined;');
    reader.read(struct.text!);
    const tests = struct.fields.flatMap(f => validTests(ctx, f, `value.${f.name}`));
    if (tests.length === 0) {
      code.wrapped('return {', reader.values, '};');
      return;
    }
    code.wrapped('const value = {', reader.values, '};');
    code.line(`return ${tests.map(({ test }) => test).join(' || ')} ? undefined : value;`);
  });
  code.line();
  const spelled = spellTemplate(ctx, struct.text!, aroundOf(frame));
  const canShift = struct.degrees === undefined && fieldsCanShift(struct.text!);
  code.block(`function spell${name}(v: ${name}): string`, () => {
    if (!canShift) {
      code.line(`return ${spelled};`);
      return;
    }
    code.line(`const text = ${spelled};`);
    code.line(`if (!same${name}(parse${name}(text), v)) throw ${ctx.use('misread')}(${quoted(struct.name)}, text);`);
    code.line('return text;');
  });
  code.line();
  if (canShift) emitSame(ctx, name, name, struct.fields, code);
}
