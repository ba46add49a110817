/** Reading and writing one message: its body between the head and tail of its frame. */
import { outerNames } from '../model/check-scope.js';
import { neverBoth } from '../model/exclusive.js';
import { idsOf, masksOf } from '../model/ids.js';
import type { Field, Frame, Message } from '../model/model.js';
import { type Expr, namesIn } from '../schema/expression.js';
import { byteHex, Code, comment, quoted } from './code.js';
import { type EmitContext, intRange, plus } from './context.js';
import { frameLocals, frameWarns, messageScope } from './emit-check.js';
import { toldBy, whenGiven } from './emit-conn.js';
import { Surroundings } from './emit-head.js';
import { unusualForm } from './emit-pick.js';
import { emitTold, isWrapped, orPlaceholder, parameters, takesConn, takesValue } from './emit-seal.js';
import { emitCutIfLong, mayBeLong } from './emit-send-parts.js';
import { emitShape, emitWholeFrame } from './emit-whole.js';
import { frameFunction } from './frame-names.js';
import { FramePlaces } from './frame-places.js';
import { layoutInValue } from './names.js';
import { type Printed, printCondition, type Scope } from './print-expression.js';
import { emitLater } from './read/emit-later.js';
import { expressionsOf } from './read/read-names.js';
import { TaughtPlaces, taught } from './taught-places.js';
import { mentioned } from './unused.js';
import { FieldWriter } from './write/field-writer.js';
import { hasMore } from './write/write-more.js';

/** `, conn?: ConnContext, request?: Decoded`, as far as the code uses them. */
function connectionParameters(ctx: EmitContext, lines: readonly string[]): string {
  const asks = mentioned(lines, 'request');
  const knows = mentioned(lines, 'conn');
  if (asks) ctx.useType('Decoded');
  if (asks || knows) ctx.useType('ConnContext');
  if (asks) return `, ${knows ? 'conn' : '_'}?: ConnContext, request?: Decoded`;
  return knows ? ', conn?: ConnContext' : '';
}

export function emitReadMessage(ctx: EmitContext, m: Message, code: Code): void {
  const { names } = ctx;
  const { frame } = m;
  const name = names.message(m);
  const body = new Code();
  const layout = layoutInValue(frame, m);
  const around = layout.filter(f => !isCounted(f, m));
  const surroundings = new Surroundings(ctx, frame, layout, body);
  const { places, reader } = surroundings;
  const inHead = (f: Field): boolean => places.head.includes(f);
  const told = places.head.find(
    f => f.auto?.kind === 'count' && m.fields.some(x => x.name === (f.auto as { of: string }).of),
  );
  const masked = (f: Field): { key: string; code: string } | undefined =>
    f.role !== 'id' || m.masked === undefined
      ? undefined
      : { key: m.masked.name, code: `${places.number(f)} & ${byteHex(~m.masked.mask & idMask(f))}` };
  surroundings.read(around.filter(inHead), masked);
  const moves = m.fields.length > 0;
  body.line(`${moves ? 'let' : 'const'} o = ${surroundings.bodyStart};`);
  body.line(`const end = ${surroundings.bodyStop};`);
  reader.read(m.fields, frameWarns(frame));
  const last = m.fields.at(-1)?.type;
  const takesRest =
    last !== undefined &&
    'size' in last &&
    last.size.kind === 'rest' &&
    m.fields.at(-1)!.when === undefined &&
    !('last' in last && last.last !== undefined);
  if (!takesRest)
    body.line(`if (o !== end) return ${ctx.use('trailing')}(o, end, ${quoted(m.fields.at(-1)?.name ?? '')});`);
  if (told?.auto?.kind === 'count') {
    const list = m.fields.find(f => f.name === (told.auto as { of: string }).of)!;
    const size = list.type.kind === 'list' && list.type.size.kind === 'expr' ? list.type.size.expr : undefined;
    if (!(size?.kind === 'name' && size.path[0] === told.name)) {
      const count = `${reader.name([list.name])!.code}.length`;
      body.line(
        `if (${places.number(told)} !== ${count}) return ${ctx.use('fail')}('COUNT', ${places.place(told)}, ${quoted(told.name)}, ${places.number(told)}, ${count});`,
      );
    }
  }
  const failed = (text: string): string => `return ${ctx.use('fail')}('RULE', start, ${text});`;
  emitRules(ctx, m, messageScope(reader, places), body, failed);
  if (frame.pick !== undefined) reader.values.push({ key: '$form', code: unusualForm(places, body) });
  surroundings.read(
    around.filter(f => !inHead(f)),
    masked,
  );
  reader.literal('return ', ';');
  if (m.doc !== undefined) code.line(`/** ${comment(m.doc)} */`);
  const lines = surroundings.lines();
  const more = connectionParameters(ctx, lines);
  code.block(`function read${name}(b: Uint8Array, start: number, stop: number${more}): ${name} | undefined`, () => {
    for (const line of lines) code.line(line);
  });
  code.line();
  emitLater(ctx, m.fields, code);
}

