/** `codec.ts`: everything that reads and writes the bytes of one protocol. */
import { createHash } from 'node:crypto';
import { idsOf, masksOf } from '../model/ids.js';
import {
  type Answer,
  type EnumSet,
  type Field,
  type Frame,
  isText,
  type Message,
  type ProtocolModel,
  type Struct,
} from '../model/model.js';
import { pascal } from '../model/names.js';
import { valuesOf } from '../model/resolve-fields.js';
import { layoutSecrets, secretPaths } from '../model/secrets.js';
import { byteHex, Code, comment, quoted } from './code.js';
import { EmitContext, type Traced } from './context.js';
import { emitCheck, emitClassify, emitFrameId } from './emit-check.js';
import { toldBy } from './emit-conn.js';
import { emitCut, roomOf } from './emit-cut.js';
import { decodesByIndex, emitDecodeByIndex, type FrameId, keepsSpelling } from './emit-decode.js';
import { emitHead } from './emit-head.js';
import { emitReadMessage, emitReadUnknown, emitWriteMessage } from './emit-message.js';
import { emitPartOf, limitsCode, listParts, partFrame } from './emit-parts.js';
import { emitClose, emitFinish, emitOpen, emitValues, emitWrap } from './emit-seal.js';
import { emitCutFrame } from './emit-send-parts.js';
import { emitShapes } from './emit-shapes.js';
import { emitTextFrame, spellingCode, textConstants } from './emit-text.js';
import { emitReadTlv, emitWriteTlv } from './emit-tlv.js';
import { emitTraceFrame } from './emit-trace-frame.js';
import { frameFunction } from './frame-names.js';
import { emitMasks } from './masks.js';
import { type FindModule, moduleImports } from './modules.js';
import { allEnums, hasFrames, hasIdInValue, isPlainLayout, type Names, nameTableOf, usedStructs } from './names.js';
import { outerLocals, outerParameters, outerScope } from './outer-names.js';
import { type Printed, printValue, type Scope } from './print-expression.js';
import { emitLater } from './read/emit-later.js';
import { FieldReader } from './read/field-reader.js';
import { canBeNothing } from './read/read-names.js';
import { withoutUnused } from './unused.js';
import { messagesOf, WAYS } from './ways.js';
import { FieldWriter } from './write/field-writer.js';

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
  /** Imports of the user's own modules. */
  readonly modules: readonly string[];
  readonly code: string;
}

type Emitted = Pick<CodecView, 'imports' | 'typeImports' | 'localTypes' | 'localValues' | 'code'>;

/** What has been emitted: it is run to check the vectors, and then written. */
const emitted = new WeakMap<ProtocolModel, Emitted>();

/** @param traced for a codec that says what it reads */
export function codecView(
  model: ProtocolModel,
  names: Names,
  codecModule: string,
  find: FindModule,
  traced?: Traced,
): CodecView {
  const known = traced === undefined ? emitted.get(model) : undefined;
  const emitting = known ?? emitCodec(model, names, traced);
  if (traced === undefined) emitted.set(model, emitting);
  return {
    file: model.file,
    hash: model.hash,
    doc: comment(model.doc ?? model.id),
    codecModule,
    modules: moduleImports(model, find, emitting.code, 'import'),
    ...emitting,
  };
}

