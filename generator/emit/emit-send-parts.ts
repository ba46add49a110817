/** Messages that are longer than a frame: their bodies are cut, and each part gets a frame of its own. */
import type { Field, Fragments, Frame, Message } from '../model/model.js';
import { fixedSize, sizeOfAll } from '../model/sizes.js';
import { type Expr, namesIn } from '../schema/expression.js';
import type { Code } from './code.js';
import { type EmitContext, intRange } from './context.js';
import { toldBy } from './emit-conn.js';
import { partFrame } from './emit-parts.js';
import { frameFunction } from './frame-names.js';
import { type FramePlaces, minOf } from './frame-places.js';

/** How the parts of a message are told apart, where an encoder can say it. */
export interface SentParts {
  /** The element of the head that parts have and whole messages have not; empty where the numbers stand in the head itself. */
  readonly element: string;
  readonly index: string;
  readonly total: string;
  /** Bytes that a part has besides what a whole message has. */
  readonly size: number;
  /** Bytes of all parts together. */
  readonly most: number;
  /** The most parts that `total` counts. */
  readonly count: number;
}

/** `undefined`: long messages are refused. */
export function sentParts(ctx: EmitContext): SentParts | undefined {
  const frame = partFrame(ctx);
  const { fragments } = ctx.model;
  if (frame === undefined || fragments === undefined || ctx.model.frames.length > 1 || !isCuttable(frame)) return;
  const { index, total } = fragments;
  if (index.kind !== 'name' || total.kind !== 'name' || index.path[0] !== total.path[0]) return;
  if (index.path.length !== 2 || total.path.length !== 2 || !agrees(fragments, frame)) return;
  const element = frame.layout.find(f => f.name === index.path[0])!;
  if (element.type.kind !== 'struct' || element.when === undefined || !saysParts(fragments.when, element, frame))
    return;
  const { fields } = element.type.struct;
  const numbers = [index.path[1]!, total.path[1]!];
  const size = fixedSize(element.type);
  if (
    size === undefined ||
    fields.length !== 2 ||
    !fields.every(f => f.type.kind === 'int' && numbers.includes(f.name))
  )
    return;
  const counts = fields.map(f => (f.type.kind === 'int' ? intRange(f.type).max : 0));
  const { bytes } = fragments.limits;
  return {
    ...{ element: element.name, index: numbers[0]!, total: numbers[1]!, size },
    ...{ most: bytes, count: Math.min(...counts) },
  };
}

/** Whether the length of the head and of the tail is known before the body has been cut. */
function isCuttable(frame: Frame): boolean {
  const body = frame.layout.findIndex(f => f.type.kind === 'body');
  const tail = frame.layout.slice(body + 1);
  const sized = frame.layout.find(f => f.covers !== undefined);
  return (
    body > 0 &&
    frame.pick === undefined &&
    (sized === undefined || sized.type.kind === 'int') &&
    tail.every(f => f.type.kind === 'check' || f.type.kind === 'magic') &&
    frame.layout.every(f => f.auto?.kind !== 'count' && (f.role !== 'serial' || f.when === undefined))
  );
}

/** Consecutive numbers must be what the parts agree in: the key holds both the serial number and the index, or neither. */
function agrees({ key, index }: Fragments, frame: Frame): boolean {
  const serial = frame.layout.find(f => f.role === 'serial')?.name;
  return key.every(e => {
    const names = namesIn(e).map(path => path.join('.'));
    const hasIndex = names.includes(index.kind === 'name' ? index.path.join('.') : '');
    return hasIndex === (serial !== undefined && names.includes(serial));
  });
}

/** `when: attrs.split` holds by itself where the bit says that the element is there. */
function saysParts(when: Expr | undefined, element: Field, frame: Frame): boolean {
  if (when === undefined) return true;
  if (when.kind !== 'name') return false;
  const word = frame.layout.find(f => f.name === when.path[0])?.type;
  const bit = word?.kind === 'bits' ? word.bits.find(b => b.name === when.path[1]) : undefined;
  return bit?.auto?.kind === 'given' && bit.auto.of === element.name;
}

/** `roomInFrame(head)`, and `cutFrame(...)` for what has more. */
export function emitCutFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  const parts = sentParts(ctx);
  if (parts === undefined || frame !== partFrame(ctx)) return;
  const tail = minOf(frame.layout.slice(frame.layout.findIndex(f => f.type.kind === 'body') + 1));
  code.line('/** The bytes of a body that a frame takes, behind so many bytes. */');
  code.block(`function ${frameFunction(frame, 'roomIn')}(head: number): number`, () => {
    const rooms = roomsOf(frame, ctx.model.limits.frame, tail);
    code.line(`return ${rooms.length === 1 ? rooms[0] : `Math.min(${rooms.join(', ')})`};`);
  });
  code.line();
  const told = toldBy(frame);
  code.line(
    '/** A message that is longer than a frame is cut here if its connection is known, else where it is finished. */',
  );
  const params = 'w: Writer, start: number, from: number, missing: number, conn?: ConnContext';
  code.block(`function ${frameFunction(frame, 'cutUp')}(${params}): boolean`, () => {
    ctx.useType('ConnContext');
    const room = `${frameFunction(frame, 'roomIn')}(from - start + ${parts.size})`;
    code.line(`const most = Math.min(${parts.most}, ${room} * ${parts.count});`);
    code.line(`if (w.length - from > most) throw ${ctx.use('tooLong')}(w.length - from, most);`);
    if (tail > 0) code.line(`w.reserve(${tail});`);
    code.block('if (conn === undefined && missing !== 0)', () => {
      if (told.length > 1) code.line('const at = w.reserve(1);').line('w.bytes[at] = missing;');
      code.line('return false;');
    });
    const serial = told.find(t => t.kind === 'serial');
    if (serial?.field.type.kind === 'int')
      code.line(`if ((missing & ${serial.bit}) !== 0) conn?.takeBack(${intRange(serial.field.type).max});`);
    code.line('const whole = w.slice(start);').line('w.length = start;');
    code.line(
      `${frameFunction(frame, 'refill')}(w, whole, 0, whole.length, missing, ${ctx.use('someConnection')}(conn));`,
    );
    code.line('return true;');
  });
  code.line();
}