/** A count in the layout is no part of a message that has the list. */
function isCounted(f: Field, m: Message): boolean {
  const { auto } = f;
  return auto?.kind === 'count' && m.fields.some(x => x.name === auto.of);
}

const idMask = ({ type }: Field): number =>
  type.kind === 'int' ? 256 ** type.bytes - 1 : type.kind === 'varint' ? 128 ** type.max - 1 : 0xff;

/** Rules that must hold; those about the request only where it is known. */
function emitRules(
  ctx: EmitContext,
  m: Message,
  scope: Scope,
  code: Code,
  broken: (text: string) => string,
  isMeant = (_: Expr): boolean => true,
): void {
  m.rules.forEach((rule, i) => {
    if (!isMeant(rule)) return;
    const asks = namesIn(rule).some(path => path[0] === 'request');
    const holds = printCondition(rule, ruleScope(ctx, m, scope));
    const known = asks ? 'request !== undefined && ' : '';
    code.line(`if (${known}!(${holds})) ${broken(quoted(m.ruleTexts[i] ?? ''))}`);
  });
}

/** The rules of a frame that has been written. What only its connection knows may still be missing around the body. */
function writtenRules(ctx: EmitContext, m: Message, writer: FieldWriter, open: boolean, code: Code): WrittenRules {
  const isOwn = (path: readonly string[]): boolean => m.fields.some(f => f.name === path[0]);
  const isAround = (rule: Expr): boolean =>
    namesIn(rule).some(path => !isOwn(path) && m.frame.layout.some(f => f.name === path[0]));
  const emit = (looksAround: boolean): void => {
    if (!m.rules.some(rule => isAround(rule) === looksAround)) return;
    const where = { b: 'w.bytes', start: 'start', stop: 'w.length' };
    const own = new Code();
    const places = new FramePlaces(ctx, m.frame, own, frameLocals(ctx), where);
    // What stands around the fields is read where it has been written, sizes included.
    const scope: Scope = {
      name: path => (isOwn(path) ? writer.names.name(path) : (places.name(path) ?? writer.names.name(path))),
      enumAt: path => (isOwn(path) ? writer.names.enumAt?.(path) : places.enumAt(path)),
      call: (name, args, print) => writer.names.call(name, args, print) ?? places.call(name, args),
    };
    const broken = (text: string): string => `throw ${ctx.use('ruleBroken')}(${quoted(m.name)}, ${text});`;
    emitRules(ctx, m, scope, own, broken, rule => isAround(rule) === looksAround);
    // What the fields have asked for may have the same locals.
    const lines = (): void => own.lines.forEach(line => void code.line(line));
    if (own.lines.some(line => line.startsWith('const '))) code.block('', lines);
    else lines();
  };
  return {
    own: () => emit(false),
    around() {
      if (open && m.rules.some(isAround)) code.block('if (missing === 0)', () => emit(true));
      else emit(true);
    },
  };
}

/** Emit the rules about the fields of a message, and those that also look at what stands around them. */
interface WrittenRules {
  own(): void;
  around(): void;
}

