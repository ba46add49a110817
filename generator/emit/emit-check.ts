/** Checking a frame that has been cut, and telling which message it is. */

import { between } from '../model/check-layout.js';
import { idsOf, masksOf } from '../model/ids.js';
import type { CheckAlgorithm, Field, Frame, Message } from '../model/model.js';
import { sizeOf } from '../model/sizes.js';
import { scaled } from './arithmetic.js';
import { byteHex, type Code, quoted } from './code.js';
import { consequence, type EmitContext } from './context.js';
import { emitIdentity, emitLearn } from './emit-conn.js';
import { tracedCheck } from './emit-trace.js';
import { frameFunction } from './frame-names.js';
import { distance, FramePlaces, isFixed, isMagic, minOf, plusCode } from './frame-places.js';
import { Locals } from './locals.js';
import { type Printed, printCondition, printNumber, type Scope } from './print-expression.js';
import { messagesOf, type Way } from './ways.js';

/** One thing that must hold in a frame: when `wrong` holds, it does not. */
interface Test {
  readonly field: Field;
  /** `attrs.size`: what a problem blames. */
  readonly name: string;
  readonly code: 'VARINT' | 'SIZE' | 'CONST' | 'CHECK' | 'RANGE' | 'COUNT';
  readonly wrong: string;
  readonly got: string;
  readonly want: string;
  readonly warns: boolean;
}

/** Whether a frame of this shape can be delivered with a warning about what stands around the body. */
export function frameWarns(frame: Frame): boolean {
  return frame.lenient.length > 0 || frame.layout.some(f => f.bad === 'warn');
}

/** Locals of the functions that walk a frame. */
export function frameLocals(ctx: EmitContext): Locals {
  return new Locals(ctx.reserved, [
    'b',
    'o',
    'end',
    'start',
    'stop',
    'id',
    'conn',
    'w',
    'v',
    'warn',
    'request',
    'f',
    'p',
  ]);
}

/** Markers, sizes, checksums: everything that stands around every message. */
export function emitCheck(ctx: EmitContext, frame: Frame, code: Code): void {
  const signature = '(b: Uint8Array, start: number, stop: number): boolean';
  code.line('/** Markers, size, checksum: what stands around every message. */');
  code.block(`function ${frameFunction(frame, 'check')}${signature}`, () => {
    emitConditions(ctx, frame, code, (field, problem) => `${consequence(ctx, field?.bad, problem())} ?? false`);
  });
  code.line();
  // What a check says of a wrong frame is most of its code, which the engine would have to take in with it.
  code.line('/** The same, without a word of what is wrong. */');
  code.block(`function ${frameFunction(frame, 'holds')}${signature}`, () => {
    emitConditions(ctx, frame, code, () => 'false');
  });
  code.line();
}

/**
 * Lines that go on while a frame is as it must be.
 * @param refusal what is returned of a frame in which an element is wrong, or that is too short for all of them
 */
function emitConditions(
  ctx: EmitContext,
  frame: Frame,
  code: Code,
  refusal: (field: Field | undefined, problem: () => string) => string,
): void {
  const refused = (kind: string, at: string, field: Field, name = field.name, got = '', want = ''): string => {
    const parts = [quoted(kind), at, quoted(name), ...(got === '' ? [] : [got]), ...(want === '' ? [] : [want])];
    return `return ${refusal(field, () => `${ctx.use('fail')}(${parts.join(', ')})`)};`;
  };
  const places = new FramePlaces(ctx, frame, code, frameLocals(ctx));
  const { head, tail } = places;
  const least = minOf(head) + places.tailSize;
  let seen = 0;
  const ends = [...head, ...tail]
    .filter(f => f.when === undefined)
    .flatMap(f => {
      seen += sizeOf(f.type).min;
      return [quoted(f.name), String(seen)];
    });
  const short = (): string => `${ctx.use('truncated')}(start, stop, [${ends.join(', ')}])`;
  if (least > 0) code.line(`if (stop - start < ${least}) return ${refusal(undefined, short)};`);
  for (const field of [...head, ...tail]) {
    if (field.type.kind !== 'magic') continue;
    const at = places.place(field);
    const tests = field.type.forms.map(f => `(${isMagic(f.bytes, i => plusCode(at, i))})`);
    code.line(
      `if (!(${tests.length === 1 ? tests[0]!.slice(1, -1) : tests.join(' || ')})) ${refused('MAGIC', at, field)}`,
    );
  }
  if (head.some(f => !isFixed(f))) {
    const last = head.at(-1)!;
    code.line(`if (!(${places.bodyStart()} <= ${places.bodyStop()})) ${refused('TRUNCATED', 'stop', last)}`);
  }
  for (const test of frameTests(ctx, places)) {
    if (test.warns) continue;
    const { field, name, got, want } = test;
    code.line(`if (${test.wrong}) ${refused(test.code, places.place(field), field, name, got, want)}`);
  }
  code.line('return true;');
}

