/** `codec.ts`: everything that reads and writes the bytes of one protocol. */
import { createHash } from 'node:crypto';
import { sameIds } from '../model/check-conversation.js';
import {
  type Answer,
  type Field,
  type Frame,
  type IntType,
  isText,
  type Message,
  type ProtocolModel,
  type Struct,
} from '../model/model.js';
import { byteHex, Code, comment, quoted } from './code.js';
import { EmitContext, intRange, nameTableOf, readInt } from './context.js';
import { emitCheck, emitClassify, emitFrameId } from './emit-check.js';
import { emitCut } from './emit-cut.js';
import { FieldReader } from './emit-read.js';
import { emitFinish, emitSeal, sealedElements } from './emit-seal.js';
import {
  emitClassifyLine,
  emitLineOf,
  emitParse,
  emitReadLine,
  emitSame,
  emitWriteLine,
  fieldsCanShift,
} from './emit-text.js';
import { emitReadTlv, emitWriteTlv } from './emit-tlv.js';
import { FieldWriter } from './emit-write.js';
import { bodyStartCode, emitBodyStart, FrameParts } from './frame-parts.js';
import { isPlainLayout, layoutInValue, type Names, usedStructs } from './names.js';
import { type Printed, printValue, type Scope } from './print-expression.js';

/** What the template prints. */
export interface CodecView {
  readonly file: string;
  readonly hash: string;
  readonly doc: string;
  readonly codecModule: string;
  readonly imports: readonly string[];
  readonly typeImports: readonly string[];
  /** Interfaces and constants of `./types.js`. */
  readonly localTypes: readonly string[];
  readonly localValues: readonly string[];
  readonly code: string;
}

export function codecView(model: ProtocolModel, names: Names, codecModule: string): CodecView {
  const ctx = new EmitContext(model, names);
  const body = new Code();
  for (const frame of model.frames) {
    if (isText(frame)) emitTextFrame(ctx, frame, body);
    else emitBinaryFrame(ctx, frame, body);
  }
  emitProtocol(ctx, body);
  const constants = new Code();
  for (const [source, name] of ctx.patterns)
    constants.line(`const ${name} = /${source.replace(/(?<!\\)\//g, '\\/')}/u;`);
  for (const set of ctx.nameTables) {
    constants.line(
      `const ${nameTableOf(names.type(set))} = /* @__PURE__ */ ${ctx.use('namesOf')}(${names.type(set)});`,
    );
  }
  for (const { emit } of model.frames.filter(isText))
    constants.line(`const LINE_END = /* @__PURE__ */ Uint8Array.of(${[...emit].map(byteHex).join(', ')});`);
  if (constants.lines.length > 0) constants.line();
  const code = [...constants.lines, ...body.lines].join('\n').trimEnd();
  const mentions = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code);
  const sets = [...new Set([...model.enums, ...ctx.nameTables])].map(s => names.type(s)).filter(mentions);
  const types = [
    names.protocol,
    ...model.messages.flatMap(m => [names.message(m), names.input(m)]),
    ...[...usedStructs(model), ...model.flags].map(s => names.type(s)),
  ];
  return {
    file: model.file,
    hash: model.hash,
    doc: comment(model.doc ?? model.id),
    codecModule,
    imports: [...ctx.imports].filter(mentions).sort(byName),
    typeImports: [...ctx.typeImports].filter(mentions).sort(byName),
    localTypes: [...new Set(types)].filter(name => mentions(name)).sort(byName),
    localValues: [...new Set(sets)].sort(byName),
    code,
  };
}

const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { sensitivity: 'base' });

function emitTextFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  const { charset } = ctx.model;
  const skipEmpty = frame.split.by === 'line' && frame.split.skipEmpty;
  const erased = skipEmpty && frame.filters.includes('backspace') ? `, ${quoted(charset)}` : '';
  code
    .line(
      `const cutFrame = /* @__PURE__ */ ${ctx.use('lineCutter')}(${ctx.model.limits.frame}, ${skipEmpty}${erased});`,
    )
    .line();
  emitLineOf(ctx, frame, code);
  emitClassifyLine(ctx, 'up', code);
  emitClassifyLine(ctx, 'down', code);
  for (const m of ctx.model.messages) {
    emitParse(ctx, m, code);
    emitReadLine(ctx, m, code);
    emitWriteLine(ctx, m, code);
    if (fieldsCanShift(m)) emitSame(ctx, m, code);
  }
}

function emitBinaryFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  const parts = new FrameParts(frame);
  emitCut(ctx, parts, code);
  emitBodyStart(ctx, parts, code);
  emitCheck(ctx, parts, code);
  emitFrameId(ctx, parts, code);
  emitClassify(ctx, parts, 'up', code);
  emitClassify(ctx, parts, 'down', code);
  emitSeal(ctx, parts, code);
  emitFinish(ctx, parts, code);
  if (ctx.model.unknown.id || ctx.model.unknown.body) emitReadUnknown(ctx, parts, code);
  const messages = new Code();
  for (const m of ctx.model.messages) {
    emitReadMessage(ctx, parts, m, messages);
    emitWriteMessage(ctx, parts, m, messages);
  }
  for (const line of [...structFunctions(ctx, messages), ...messages.lines]) code.line(line);
}

/** Readers and writers of types, for those that are called: small types are read in place. */
function structFunctions(ctx: EmitContext, messages: Code): string[] {
  let lines: string[] = [];
  for (const struct of usedStructs(ctx.model).reverse()) {
    const isTagged = struct.tlv !== undefined;
    for (const emit of isTagged ? [emitWriteTlv, emitReadTlv] : [emitWriteStruct, emitReadStruct]) {
      const code = new Code();
      emit(ctx, struct, code);
      const name = `${emit === emitWriteTlv || emit === emitWriteStruct ? 'write' : 'read'}${ctx.names.type(struct)}`;
      const isCalled = [...lines, ...messages.lines].some(line => line.includes(`${name}(`));
      if (isCalled) lines = [...code.lines, ...lines];
    }
  }
  return lines;
}

function emitReadStruct(ctx: EmitContext, struct: Struct, code: Code): void {
  const name = ctx.names.type(struct);
  code.block(`function read${name}(b: Uint8Array, o: number, end: number): ${name} | undefined`, () => {
    const reader = new FieldReader(ctx, code, []);
    reader.read(struct.fields);
    code.line(`${ctx.use('cursor')}.at = o;`);
    reader.literal('return ', ';');
  });
  code.line();
}

function emitWriteStruct(ctx: EmitContext, struct: Struct, code: Code): void {
  const name = ctx.names.type(struct);
  ctx.useType('Writer');
  code.block(`function write${name}(w: Writer, v: ${name}): void`, () =>
    new FieldWriter(ctx, code, struct.fields, 'v', struct.name).write(),
  );
  code.line();
}

/** Reads an element of the layout of a checked frame. */
function readElement(ctx: EmitContext, parts: FrameParts, field: Field): string {
  const at = parts.head.includes(field)
    ? parts.place(field, 'start', bodyStartCode(parts, 'start'))
    : parts.tailPlace(field, 'stop');
  return readInt(ctx, field.type as IntType, at);
}