function emitCodec(model: ProtocolModel, names: Names, traced?: Traced): Emitted {
  const ctx = new EmitContext(model, names, traced);
  const body = new Code();
  const frames = new Code();
  for (const frame of model.frames) {
    if (isText(frame)) emitTextFrame(ctx, frame, frames);
    else emitBinaryFrame(ctx, frame, frames);
  }
  emitMasks(ctx, frames);
  for (const line of [...structFunctions(ctx, frames), ...frames.lines]) body.line(line);
  if (model.frames.length > 1) emitShapes(ctx, body);
  if (decodesByIndex(ctx)) emitDecodeByIndex(ctx, m => idOf(ctx, m), body);
  emitProtocol(ctx, body);
  const constants = new Code();
  for (const [source, name] of ctx.patterns)
    constants.line(`const ${name} = /${source.replace(/(?<!\\)\//g, '\\/')}/u;`);
  for (const set of ctx.nameTables) {
    constants.line(
      `const ${nameTableOf(names.type(set))} = /* @__PURE__ */ ${ctx.use('namesOf')}(${names.type(set)});`,
    );
  }
  for (const frame of model.frames.filter(isText))
    for (const line of textConstants(ctx, frame, body)) constants.line(line);
  for (const [key, name] of ctx.byteConstants)
    constants.line(
      `const ${name} = /* @__PURE__ */ Uint8Array.of(${key
        .split(' ')
        .map(b => byteHex(Number(b)))
        .join(', ')});`,
    );
  for (const { name, code } of ctx.escapes.values()) constants.line(`const ${name} = /* @__PURE__ */ ${code};`);
  for (const [name, code] of ctx.checkSums) constants.line(`const ${name} = /* @__PURE__ */ ${code};`);
  for (const [code, name] of ctx.answers) constants.line(`const ${name} = ${code};`);
  if (constants.lines.length > 0) constants.line();
  for (const set of ctx.wordTables) {
    const name = names.type(set);
    constants.line(`const ${nameTableOf(name)} = /* @__PURE__ */ ${ctx.use('namesOfWords')}(${name});`);
  }
  const code = [...constants.lines, ...withoutUnused(body.lines, ctx.worked)].join('\n').trimEnd();
  const words = new Set(code.match(/\w+/g));
  const mentions = (name: string): boolean => words.has(name);
  const sets = [...new Set([...model.enums, ...allEnums(model), ...ctx.nameTables])]
    .map(s => names.type(s))
    .filter(mentions);
  const types = [
    names.protocol,
    ...model.messages.flatMap(m => [names.message(m), names.input(m)]),
    ...[...usedStructs(model), ...model.flags].map(s => names.type(s)),
  ];
  return {
    imports: [...ctx.imports].filter(mentions).sort(byName),
    typeImports: [...ctx.typeImports].filter(mentions).sort(byName),
    localTypes: [...new Set(types)].filter(name => mentions(name)).sort(byName),
    localValues: [...new Set(sets)].sort(byName),
    code,
  };
}

const byName = new Intl.Collator('en', { sensitivity: 'base' }).compare;

function emitBinaryFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  const { model } = ctx;
  emitCut(ctx, frame, code);
  const mine = model.messages.filter(m => m.frame === frame);
  if (frame.layout.length > 0) {
    emitCheck(ctx, frame, code);
    emitTraceFrame(ctx, frame, code);
    if (needsId(model, frame)) emitFrameId(ctx, frame, code);
  }
  for (const way of WAYS) if (hasFrames(model, frame, way)) emitClassify(ctx, frame, way, code);
  emitValues(ctx, frame, code);
  emitOpen(ctx, frame, code);
  emitClose(ctx, frame, code);
  emitWrap(ctx, frame, code);
  emitFinish(ctx, frame, code);
  emitCutFrame(ctx, frame, code);
  if (frame === partFrame(ctx)) emitPartOf(ctx, code);
  if (frame.layout.length > 0) emitHead(ctx, frame, code);
  if (keepsUnknown(model, frame)) emitReadUnknown(ctx, frame, code);
  for (const m of mine.filter(x => x.template === undefined)) {
    if (isRead(ctx, m)) emitReadMessage(ctx, m, code);
    else code.line(`const read${ctx.names.message(m)} = $trace.unread;`);
    if (isWritten(ctx, m)) emitWriteMessage(ctx, m, code);
  }
}

function isRead(ctx: EmitContext, m: Message): boolean {
  return ctx.traced?.only?.has(m.name) !== false || isText(m.frame) || m.template !== undefined;
}

/** Who traces what is read writes nothing. */
function isWritten(ctx: EmitContext, m: Message): boolean {
  return ctx.traced === undefined || isText(m.frame) || m.template !== undefined;
}

/** Whether anything asks a frame for its id that does not know it. */
function needsId(model: ProtocolModel, frame: Frame): boolean {
  if (keepsUnknown(model, frame)) return true;
  const opens = model.frames.some(f => f.when.state !== undefined);
  const mine = model.messages.filter(m => m.frame === frame);
  const { messages } = model;
  return mine.some(
    m => idsOf(m, messages).length !== 1 || masksOf(m, messages).length > 0 || (opens && m.auth !== undefined),
  );
}

/** Whether a frame of this shape may be delivered as bytes. */
function keepsUnknown(model: ProtocolModel, frame: Frame): boolean {
  const { id, body } = model.unknown;
  // Parts are acknowledged by what stands around their bodies.
  if (model.fragments !== undefined && frame.layout.some(f => f.role === 'id') && !isText(frame)) return true;
  if (isText(frame)) return frame.text?.body !== undefined && (id || body);
  return frame.layout.some(f => f.role === 'id') && (id || body || frame.opaque !== undefined);
}