/** In rules, `request` is one of the messages that expect this one: its enumerations are numbers, its lists have counts. */
function ruleScope(ctx: EmitContext, m: Message, inner: Scope): Scope {
  const asked = ctx.model.messages.filter(x => x.expects?.messages.includes(m.name) === true).flatMap(x => x.fields);
  const ofRequest = (path: readonly string[] | undefined): string | undefined =>
    path?.length === 2 && path[0] === 'request' ? path[1] : undefined;
  return {
    ...inner,
    name(path): Printed | undefined {
      const set = asked.find(f => f.name === ofRequest(path) && f.enum !== undefined)?.enum?.set;
      if (set === undefined) return inner.name(path);
      return { code: `${ctx.use('requestNumber')}(request, ${quoted(path[1]!)}, ${ctx.names.type(set)})` };
    },
    call(name, args, print): Printed | undefined {
      const list = name === 'count' && args[0]?.kind === 'name' ? ofRequest(args[0].path) : undefined;
      if (list === undefined) return inner.call(name, args, print);
      return { code: `${ctx.use('requestCount')}(request, ${quoted(list)})` };
    },
  };
}

export function emitWriteMessage(ctx: EmitContext, m: Message, code: Code): void {
  const { names } = ctx;
  const { frame } = m;
  const told = toldBy(frame).filter(t => !(t.kind === 'serial' && m.echoSerial));
  const body = new Code();
  const locals = new Set([
    'missing',
    'serial',
    'identity',
    ...parameters(frame, 'head').map(f => f.name),
    ...parameters(frame, 'tail').map(f => f.name),
  ]);
  const missing = emitTold(ctx, frame, told, body);
  if (missing !== '') body.line(`const missing = ${missing};`);
  const args = (part: 'head' | 'tail'): string => {
    const list = parameters(frame, part).map(f => argument(ctx, m, f));
    if (takesValue(frame, part)) list.push('v');
    if (takesConn(frame, part)) list.push('conn');
    if (part === 'tail' && frame.pick !== undefined) list.push('v.$form');
    return list.map(a => `, ${a}`).join('');
  };
  const head = frame.layout.findIndex(f => f.type.kind === 'body');
  if (head > 0) body.line(`${frameFunction(frame, 'open')}(w${args('head')});`);
  const cuts = mayBeLong(ctx, m);
  if (cuts) {
    locals.add('from');
    body.line('const from = w.length;');
  }
  const places = new TaughtPlaces(ctx, m, body, frameLocals(ctx), {
    b: 'w.bytes',
    start: 'start',
    stop: 'w.length',
  });
  const writer = new FieldWriter(ctx, body, locals, { fields: m.fields, outer: places });
  const more = m.fields.some(f => hasMore(f.type));
  emitKnown(ctx, m, body);
  if (more) body.line(`${ctx.use('clearMores')}();`);
  writer.write();
  if (more) body.line(`${ctx.use('endMores')}(0, w.length);`);
  const rules = writtenRules(ctx, m, writer, missing !== '', body);
  // Of a message that is cut there is no frame to look at.
  if (cuts) rules.own();
  if (cuts) emitCutIfLong(ctx, m, code => emitMeant(ctx, m, missing !== '', code), body);
  if (frame.layout.length > 0) body.line(`${frameFunction(frame, 'close')}(w, start${args('tail')});`);
  emitWholeFrame(ctx, m, body);
  if (!cuts) rules.own();
  rules.around();
  emitMeant(ctx, m, missing !== '', body);
  emitEnd(ctx, m, missing !== '', toldBy(frame).length > 1, body);
  const value = `v: ${names.input(m)}`;
  const conn = connectionParameters(ctx, body.lines);
  ctx.useType('Writer');
  code.block(`function write${names.message(m)}(w: Writer, ${value}${conn}): boolean`, () => {
    if (mentioned(body.lines, 'start')) code.line('const start = w.length;');
    for (const line of body.lines) code.line(line);
  });
  code.line();
}