function emitReadMessage(ctx: EmitContext, parts: FrameParts, m: Message, code: Code): void {
  const { names } = ctx;
  const name = names.message(m);
  const around = layoutInValue(m.frame, m);
  const bodyIndex = parts.layout.findIndex(f => f.type.kind === 'body');
  const before = around.filter(f => parts.layout.indexOf(f) < bodyIndex);
  const behind = around.filter(f => parts.layout.indexOf(f) > bodyIndex);
  if (m.doc !== undefined) code.line(`/** ${comment(m.doc)} */`);
  code.block(`function read${name}(b: Uint8Array, start: number, stop: number): ${name} | undefined`, () => {
    const moves = m.fields.length > 0;
    code.line(`${moves ? 'let' : 'const'} o = ${bodyStartCode(parts, 'start')};`);
    code.line(`const end = ${parts.tailSize === 0 ? 'stop' : `stop - ${parts.tailSize}`};`);
    const reader = new FieldReader(
      ctx,
      code,
      around.map(f => f.name),
    );
    for (const field of before) reader.values.push({ key: field.name, code: readElement(ctx, parts, field) });
    reader.read(m.fields);
    const last = m.fields.at(-1)?.type;
    const takesRest =
      last !== undefined && 'size' in last && last.size.kind === 'rest' && m.fields.at(-1)!.when === undefined;
    if (!takesRest)
      code.line(
        `if (o !== end) return ${ctx.use('fail')}('TRAILING', o, ${quoted(m.fields.at(-1)?.name ?? '')}, \`\${end - o} bytes\`);`,
      );
    for (const field of behind) reader.values.push({ key: field.name, code: readElement(ctx, parts, field) });
    reader.literal('return ', ';');
  });
  code.line();
}

function emitWriteMessage(ctx: EmitContext, parts: FrameParts, m: Message, code: Code): void {
  const { names } = ctx;
  const sealed = sealedElements(parts);
  const echoes = m.echoSerial || m.sameId;
  const serial = sealed.find(f => f.role === 'serial');
  const counts = serial !== undefined && !m.echoSerial;
  const params = ['w: Writer', `v: ${names.input(m)}`];
  if (echoes || counts) params.push(`${counts ? 'conn' : '_'}?: ConnContext`);
  if (echoes) params.push('request?: Decoded');
  ctx.useType('Writer');
  if (echoes || counts) ctx.useType('ConnContext');
  if (echoes) ctx.useType('Decoded');
  const body = new Code();
  new FieldWriter(
    ctx,
    body,
    m.fields,
    'v',
    '',
    sealed.map(f => f.name),
  ).write();
  const args = ['w', 'start', idCode(ctx, parts, m)];
  for (const field of sealed) {
    const max = intRange(field.type as IntType).max;
    if (field.role !== 'serial') {
      const value = field.default === undefined ? `v.${field.name}` : `v.${field.name} ?? ${field.default}`;
      args.push(
        `${ctx.use('integer')}(${value}, ${field.valid?.min ?? 0}, ${field.valid?.max ?? max}, ${quoted(field.name)})`,
      );
    } else if (m.echoSerial) args.push(`${ctx.use('echoed')}(v.${field.name}, request, ${quoted(field.name)}, ${max})`);
    else args.push(`${ctx.use('integer')}(serial ?? 0, 0, ${max}, ${quoted(field.name)})`);
  }
  const usesValue = body.lines.some(l => /\bv\.|, v\);/.test(l)) || args.some(a => /\bv\./.test(a)) || counts;
  if (!usesValue) params[1] = `_: ${names.input(m)}`;
  code.block(`function write${names.message(m)}(${params.join(', ')}): boolean`, () => {
    code.line('const start = w.length;');
    code.line(`w.reserve(${parts.headMin});`);
    for (const line of body.lines) code.line(line);
    if (counts)
      code.line(`const serial = v.${serial.name} ?? conn?.nextSerial(${intRange(serial.type as IntType).max});`);
    code.line(`sealFrame(${args.join(', ')});`);
    code.line(counts ? 'return serial !== undefined;' : 'return true;');
  });
  code.line();
}

function idCode(ctx: EmitContext, parts: FrameParts, m: Message): string {
  const element = parts.id.name;
  const allowed = m.sameId ? sameIds(ctx.model.messages, m) : m.ids;
  const list = `[${allowed.map(byteHex).join(', ')}]`;
  if (m.sameId) return `${ctx.use('echoedId')}(v.${element}, request, ${list}, ${quoted(element)})`;
  if (m.ids.length > 1)
    return `${ctx.use('oneOf')}(v.${element} ?? ${byteHex(m.ids[0]!)}, ${list}, ${quoted(element)})`;
  return byteHex(m.ids[0]!);
}