/** Each size that counts the body bounds it, and so does the length of a frame. */
function roomsOf(frame: Frame, limit: number, tail: number): string[] {
  const rooms = [`${limit - tail} - head`];
  for (const field of frame.layout) {
    const { type, covers } = field;
    if (covers !== undefined && type.kind === 'int')
      rooms.push(room(Math.min(intRange(type).max, field.valid?.max ?? Number.POSITIVE_INFINITY), covers, tail));
    if (type.kind !== 'bits') continue;
    for (const bit of type.bits)
      if (bit.auto?.kind === 'size') rooms.push(room(2 ** bit.width - 1, bit.auto.range, tail));
  }
  return rooms;
}

function room(most: number, { from, to }: { readonly from: string; readonly to: string }, tail: number): string {
  return from === 'body' && to === 'body' ? String(most) : `${most - tail} - head`;
}

/** Whether a message can be longer than a frame. */
export function mayBeLong(ctx: EmitContext, m: Message): boolean {
  if (m.frame !== partFrame(ctx) || m.template !== undefined || sentParts(ctx) === undefined) return false;
  // No head is as long as this.
  const head = 256;
  const tail = 256;
  const rooms = roomsOf(m.frame, ctx.model.limits.frame, tail).map(room => Number.parseInt(room, 10));
  return sizeOfAll(m.fields).max > Math.min(...rooms) - head;
}

/** In the writer of a message, before its frame is closed; its body begins at `from`. */
export function emitCutIfLong(ctx: EmitContext, m: Message, meant: (code: Code) => void, code: Code): void {
  const parts = sentParts(ctx)!;
  const { frame } = m;
  const test = `w.length - from > ${frameFunction(frame, 'roomIn')}(from - start) && v.${parts.element} === undefined`;
  code.block(`if (${test})`, () => {
    meant(code);
    const told = toldBy(frame).filter(t => !(t.kind === 'serial' && m.echoSerial));
    const lacking = told.map(t =>
      t.kind === 'conn'
        ? `(v.${t.field.name}?.${t.part!.bit} === undefined ? ${t.bit} : 0)`
        : `(v.${t.field.name} === undefined ? ${t.bit} : 0)`,
    );
    code.line(
      `return ${frameFunction(frame, 'cutUp')}(w, start, from, ${lacking.length === 0 ? '0' : lacking.join(' | ')}, conn);`,
    );
  });
}

/**
 * In what writes an unfinished frame again: where its body has no room in one, each part has a frame.
 * @param open what `openFrame` takes for a whole message
 */
export function emitRefillParts(
  frame: Frame,
  parts: SentParts,
  open: string,
  places: FramePlaces,
  one: (open: string, from: string, to: string) => void,
  code: Code,
): void {
  const [from, to] = [places.bodyStart(), places.bodyStop()];
  const roomIn = frameFunction(frame, 'roomIn');
  code.block(`if (${to} - ${from} > ${roomIn}(${from} - start) && v.${parts.element} === undefined)`, () => {
    code.line(`const room = ${roomIn}(${from} - start + ${parts.size});`);
    code.line(`const total = Math.ceil((${to} - ${from}) / room);`);
    code.block('for (let index = 1; index <= total; index++)', () => {
      code.line(`const from = ${from} + (index - 1) * room;`);
      one(openingOf(frame, parts, open), 'from', `Math.min(from + room, ${to})`);
    });
    code.line('return;');
  });
}

/** What `openFrame` takes for a part: as for the whole, but with its own serial number, and with its place among the parts. */
function openingOf(frame: Frame, { element, index, total }: SentParts, open: string): string {
  const serial = toldBy(frame).find(t => t.kind === 'serial');
  const place = `{ ${index === 'index' ? 'index' : `${index}: index`}, ${total === 'total' ? 'total' : `${total}: total`} }`;
  const values = open.replace(/, v(?=,|$)/, `, { ...v, ${element}: ${place} }`);
  if (serial?.field.type.kind !== 'int') return values;
  const local = `${serial.field.name}Given`;
  const { max } = intRange(serial.field.type);
  const next = `(missing & ${serial.bit}) !== 0 ? conn.nextSerial(${max}) : (${local} + index - 1) % ${max + 1}`;
  return values.replace(new RegExp(`, ${local}(?=,|$)`), `, index === 1 ? ${local} : ${next}`);
}
