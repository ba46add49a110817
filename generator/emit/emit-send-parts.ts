/** Messages that are longer than a frame: their bodies are cut, and each part gets a frame of its own. */
import { frameSize } from '../model/frame-size.js';
import type { Field, Fragments, Frame, Message } from '../model/model.js';
import { fixedSize, sizeOfAll } from '../model/sizes.js';
import { type Expr, namesIn } from '../schema/expression.js';
import type { Code } from './code.js';
import { type EmitContext, intRange } from './context.js';
import { frameLocals } from './emit-check.js';
import { toldBy } from './emit-conn.js';
import { partFrame } from './emit-parts.js';
import { frameFunction } from './frame-names.js';
import { distance, FramePlaces, isFixed, minOf } from './frame-places.js';

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
  const sized = frameSize(frame)?.field;
  return (
    body > 0 &&
    frame.pick === undefined &&
    (sized === undefined || sized.type.kind === 'int' || sized.type.kind === 'bits') &&
    frame.layout.every(f => f.type.kind !== 'varint') &&
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

/** `roomInFrame(head, part)`, and `cutUpFrame(...)` for what has more. */
export function emitCutFrame(ctx: EmitContext, frame: Frame, code: Code): void {
  const parts = sentParts(ctx);
  if (parts === undefined || frame !== partFrame(ctx)) return;
  emitRoom(ctx, frame, parts, code);
  const tail = minOf(frame.layout.slice(bodyOf(frame) + 1));
  const told = toldBy(frame);
  const open = told.length > 0;
  code.line(
    '/** A message that is longer than a frame is cut here if its connection is known, else where it is finished. */',
  );
  const params = `w: Writer, start: number, from: number${open ? ', missing: number, conn?: ConnContext' : ''}`;
  code.block(`function ${frameFunction(frame, 'cutUp')}(${params}): boolean`, () => {
    const room = roomCall(frame, parts, 'w.bytes', 'from - start', true);
    code.line(`const most = Math.min(${parts.most}, ${room} * ${parts.count});`);
    code.line(`if (w.length - from > most) throw ${ctx.use('tooLong')}(w.length - from, most);`);
    if (tail > 0) code.line(`w.reserve(${tail});`);
    if (open) {
      ctx.useType('ConnContext');
      code.block('if (conn === undefined && missing !== 0)', () => {
        if (told.length > 1) code.line('const at = w.reserve(1);').line('w.bytes[at] = missing;');
        code.line('return false;');
      });
    }
    const serial = told.find(t => t.kind === 'serial');
    if (serial?.field.type.kind === 'int')
      code.line(`if ((missing & ${serial.bit}) !== 0) conn?.takeBack(${intRange(serial.field.type).max});`);
    code.line('const whole = w.slice(start);').line('w.length = start;');
    const known = open ? `, missing, ${ctx.use('someConnection')}(conn)` : '';
    code.line(`${frameFunction(frame, 'refill')}(w, whole, 0, whole.length${known});`);
    code.line('return true;');
  });
  code.line();
}

const bodyOf = (frame: Frame): number => frame.layout.findIndex(f => f.type.kind === 'body');

/** A size that counts the body. */
interface Bound {
  /** The most that it can say. */
  readonly most: number;
  /** The elements before those that it counts; all of the head where it begins at the body. */
  readonly before: readonly Field[];
  /** The first element that it counts. */
  readonly from: Field;
  /** Bytes behind the body that it counts. */
  readonly tail: number;
}

/** Each size that counts the body bounds it; what stands outside of its range takes no room there. */
function boundsOf({ layout }: Frame): Bound[] {
  const bounds: Bound[] = [];
  const body = layout.findIndex(f => f.type.kind === 'body');
  const bound = (most: number, range: { readonly from: string; readonly to: string }): void => {
    const [first, last] = [range.from, range.to].map(name => layout.findIndex(f => f.name === name)) as [
      number,
      number,
    ];
    if (first > body || last < body) return;
    const tail = minOf(layout.slice(body + 1, last + 1));
    bounds.push({ most, before: layout.slice(0, first), from: layout[first]!, tail });
  };
  for (const { type, covers, valid } of layout) {
    if (covers !== undefined && type.kind === 'int')
      bound(Math.min(intRange(type).max, valid?.max ?? Number.POSITIVE_INFINITY), covers);
    if (type.kind !== 'bits') continue;
    for (const bit of type.bits) if (bit.auto?.kind === 'size') bound(2 ** bit.width - 1, bit.auto.range);
  }
  return bounds;
}

/** Whether only the bytes of a frame say where the range of a size begins: behind what has no fixed size, parts aside. */
function asksBytes(frame: Frame, element: string): boolean {
  return boundsOf(frame).some(
    ({ from, before }) => from.type.kind !== 'body' && before.some(f => f.name !== element && !isFixed(f)),
  );
}

/** The bytes of a body that a frame takes; those of the head and of what only parts have are given. */
function emitRoom(ctx: EmitContext, frame: Frame, { element }: SentParts, code: Code): void {
  const looks = asksBytes(frame, element);
  const tail = minOf(frame.layout.slice(bodyOf(frame) + 1));
  code.line(
    '/** The bytes of a body that a frame takes, behind a head of so many bytes, and so many that only a part has. */',
  );
  const where = looks ? 'b: Uint8Array, start: number, ' : '';
  code.block(`function ${frameFunction(frame, 'roomIn')}(${where}head: number, part = 0): number`, () => {
    const places = new FramePlaces(ctx, frame, code, frameLocals(ctx).add('head').add('part'));
    const rooms = [`${ctx.model.limits.frame - tail} - head - part`];
    for (const { most, before, from, tail } of boundsOf(frame)) {
      const room = most - tail;
      if (from.type.kind === 'body') {
        rooms.push(String(room));
        continue;
      }
      const part = before.some(f => f.name === element) ? '' : ' - part';
      if (looks) rooms.push(`${room} - head${part} + (${distance('start', places.place(from))})`);
      else rooms.push(`${room + minOf(before)} - head${part}`);
    }
    code.line(`return ${rooms.length === 1 ? rooms[0] : `Math.min(${rooms.join(', ')})`};`);
  });
  code.line();
}

/** @param part whether for a part, not for what is whole */
function roomCall(frame: Frame, { element, size }: SentParts, b: string, head: string, part: boolean): string {
  const where = asksBytes(frame, element) ? `${b}, start, ` : '';
  return `${frameFunction(frame, 'roomIn')}(${where}${head}${part ? `, ${size}` : ''})`;
}

/** Whether a message can be longer than a frame. */
export function mayBeLong(ctx: EmitContext, m: Message): boolean {
  if (m.frame !== partFrame(ctx) || m.template !== undefined || sentParts(ctx) === undefined) return false;
  // No head is as long as this, and no tail.
  const around = 512;
  const most = Math.min(ctx.model.limits.frame, ...boundsOf(m.frame).map(bound => bound.most));
  return sizeOfAll(m.fields).max > most - around;
}

/** In the writer of a message, before its frame is closed; its body begins at `from`. */
export function emitCutIfLong(ctx: EmitContext, m: Message, meant: (code: Code) => void, code: Code): void {
  const parts = sentParts(ctx)!;
  const { frame } = m;
  const room = roomCall(frame, parts, 'w.bytes', 'from - start', false);
  code.block(`if (w.length - from > ${room} && v.${parts.element} === undefined)`, () => {
    meant(code);
    const told = toldBy(frame);
    const asked = told.filter(t => !(t.kind === 'serial' && m.echoSerial));
    const lacking = asked.map(t =>
      t.kind === 'conn'
        ? `(v.${t.field.name}?.${t.part!.bit} === undefined ? ${t.bit} : 0)`
        : `(v.${t.field.name} === undefined ? ${t.bit} : 0)`,
    );
    const known = told.length === 0 ? '' : `, ${lacking.length === 0 ? '0' : lacking.join(' | ')}, conn`;
    code.line(`return ${frameFunction(frame, 'cutUp')}(w, start, from${known});`);
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
  const room = (part: boolean): string => roomCall(frame, parts, 'b', `${from} - start`, part);
  const length = distance(from, to);
  code.block(`if (${length} > ${room(false)} && v.${parts.element} === undefined)`, () => {
    code.line(`const room = ${room(true)};`);
    code.line(`const total = Math.ceil((${length}) / room);`);
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