/** The warnings about what stands around the body, in a function that reads a message. */
export function emitFrameWarnings(ctx: EmitContext, places: FramePlaces, code: Code): void {
  if (!frameWarns(places.frame)) return;
  code.line('let warn: string[] | undefined;');
  const warned = ctx.use('warned');
  // Sizes and checks say nothing of what was put together of parts.
  const inParts = places.frame.text === undefined && ctx.model.fragments !== undefined;
  for (const { field, warns, wrong, name, code: kind, got, want } of frameTests(ctx, places, true)) {
    const expected = `want \${${want}}`;
    // What a checksum should be tells of what it is over.
    const hidden = kind === 'CHECK' ? 'it is wrong' : expected;
    const said = field.secret ? hidden : `got \${${got}}, ${expected}`;
    const test = inParts ? `conn?.joined !== true && (${wrong})` : wrong;
    if (warns) code.line(`if (${test}) warn = ${warned}(warn, \`${name}: ${said}\`);`);
  }
}

/**
 * Everything that must hold in a frame, in the order of its report: sizes, constants, checksums, values.
 * @param onlyWarnings what refuses a frame is left out where that spares work
 */
function* frameTests(ctx: EmitContext, places: FramePlaces, onlyWarnings = false): Generator<Test> {
  const { frame } = places;
  const warns = (field: Field): boolean => field.bad === 'warn' || frame.lenient.includes(field.name);
  yield* sizeTests(ctx, places, onlyWarnings);
  const id = frame.layout.find(f => f.role === 'id');
  if (id?.type.kind === 'varint' && !onlyWarnings)
    yield {
      ...{ field: id, name: id.name, code: 'VARINT', wrong: `${places.number(id)} < 0` },
      ...{ got: '', want: '', warns: false },
    };
  const test = (field: Field, kind: Test['code'], wrong: string, got: string, want: string): Test => ({
    field,
    name: field.name,
    code: kind,
    wrong: field.when === undefined ? wrong : `(${printCondition(field.when, places)}) && (${wrong})`,
    got,
    want,
    warns: warns(field),
  });
  for (const field of frame.layout) {
    if (field.constant === undefined || field.type.kind !== 'int') continue;
    const read = places.number(field);
    yield test(field, 'CONST', `${read} !== ${field.constant}`, read, String(field.constant));
  }
  for (const field of frame.layout) {
    if (field.type.kind !== 'check' || (onlyWarnings && !warns(field))) continue;
    const { algorithm, over } = field.type;
    const [from, to] = [over.from, over.to].map(name => frame.layout.find(f => f.name === name)!);
    const sum = `${checksum(ctx, algorithm)}(b, ${places.place(from!)}, ${places.end(to!)})`;
    const local = places.declare(`${field.name}Sum`, sum);
    const read = places.number(field);
    yield test(field, 'CHECK', `${read} !== ${local}`, read, local);
  }
  for (const field of frame.layout) {
    const { auto, valid, type } = field;
    if (auto?.kind === 'expr' && type.kind === 'int') {
      const want = printNumber(auto.expr, places);
      const read = places.number(field);
      yield test(field, 'COUNT', `${read} !== ${want}`, read, want);
    }
    // The sign of a number may stand elsewhere: it is judged where both have been read.
    if (valid?.min === undefined || type.kind !== 'int' || field.negative !== undefined) continue;
    const value = scaled(places.number(field), field);
    yield test(
      field,
      'RANGE',
      `${value} < ${valid.min} || ${value} > ${valid.max}`,
      value,
      quoted(`${valid.min}..${valid.max}`),
    );
  }
}