function emitReadUnknown(ctx: EmitContext, parts: FrameParts, code: Code): void {
  const around = layoutInValue(parts.frame);
  code.line('/** A frame that no message fits: its id, and its body as bytes. */');
  code.block('function readUnknown(b: Uint8Array, start: number, stop: number): object', () => {
    const stop = parts.tailSize === 0 ? 'stop' : `stop - ${parts.tailSize}`;
    const items = around.map(f => `${f.name}: ${readElement(ctx, parts, f)}`);
    items.push(`body: ${ctx.use('bytes')}(b, ${bodyStartCode(parts, 'start')}, ${stop})`);
    code.wrapped('return {', items, '};');
  });
  code.line();
}

/** The exported protocol: messages, policies, and the functions above. */
function emitProtocol(ctx: EmitContext, code: Code): void {
  const { model, names } = ctx;
  ctx.useType('Protocol');
  code.line(`/** ${comment(model.doc ?? `The protocol ${model.id}`)}, version ${model.version}. */`);
  code.line(
    `export const ${names.constant}: Protocol<${names.protocol}> = /* @__PURE__ */ ${ctx.use('defineProtocol')}<${names.protocol}>({`,
  );
  const inner = new Code();
  inner.line(`id: ${quoted(model.id)},`).line(`version: ${quoted(model.version)},`);
  inner.line(`wireHash: ${quoted(wireHash(model))},`).line(`schemaHash: ${quoted(model.hash)},`);
  inner.line(`limits: { frame: ${model.limits.frame}, idle: ${model.limits.idle} },`);
  inner.line(`login: ${model.login && model.messages.some(m => m.auth !== undefined)},`);
  const shared = model.messages.filter(m => m.dir === 'both');
  for (const direction of ['up', 'down'] as const) {
    const list = model.messages.filter(m => m.dir === direction || m.dir === 'both');
    inner.line(`${direction}: [`);
    for (const m of list) {
      const lines = shared.includes(m) ? [`${messageConstant(m)},`] : messageLines(ctx, m, ',');
      for (const line of lines) inner.line(`  ${line}`);
    }
    inner.line('],');
  }
  inner.line('cut: cutFrame,');
  const frame = model.frames[0]!;
  if (frame.filters.includes('telnet-iac')) inner.line(`filter: () => new ${ctx.use('TelnetFilter')}(),`);
  if (isText(frame)) inner.line('delimiters: 2,');
  inner.line('classifyUp,').line('classifyDown,');
  if (!isText(frame)) {
    inner.line('frameId,');
    if (model.unknown.id || model.unknown.body) inner.line('readUnknown,');
    if (model.unknown.body) inner.line('keepsBodies: true,');
    if (frame.layout.some(f => f.role === 'serial')) inner.line('finish: finishFrame,');
  }
  for (const line of inner.lines) code.line(`  ${line}`);
  code.line('});');
  if (shared.length > 0) hoistShared(ctx, shared, code);
}

function messageConstant(m: Message): string {
  return `${m.name}Message`;
}

/** Messages of both directions are declared once, in front of the protocol. */
function hoistShared(ctx: EmitContext, shared: readonly Message[], code: Code): void {
  const lines = code.lines as string[];
  const at = lines.findIndex(l => l.startsWith(`export const ${ctx.names.constant}:`)) - 1;
  for (const m of shared) {
    const declared = messageLines(ctx, m, ';');
    declared[0] = `const ${messageConstant(m)} = /* @__PURE__ */ ${declared[0]}`;
    lines.splice(at, 0, ...declared, '');
  }
}