/** Readers and writers of types, for those that are called: small types are read in place. */
function structFunctions(ctx: EmitContext, callers: Code): string[] {
  let lines: string[] = [];
  const called = calledIn(callers.lines);
  for (const struct of usedStructs(
    ctx.model,
    ctx.model.frames.filter(f => !isText(f)),
  ).reverse()) {
    const isTagged = struct.tlv !== undefined;
    for (const emit of isTagged ? [emitWriteTlv, emitReadTlv] : [emitWriteStruct, emitReadStruct]) {
      const code = new Code();
      emit(ctx, struct, code);
      const name = `${emit === emitWriteTlv || emit === emitWriteStruct ? 'write' : 'read'}${ctx.names.type(struct)}`;
      if (!called.has(`${name}(`)) continue;
      lines = [...code.lines, ...lines];
      for (const other of calledIn(code.lines)) called.add(other);
    }
  }
  return lines;
}

function calledIn(lines: readonly string[]): Set<string> {
  return new Set(lines.join('\n').match(/\b(?:read|write)\w+\(/g));
}

function emitReadStruct(ctx: EmitContext, struct: Struct, code: Code): void {
  const name = ctx.names.type(struct);
  code.block(
    `function read${name}(b: Uint8Array, o: number, end: number${outerParameters(ctx, struct.outer)}): ${name} | undefined`,
    () => {
      const reader = new FieldReader(ctx, code, outerLocals(ctx, struct.outer));
      for (const o of struct.outer) reader.declare(o.path.join('.'), { code: ctx.outerLocal(o.path) });
      reader.read(struct.fields);
      code.line(`${ctx.use('cursor')}.at = o;`);
      reader.literal('return ', ';');
    },
  );
  code.line();
  emitLater(ctx, struct.fields, code);
}

function emitWriteStruct(ctx: EmitContext, struct: Struct, code: Code): void {
  const name = ctx.names.type(struct);
  ctx.useType('Writer');
  const outer = outerScope(ctx, struct.outer);
  const source = { fields: struct.fields, path: struct.name, outer, isType: true };
  code.block(`function write${name}(w: Writer, v: ${name}${outerParameters(ctx, struct.outer)}): void`, () =>
    new FieldWriter(ctx, code, outerLocals(ctx, struct.outer), source).write(),
  );
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
  inner
    .line(`wireHash: ${quoted(ctx.traced === undefined ? wireHash(model) : '')},`)
    .line(`schemaHash: ${quoted(model.hash)},`);
  inner.line(`limits: { frame: ${model.limits.frame}, idle: ${model.limits.idle} },`);
  inner.line(`login: ${model.login && model.messages.some(m => m.auth !== undefined)},`);
  const shared = model.messages.filter(m => m.dir === 'both');
  for (const way of WAYS) {
    inner.line(`${way}: [`);
    for (const m of messagesOf(model, way)) {
      const lines = shared.includes(m) ? [`${messageConstant(m)},`] : messageLines(ctx, m, ',');
      for (const line of lines) inner.line(`  ${line}`);
    }
    inner.line('],');
  }
  emitParts(ctx, inner);
  for (const line of inner.lines) code.line(`  ${line}`);
  code.line('});');
  if (shared.length > 0) hoistShared(ctx, shared, code);
}

/** What the protocol is made of besides its messages. */
function emitParts(ctx: EmitContext, inner: Code): void {
  const { model } = ctx;
  const { frames } = model;
  const only = frames.length === 1 ? frames[0]! : undefined;
  for (const way of WAYS) {
    const cut = only === undefined ? `next${pascal(way)}` : frameFunction(only, 'cut');
    inner.line(`cut${pascal(way)}: ${ctx.traced === undefined ? cut : `$trace.cutting(${cut})`},`);
  }
  if (frames.some(f => f.filters.includes('telnet-iac'))) inner.line(`filter: () => new ${ctx.use('TelnetFilter')}(),`);
  const rooms = frames.flatMap(f => roomOf(ctx, f) ?? []);
  if (rooms.length > 0)
    inner.line(
      `room: ${rooms.length === 1 ? rooms[0] : `Math.max(${[String(model.limits.frame), ...rooms].join(', ')})`},`,
    );
  for (const way of WAYS) {
    const name = `classify${pascal(way)}`;
    inner.line(
      only === undefined || frameFunction(only, 'classify', way) === name
        ? `${name},`
        : `${name}: ${frameFunction(only, 'classify', way)},`,
    );
  }
  const keeping = frames.filter(f => keepsUnknown(model, f));
  if (!keepsSpelling(model) && (ctx.traced === undefined || (only !== undefined && isText(only)))) {
    for (const way of WAYS) inner.line(`decode${pascal(way)},`);
  }
  if (keeping.length > 0) {
    const [first, ...others] = keeping;
    const of = (f: Frame): string => {
      const secrets = layoutSecrets(f.layout);
      const hidden = secrets.length === 0 ? '' : `, secrets: ${listOf(secrets)}`;
      const shape = only === undefined ? frames.indexOf(f) + 1 : 0;
      return `{ shape: ${shape}, id: ${frameFunction(f, 'idOf')}, read: ${frameFunction(f, 'readUnknown')}${hidden} }`;
    };
    inner.line(`unknown: [${[first!, ...others].map(of).join(', ')}],`);
  }
  if (model.unknown.body) inner.line('keepsBodies: true,');
  const told = frames.filter(f => toldBy(f).length > 0);
  if (told.length === 1) inner.line(`finish: ${frameFunction(told[0]!, 'finish')},`);
  if (told.length > 1) {
    const all = told.map(f => `${frames.indexOf(f) + 1}: ${frameFunction(f, 'finish')}`).join(', ');
    inner.line(`finish: ${ctx.use('finishShapes')}({ ${all} }),`);
  }
  if (frames.some(f => f.when.state !== undefined)) inner.line('opens: true,');
  if (only === undefined) inner.line(`shapes: ${frames.length},`);
  if (model.peerIdentity) inner.line('peerIdentity: true,');
  const parts = partFrame(ctx);
  if (parts !== undefined)
    inner.line(`fragments: { limits: ${limitsCode(model.fragments!)}, part: ${frameFunction(parts, 'partOf')} },`);
  if (model.unknown.reply !== undefined)
    inner.line(`unknownReply: { message: ${quoted(model.unknown.reply.message)} },`);
}

const listOf = (names: readonly string[]): string => `[${names.map(quoted).join(', ')}]`;

/** The id of a message's frame, if it has one: itself where there is only one, else the function that reads it. */
function idOf(ctx: EmitContext, m: Message): FrameId | undefined {
  if (!m.frame.layout.some(f => f.role === 'id') && m.frame.text?.body === undefined) return undefined;
  const ids = m.textIds?.map(quoted) ?? idsOf(m, ctx.model.messages).map(byteHex);
  const isOne = ids.length === 1 && masksOf(m, ctx.model.messages).length === 0;
  return isOne ? { constant: ids[0]! } : { reader: frameFunction(m.frame, 'idOf') };
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
  if (isWritten(ctx, m)) put(`write: write${type},`);
  const id = idOf(ctx, m);
  if (id !== undefined) put(`id: ${'reader' in id ? id.reader : `() => ${id.constant}`},`);
  if (m.frame.text?.keepsSpelling === true) put(`spelling: ${spellingCode(ctx, m)},`);
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
    const serial = m.frame.layout.find(f => f.role === 'serial')?.name;
    const same = match.some(x => x.request === serial) ? ', sameSerial: true' : '';
    put(
      `expects: { messages: [${messages.map(quoted).join(', ')}], match: { ${pairs} }, within: ${within}, retries: ${retries}${same} },`,
    );
  }
  for (const line of listParts(m)) put(line);
  if (m.closes) put('closes: true,');
  if (m.atMostOnce) put("delivery: 'at-most-once',");
  const secrets = secretPaths(m);
  if (secrets.length > 0) put(`secrets: ${listOf(secrets)},`);
  if (toldBy(m.frame).some(t => !(t.kind === 'serial' && m.echoSerial))) put('needsConnection: true,');
  if (m.error) put('error: true,');
  code.line(`})${end}`);
  return [...code.lines];
}