/** Without its connection, a frame whose content depends on what that has learnt can be written only if the value says it. */
function emitKnown(ctx: EmitContext, m: Message, code: Code): void {
  const names = [
    ...[m, ...readBefore(ctx, m)].flatMap(x => (x.when === undefined ? [] : namesIn(x.when))),
    ...m.fields.flatMap(f => [...expressionsOf(f).flatMap(namesIn), ...outerNames(f.type).map(o => o.path)]),
  ]
    .filter(([head]) => !m.fields.some(f => f.name === head))
    .flatMap(path => {
      const expr = taught(m, path);
      return expr === undefined ? [path] : namesIn(expr);
    });
  const asked = new Map<string, string>();
  for (const [head, part] of names) {
    const bit = toldBy(m.frame).find(t => t.field.name === head && t.part?.bit === part);
    if (head === 'conn') asked.set(`conn.${part}`, '');
    if (bit !== undefined) asked.set(`${head}.${part}`, ` && v.${head}?.${part} === undefined`);
  }
  for (const [name, notGiven] of asked)
    code.line(
      `if (conn === undefined${notGiven}) throw ${ctx.use('needsConnection')}(${quoted(m.name)}, ${quoted(name)});`,
    );
}

/** Where `when` tells messages apart, a frame must be one of this message; what its connection adds is not known yet. */
function emitMeant(ctx: EmitContext, m: Message, open: boolean, code: Code): void {
  const earlier = readBefore(ctx, m);
  if ((m.when === undefined && earlier.length === 0) || m.frame.layout.length === 0) return;
  const where = { b: 'w.bytes', start: 'start', stop: 'w.length' };
  code.block(open ? 'if (missing === 0)' : '', () => {
    const places = new FramePlaces(ctx, m.frame, code, frameLocals(ctx), where);
    const rivals = ctx.model.messages.filter(x => x !== m && x.ids.some(id => m.ids.includes(id)) && x.dir === m.dir);
    const other = rivals.map(x => `"${x.name}"`).join(' or ');
    const refuse = (test: string, as: string): Code =>
      code.line(`if (${test}) throw ${ctx.use('unmeant')}(${quoted(m.name)}, ${quoted(as)});`);
    if (m.when !== undefined) refuse(`!(${printCondition(m.when, places)})`, other);
    for (const x of earlier) {
      const shared = sharedIds(ctx, m, x);
      const all = shared.length === idsOf(m, ctx.model.messages).length;
      const id = m.frame.layout.find(f => f.role === 'id')!;
      const isOne = all ? '' : `[${shared.map(byteHex).join(', ')}].includes(${places.number(id)}) && `;
      refuse(`${isOne}(${printCondition(x.when!, places)})`, `"${x.name}"`);
    }
  });
}

function sharedIds({ model: { messages } }: EmitContext, a: Message, b: Message): number[] {
  const others = idsOf(b, messages);
  return idsOf(a, messages).filter(id => others.includes(id));
}

/** Messages with an id of this one that a decoder takes before it, where both conditions can hold. */
function readBefore(ctx: EmitContext, m: Message): Message[] {
  const { messages } = ctx.model;
  return messages.filter(
    (x, i) =>
      x !== m &&
      x.when !== undefined &&
      x.frame === m.frame &&
      (x.dir === m.dir || x.dir === 'both') &&
      sharedIds(ctx, m, x).length > 0 &&
      (m.when === undefined || i < messages.indexOf(m)) &&
      !neverBoth(m.when, x.when, m.frame.layout),
  );
}

/** The number of its shape stands behind an unfinished frame, where frames of several shapes can be unfinished. */
function unfinishedShape({ model }: EmitContext, frame: Frame): string[] {
  const some = model.frames.filter(f => toldBy(f).length > 0).length > 1;
  return some ? [String(model.frames.indexOf(frame) + 1)] : [];
}

/** What is missing stands behind an unfinished frame, where it could be more than one thing. */
function emitEnd(ctx: EmitContext, m: Message, open: boolean, marked: boolean, code: Code): void {
  const { frame } = m;
  const marks = [...(marked ? ['missing'] : []), ...unfinishedShape(ctx, frame)];
  if (open && marks.length === 0) code.line('if (missing !== 0) return false;');
  else if (open)
    code.block('if (missing !== 0)', () => {
      code.line(`const at = w.reserve(${marks.length});`);
      for (const [i, mark] of marks.entries()) code.line(`w.bytes[${plus('at', i)}] = ${mark};`);
      code.line('return false;');
    });
  if (isWrapped(frame)) code.line(`${frameFunction(frame, 'wrap')}(w, start);`);
  emitShape(ctx, m, code);
  code.line('return true;');
}

