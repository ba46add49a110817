/** Tracing what stands around the body of a frame. See emit-trace.ts. */
import type { Field, Frame } from '../model/model.js';
import type { Code } from './code.js';
import { type EmitContext, readInt } from './context.js';
import { checksum, frameLocals } from './emit-check.js';
import { traceBegin, traceDetail, traceNumber } from './emit-trace.js';
import { frameFunction } from './frame-names.js';
import { FramePlaces, isFixed } from './frame-places.js';
import { printCondition } from './print-expression.js';
import { FieldReader } from './read/field-reader.js';
import { isHidden } from './ts-types.js';

/**
 * `traceFrame(b, start, stop, whole)`: says what stands around the body, however bad it is. Not whole: the bytes end
 * somewhere before the tail. Returns whether all of the head was there.
 */
export function emitTraceFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  if (ctx.traced === undefined || frame.layout.length === 0) return;
  const name = frameFunction(frame, 'trace');
  code.block(`function ${name}(b: Uint8Array, start: number, stop: number, whole: boolean): boolean`, () => {
    const locals = frameLocals(ctx);
    for (const f of frame.layout) locals.add(f.name);
    const places = new FramePlaces(ctx, frame, code, locals);
    const reader = new FieldReader(ctx, code, locals, places);
    for (const f of places.head) {
      const at = places.place(f);
      const test = f.when === undefined ? '' : `if (${printCondition(f.when, places)}) `;
      code.line(`${test}$trace.begin(${traceNumber(ctx, f)}, ${at});`);
      // What tells the size of the element must be there before it is asked.
      if (!isFixed(f) && test === '') code.line(`if (${at} >= stop) return false;`);
      const end = places.end(f);
      code.line(`if (${end} > stop) return false;`);
      emitElement(ctx, frame, places, reader, f, code, test, end);
    }
    reader.settle();
    const bodyStop = `stop - (whole ? ${places.tailSize} : 0)`;
    code.line(`$trace.body(${places.bodyStart()}, Math.max(${places.bodyStart()}, ${bodyStop}));`);
    code.line('if (!whole) return true;');
    code.line(`if (${places.bodyStop()} < ${places.bodyStart()}) return false;`);
    for (const f of places.tail) {
      traceBegin(ctx, code, f, places.place(f));
      emitElement(ctx, frame, places, reader, f, code, '', places.end(f));
    }
    reader.settle();
    code.line('return true;');
  });
  code.line();
}

function emitElement(
  ctx: EmitContext,
  frame: Frame,
  places: FramePlaces,
  reader: FieldReader,
  f: Field,
  code: Code,
  test: string,
  end: string,
): void {
  const { type } = f;
  const at = places.place(f);
  let value = 'undefined';
  let detail = isFixed(f) || f.when !== undefined ? traceDetail(ctx, f, at) : '';
  if (type.kind === 'varint') value = `${ctx.use('sizeVarint')}(b, ${at}, stop, ${type.max})`;
  else if (type.kind === 'check') {
    const [from, to] = [type.over.from, type.over.to].map(name => frame.layout.find(x => x.name === name)!);
    value = places.number(f);
    detail = `{ want: ${checksum(ctx, type.algorithm)}(b, ${places.place(from!)}, ${places.end(to!)}) }`;
  } else if (type.kind === 'case') value = places.number(f);
  else if (type.kind === 'int' && (isHidden(f) || f.role === 'id')) value = readInt(ctx, type, at);
  else if (type.kind === 'struct' && type.struct.outer.length === 0)
    code.line(`${test}read${ctx.names.type(type.struct)}(b, ${at}, ${end});`);
  else if (type.kind !== 'magic' && !isHidden(f)) {
    const word = type.kind === 'bits' || type.kind === 'flags' ? places.word(f) : undefined;
    reader.readElement(f, at, word);
    if (f.negative === undefined) value = reader.values.at(-1)!.code;
  }
  code.line(`${test}$trace.end(${end}, ${value}${detail === '' ? '' : `, ${detail}`});`);
}