function identityCode(m: Message, name: string): string {
  const field = [...m.fields, ...m.frame.layout].flatMap(valuesOf).find(f => f.name === name)!;
  const text = ['text', 'word', 'rest', 'bcd', 'hex'].includes(field.type.kind) && field.when === undefined;
  return text ? `value.${name}` : `String(value.${name})`;
}

/** `{ message: 'pong', values: request => ({ t: request.t }) }`. */
function answerCode(ctx: EmitContext, m: Message, answer: Answer, hasRequest: boolean): string {
  if (answer.with.length === 0) return `{ message: ${quoted(answer.message)} }`;
  const target = ctx.model.messages.find(x => x.name === answer.message && x.dir !== 'up');
  const scopeOf = (members: EnumSet['members'], isWhole: boolean): Scope => ({
    name(path): Printed | undefined {
      const { model } = ctx;
      if (path.length === 1 && members.some(x => x.name === path[0])) return { code: quoted(path[0]!) };
      const field = [...m.fields, ...m.frame.layout].find(f => f.name === path[0]);
      if (hasRequest && path[0] === m.masked?.name) return { code: `request.${path[0]}` };
      if (field?.role === 'id' && !hasIdInValue(m) && m.ids.length === 1) return { code: String(m.ids[0]) };
      const list = field?.auto?.kind === 'count' ? field.auto.of : undefined;
      if (hasRequest && list !== undefined && m.fields.some(f => f.name === list))
        return { code: `request.${list}.length` };
      if (
        hasRequest &&
        field !== undefined &&
        (m.fields.includes(field) || isPlainLayout(field) || field.role !== undefined)
      )
        return isWhole ? { code: `request.${path.join('.')}` } : operand(field, path);
      const set = model.enums.find(e => e.name === path[0] && path.length === 2);
      return set === undefined ? { code: quoted(path.join('.')) } : { code: quoted(path[1]!) };
    },
    call(name, args): Printed | undefined {
      const path = args[0]?.kind === 'name' ? `request.${args[0].path.join('.')}` : undefined;
      if (path === undefined || !hasRequest) return undefined;
      return name === 'count' ? { code: `(${path}?.length ?? 0)` } : { code: `(${path} !== undefined)`, boolean: true };
    },
  });
  const items = answer.with.map(({ field, expr }) => {
    const told = [...(target?.frame.layout ?? []), ...(target?.fields ?? [])].find(f => f.name === field);
    return `${field}: ${printValue(expr, scopeOf(told?.enum?.set.members ?? [], expr.kind === 'name'))}`;
  });
  const used = items.some(i => i.includes('request.'));
  return `{ message: ${quoted(answer.message)}, values: ${used ? 'request' : '()'} => ({ ${items.join(', ')} }) }`;
}