/** What `openFrame` or `closeFrame` is given for an element. */
function argument(ctx: EmitContext, m: Message, f: Field): string {
  const name = quoted(f.name);
  if (f.role === 'id') return idCode(ctx, m, f);
  if (f.role === 'serial' && f.type.kind === 'int') {
    const { max } = intRange(f.type);
    if (m.echoSerial) {
      const echo = `${ctx.use('echoed')}(v.${f.name}, request, ${name}, ${max})`;
      const there = whenGiven(ctx, m.frame, f);
      return there === undefined ? echo : `${there} ? ${echo} : v.${f.name}`;
    }
  }
  const told = toldBy(m.frame).find(t => t.field === f);
  if (told !== undefined) return orPlaceholder(ctx, m.frame, told);
  if (f.auto?.kind === 'count') {
    const { of } = f.auto;
    const list = m.fields.find(x => x.name === of);
    const most = f.type.kind === 'int' ? Math.min(intRange(f.type).max, ctx.model.limits.list) : ctx.model.limits.list;
    if (list !== undefined) return `${ctx.use('listOf')}(v.${of}, ${most}, ${quoted(of)}).length`;
    return `v.${f.name} ?? ${f.default ?? 0}`;
  }
  return `v.${f.name}`;
}

function idCode(ctx: EmitContext, m: Message, id: Field): string {
  const element = id.name;
  if (m.masked !== undefined) {
    const { mask, equals, name } = m.masked;
    const most = ~mask & idMask(id);
    const whole = `${byteHex(equals)} | ${ctx.use('maskedRest')}(v.${name}, ${byteHex(most)}, ${quoted(name)})`;
    // An id that another message names is that message.
    const taken = ctx.model.messages.filter(
      x => x !== m && x.frame === m.frame && (x.dir === m.dir || m.dir === 'both' || x.dir === 'both'),
    );
    const ids = taken.flatMap(x => idsOf(x, ctx.model.messages)).filter(n => (n & mask) === equals);
    return ids.length === 0
      ? whole
      : `${ctx.use('noneOf')}(${whole}, [${ids.map(byteHex).join(', ')}], ${quoted(name)})`;
  }
  const allowed = idsOf(m, ctx.model.messages);
  const list = `[${allowed.map(byteHex).join(', ')}]`;
  if (m.sameId) {
    const masks = masksOf(m, ctx.model.messages).map(x => `[${byteHex(x.mask)}, ${byteHex(x.equals)}]`);
    const more = masks.length === 0 ? '' : `, [${masks.join(', ')}]`;
    return `${ctx.use('echoedId')}(v.${element}, request, ${list}, ${quoted(element)}${more})`;
  }
  if (allowed.length > 1)
    return `${ctx.use('oneOf')}(v.${element} ?? ${byteHex(allowed[0]!)}, ${list}, ${quoted(element)})`;
  return byteHex(allowed[0]!);
}

/** A frame that no message fits: what stands around the body, and the body as bytes. */
export function emitReadUnknown(ctx: EmitContext, frame: Frame, code: Code): void {
  const body = new Code();
  const around = layoutInValue(frame);
  const surroundings = new Surroundings(ctx, frame, around, body);
  const { reader } = surroundings;
  surroundings.read(around);
  reader.values.push({
    key: 'body',
    code: `${ctx.use('bytes')}(b, ${surroundings.bodyStart}, ${surroundings.bodyStop})`,
  });
  if (frameWarns(frame)) reader.values.push({ key: '$warn', code: 'warn' });
  reader.literal('return ', ';');
  code.line('/** A frame that no message fits: its id, and its body as bytes. */');
  const lines = surroundings.lines();
  const more = connectionParameters(ctx, lines);
  const given = `b: Uint8Array, start: number, stop: number${more}`;
  // An element that cannot be read: nothing but its literal is returned elsewhere.
  const result = lines.filter(line => /\breturn\b/.test(line)).length > 1 ? 'object | undefined' : 'object';
  code.block(`function ${frameFunction(frame, 'readUnknown')}(${given}): ${result}`, () => {
    for (const line of lines) code.line(line);
  });
  code.line();
}