function* sizeTests(ctx: EmitContext, places: FramePlaces, onlyWarnings: boolean): Generator<Test> {
  const { frame } = places;
  const size = frame.layout.find(f => f.covers !== undefined);
  const lenient = (name: string): boolean => frame.lenient.includes(name);
  if (size !== undefined && !(onlyWarnings && size.bad !== 'warn' && !lenient(size.name))) {
    const { from, to } = size.covers!;
    const [first, last] = [from, to].map(name => frame.layout.find(f => f.name === name)!);
    const want = distance(places.place(first!), places.end(last!));
    const at = places.place(size);
    const read =
      size.type.kind === 'varint'
        ? `b[${at}]! < 0x80 ? b[${at}]! : ${ctx.use('sizeVarint')}(b, ${at}, stop, ${size.type.max})`
        : places.number(size);
    const local = places.declare(size.name, read);
    const plain = { field: size, name: size.name, warns: false };
    if (size.type.kind === 'varint') yield { ...plain, code: 'VARINT', wrong: `${local} < 0`, got: '', want: '' };
    yield {
      field: size,
      name: size.name,
      code: 'SIZE',
      wrong: `${local} !== ${want}`,
      got: local,
      want,
      warns: size.bad === 'warn' || lenient(size.name),
    };
  }
  for (const field of frame.layout) {
    if (field.type.kind !== 'bits') continue;
    for (const bit of field.type.bits) {
      if (bit.auto?.kind !== 'size') continue;
      const { from, to } = bit.auto.range;
      const [first, last] = [from, to].map(name => frame.layout.find(f => f.name === name)!);
      const want = distance(places.place(first!), places.end(last!));
      const name = `${field.name}.${bit.name}`;
      const got = places.name([field.name, bit.name])!.code;
      yield {
        field,
        name,
        code: 'SIZE',
        wrong: `${got} !== ${want}`,
        got,
        want,
        warns: lenient(name) || lenient(field.name),
      };
    }
  }
}

/** The function that computes a checksum: one of the library, or a constant of the file. */
export function checksum(ctx: EmitContext, algorithm: CheckAlgorithm): string {
  return algorithm.parameters === undefined ? ctx.use(algorithm.function) : ctx.checkSum(algorithm);
}

/** The elements that a size counts, for code that needs them apart. */
export function coveredBy(frame: Frame, size: Field): Field[] {
  return between(frame.layout, size.covers!.from, size.covers!.to);
}

export function classifyName(frame: Frame, direction: Way): string {
  return frameFunction(frame, 'classify', direction);
}

/** The message of a frame that has been cut: checked, and found by its id. */
export function emitClassify(ctx: EmitContext, frame: Frame, direction: Way, code: Code): void {
  const { model } = ctx;
  const all = messagesOf(model, direction);
  const messages = all.filter(m => m.frame === frame);
  if (frame.layout.length === 0) {
    emitBare(ctx, frame, direction, messages, all, code);
    return;
  }
  const learns = direction === 'up' && (frame.learn.length > 0 || frame.layout.some(f => f.role === 'identity'));
  const head = `function ${classifyName(frame, direction)}(b: Uint8Array, start: number, stop: number${learns ? ', conn?: ConnContext' : ''}): number`;
  if (learns) ctx.useType('ConnContext');
  code.block(head, () => {
    code.line(
      ctx.traced === undefined || frame.layout.length === 0
        ? `if (!${frameFunction(frame, 'holds')}(b, start, stop) && !${frameFunction(frame, 'check')}(b, start, stop)) return ${ctx.use('BAD')};`
        : tracedCheck(ctx, frame),
    );
    const places = new FramePlaces(ctx, frame, code, frameLocals(ctx));
    if (learns) {
      emitLearn(places, code);
      emitIdentity(ctx, places, code);
    }
    if (frame.opaque !== undefined)
      code.line(`if (${printCondition(frame.opaque, places)}) return ${ctx.use('UNKNOWN')};`);
    const id = frame.layout.find(f => f.role === 'id');
    if (id === undefined) {
      emitOnly(ctx, messages, all, code);
      return;
    }
    // `id` is no name of an element here: it is kept for this.
    const known = `const id = ${places.number(id)};`;
    ctx.worked.add(known);
    code.line(known);
    emitIdSwitch(ctx, places, messages, all, code);
    if (model.unknown.id) code.line(`return ${ctx.use('UNKNOWN')};`);
    else
      code.line(
        `return ${ctx.use('fail')}('UNKNOWN_ID', ${places.place(id)}, ${quoted(id.name)}, id) ?? ${ctx.use('BAD')};`,
      );
  });
  code.line();
}