/** A member of a request in an expression: what is not there counts as nothing. */
function operand(field: Field, path: readonly string[]): Printed {
  const { type } = field;
  const isMaybe = field.when !== undefined || field.optional === true;
  const code = `request.${path.join(isMaybe && path.length > 1 ? '?.' : '.')}`;
  const bit = type.kind === 'bits' ? type.bits.find(b => b.name === path[1]) : undefined;
  if (type.kind === 'bool' || bit?.width === 1 || (type.kind === 'flags' && path.length > 1))
    return { code: isMaybe ? `(${code} === true)` : code, boolean: true };
  const isNumber = ['int', 'varint', 'float', 'time'].includes(type.kind) && field.enum === undefined;
  return (isMaybe && (isNumber || bit !== undefined)) || canBeNothing(field) ? { code: `(${code} ?? 0)` } : { code };
}

/** Hash of what gateways act on: how frames are cut, which ids there are, and the policies. */
function wireHash(model: ProtocolModel): string {
  const { frames, limits, messages, unknown, login, charset, fragments } = model;
  // What gateways read or write themselves has fields that matter to them.
  const own = new Set(messages.flatMap(m => (m.expects === undefined ? [] : [m.name, ...m.expects.messages])));
  const told = messages.map(({ fields, doc: _, frame, ...rest }) => ({
    ...rest,
    ...(own.has(rest.name) || rest.fragments !== undefined ? { fields } : {}),
    frame: frame.name,
  }));
  return createHash('sha256')
    .update(JSON.stringify(bare({ frames, limits, told, unknown, login, charset, fragments }, new Map())))
    .digest('hex')
    .slice(0, 16);
}

/** Without places and what is only said of things; `seen` holds what has been stripped, for types stand in many messages. */
function bare(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const all = Array.isArray(value) || value instanceof Uint8Array;
  const stripped = all ? Array.from(value, v => bare(v, seen)) : bareObject(value, seen);
  seen.set(value, stripped);
  return stripped;
}

function bareObject(value: object, seen: Map<object, unknown>): object {
  const left = 'place' in value ? Object.entries(value).filter(([key]) => !SAID.has(key)) : Object.entries(value);
  return Object.fromEntries(left.map(([key, v]) => [key, bare(v, seen)]));
}

const SAID: ReadonlySet<string> = new Set(['place', 'doc', 'unit']);