function messageLines(ctx: EmitContext, m: Message, end: string): string[] {
  const { names } = ctx;
  const type = names.message(m);
  const code = new Code();
  const generics = `${type}, ${names.input(m)}`;
  code.line(`${ctx.use('message')}<${generics}>({`);
  const put = (text: string): Code => code.line(`  ${text}`);
  put(`name: ${quoted(m.name)},`);
  put(`read: read${type},`);
  put(`write: write${type},`);
  if (m.anyAccess) put('anyAccess: true,');
  if (m.auth !== undefined) {
    const { auth } = m;
    const parts = [`identity: value => ${identityCode(m, auth.identity)}`];
    for (const key of ['ok', 'fail', 'early'] as const) {
      const answer = auth[key];
      if (answer !== undefined) parts.push(`${key}: ${answerCode(ctx, m, answer, key !== 'early')}`);
    }
    parts.push(`within: ${auth.within}`, `tries: ${auth.tries}`);
    put('auth: {');
    for (const part of parts) put(`  ${part},`);
    put('},');
  }
  if (m.heartbeat !== undefined) {
    const reply = m.heartbeat.reply === undefined ? '' : `reply: ${answerCode(ctx, m, m.heartbeat.reply, true)}, `;
    put(`heartbeat: { ${reply}every: ${m.heartbeat.every}, miss: ${m.heartbeat.miss} },`);
  }
  if (m.reply !== undefined)
    put(`reply: { ${answerCode(ctx, m, m.reply, true).slice(2, -2)}, mode: ${quoted(m.reply.mode)} },`);
  if (m.expects !== undefined) {
    const { messages, match, within, retries } = m.expects;
    const pairs = match.map(x => `${x.answer}: ${quoted(x.request)}`).join(', ');
    put(
      `expects: { messages: [${messages.map(quoted).join(', ')}], match: { ${pairs} }, within: ${within}, retries: ${retries} },`,
    );
  }
  if (m.closes) put('closes: true,');
  const secrets = m.fields.filter(f => f.secret).map(f => quoted(f.name));
  if (secrets.length > 0) put(`secrets: [${secrets.join(', ')}],`);
  if (m.frame.layout.some(f => f.role === 'serial') && !m.echoSerial) put('needsConnection: true,');
  code.line(`})${end}`);
  return [...code.lines];
}

function identityCode(m: Message, name: string): string {
  const field = [...m.fields, ...m.frame.layout].find(f => f.name === name)!;
  const text = ['text', 'word', 'rest', 'bcd', 'hex'].includes(field.type.kind) && field.when === undefined;
  return text ? `value.${name}` : `String(value.${name})`;
}

/** `{ message: 'pong', values: request => ({ t: request.t }) }`. */
function answerCode(ctx: EmitContext, m: Message, answer: Answer, hasRequest: boolean): string {
  if (answer.with.length === 0) return `{ message: ${quoted(answer.message)} }`;
  const scope: Scope = {
    name(path): Printed | undefined {
      const { model } = ctx;
      const field = [...m.fields, ...m.frame.layout].find(f => f.name === path[0]);
      if (
        hasRequest &&
        field !== undefined &&
        (m.fields.includes(field) || isPlainLayout(field) || field.role !== undefined)
      )
        return { code: `request.${path.join('.')}` };
      const set = model.enums.find(e => e.name === path[0] && path.length === 2);
      return set === undefined ? { code: quoted(path.join('.')) } : { code: quoted(path[1]!) };
    },
    call: () => undefined,
  };
  const items = answer.with.map(({ field, expr }) => `${field}: ${printValue(expr, scope)}`);
  const used = items.some(i => i.includes('request.'));
  return `{ message: ${quoted(answer.message)}, values: ${used ? 'request' : '()'} => ({ ${items.join(', ')} }) }`;
}

/** Hash of what gateways act on: how frames are cut, which ids there are, and the policies. */
function wireHash(model: ProtocolModel): string {
  const { frames, limits, messages, unknown, login, charset } = model;
  const strip = (_: string, value: unknown): unknown => {
    if (value instanceof Uint8Array) return [...value];
    if (typeof value === 'object' && value !== null && 'place' in value) {
      const { place: _place, doc: _doc, unit: _unit, ...rest } = value as Record<string, unknown>;
      return rest;
    }
    return value;
  };
  const told = messages.map(({ fields: _, doc: __, frame, ...rest }) => ({ ...rest, frame: frame.name }));
  return createHash('sha256')
    .update(JSON.stringify({ frames, limits, told, unknown, login, charset }, strip))
    .digest('hex')
    .slice(0, 16);
}