/** A shape without a layout has nothing to check but its size, where that is fixed. */
function emitBare(
  ctx: EmitContext,
  frame: Frame,
  direction: Way,
  messages: readonly Message[],
  all: readonly Message[],
  code: Code,
): void {
  const { split } = frame;
  code.block(`function ${classifyName(frame, direction)}(b: Uint8Array, start: number, stop: number): number`, () => {
    if (split.by === 'fixed') {
      const failed = `${ctx.use('fail')}('SIZE', start, '', stop - start, ${split.size})`;
      code.line(`if (stop - start !== ${split.size}) return ${failed} ?? ${ctx.use('BAD')};`);
    }
    emitOnly(ctx, messages, all, code);
  });
  code.line();
}

/** A shape with one message needs no id. */
function emitOnly(ctx: EmitContext, messages: readonly Message[], all: readonly Message[], code: Code): void {
  const [only] = messages;
  if (only === undefined) code.line(`return ${ctx.use('fail')}('UNKNOWN_ID', start, '') ?? ${ctx.use('BAD')};`);
  else code.line(`return ${all.indexOf(only)}; // ${only.name}`);
}

function emitIdSwitch(
  ctx: EmitContext,
  places: FramePlaces,
  messages: readonly Message[],
  all: readonly Message[],
  code: Code,
): void {
  const byId = new Map<number, Message[]>();
  for (const m of messages) for (const id of idsOf(m, ctx.model.messages)) byId.set(id, [...(byId.get(id) ?? []), m]);
  // Ids of the same message stand together.
  const groups = new Map<string, number[]>();
  for (const [id, owners] of byId) {
    const key = owners.map(o => all.indexOf(o)).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), id]);
  }
  if (groups.size > 0) {
    // Names that conditions use are read before the switch.
    for (const m of messages) if (m.when !== undefined) printCondition(m.when, places);
    code.block('switch (id)', () => {
      for (const ids of groups.values()) {
        const owners = byId.get(ids[0]!)!;
        for (const id of ids.slice(0, -1)) code.line(`case ${byteHex(id)}:`);
        const label = `case ${byteHex(ids.at(-1)!)}:`;
        const [only] = owners;
        if (owners.length === 1 && only!.when === undefined) {
          code.line(`${label} return ${all.indexOf(only!)}; // ${only!.name}`);
          continue;
        }
        code.line(label);
        const sure = owners.filter(o => o.when === undefined);
        for (const o of owners.filter(x => x.when !== undefined))
          code.line(`  if (${printCondition(o.when!, places)}) return ${all.indexOf(o)}; // ${o.name}`);
        code.line(sure[0] === undefined ? '  break;' : `  return ${all.indexOf(sure[0])}; // ${sure[0].name}`);
      }
    });
  }
  for (const m of messages) {
    for (const { mask, equals } of masksOf(m, ctx.model.messages))
      code.line(
        `if ((id & ${byteHex(mask)}) === ${byteHex(equals)}${m.when === undefined ? '' : ` && (${printCondition(m.when, places)})`}) return ${all.indexOf(m)}; // ${m.name}`,
      );
  }
}

/** The id of a checked frame. */
export function emitFrameId(ctx: EmitContext, frame: Frame, code: Code): void {
  const id = frame.layout.find(f => f.role === 'id');
  if (id === undefined) return;
  const body = (): void => {
    const places = new FramePlaces(ctx, frame, code, frameLocals(ctx), { b: 'b', start: 'start', stop: 'stop' });
    code.line(`return ${places.number(id)};`);
  };
  code.block(`function ${frameFunction(frame, 'idOf')}(b: Uint8Array, start: number): number`, body);
  code.line();
}

/** What the fields of a message and the elements around them are called in expressions about the whole frame. */
export function messageScope(reader: Scope, places: FramePlaces): Scope {
  return {
    name: (path): Printed | undefined => reader.name(path) ?? places.name(path),
    call: (name, args, print) => reader.call(name, args, print) ?? places.call(name, args),
    enumAt: path => reader.enumAt?.(path) ?? places.enumAt(path),
  };
}
