/** The layout of a frame, taken apart: what stands before and behind the body, and where each element is found. */

import type { Field, Frame, MagicType } from '../model/model.js';
import { between } from '../model/resolve-frame.js';
import { sizeOf } from '../model/sizes.js';
import { byteHex, type Code } from './code.js';
import { type EmitContext, plus } from './context.js';

/** The fewest bytes that these elements take together. */
export const minOf = (fields: readonly Field[]): number => fields.reduce((n, f) => n + sizeOf(f.type).min, 0);

/** The layout, taken apart. */
export class FrameParts {
  readonly frame: Frame;
  readonly layout: readonly Field[];
  readonly head: readonly Field[];
  readonly tail: readonly Field[];
  readonly size: Field;
  readonly id: Field;
  /** Least bytes before the body, bytes behind it. */
  readonly headMin: number;
  readonly tailSize: number;
  /** Whether the head always takes the same. */
  readonly headFixed: boolean;
  /** The size counts this many bytes besides the body. */
  readonly covered: number;
  /** The whole frame takes this many bytes besides the size and its own width. */
  readonly uncovered: number;
  /** The size counts itself. */
  readonly coversItself: boolean;

  constructor(frame: Frame) {
    this.frame = frame;
    this.layout = frame.layout;
    const body = this.layout.findIndex(f => f.type.kind === 'body');
    this.head = this.layout.slice(0, body);
    this.tail = this.layout.slice(body + 1);
    this.size = this.layout.find(f => f.covers !== undefined)!;
    this.id = this.layout.find(f => f.role === 'id')!;
    this.headMin = minOf(this.head);
    this.tailSize = minOf(this.tail);
    this.headFixed = this.head.every(f => sizeOf(f.type).min === sizeOf(f.type).max);
    const covered = between(this.layout, this.size.covers!.from, this.size.covers!.to);
    this.coversItself = covered.includes(this.size);
    this.covered = minOf(covered.filter(f => f.type.kind !== 'body'));
    this.uncovered = minOf(this.layout.filter(f => !covered.includes(f) && f !== this.size));
  }

  /** Behind the size, where that is shortest. */
  get sizeEnd(): number {
    return minOf(this.head.slice(0, this.head.indexOf(this.size) + 1));
  }

  get minimum(): number {
    return this.headMin + this.tailSize;
  }

  /** Where an element of the head begins, seen from the frame's start or, behind the size, from the body's. */
  place(field: Field, start: string, bodyStart: string): string {
    const i = this.head.indexOf(field);
    const before = this.head.slice(0, i);
    if (before.every(f => sizeOf(f.type).min === sizeOf(f.type).max)) return plus(start, minOf(before));
    return plus(bodyStart, -minOf(this.head.slice(i)));
  }

  /** Where an element behind the body begins, seen from the frame's end. */
  tailPlace(field: Field, stop: string): string {
    return plus(stop, -minOf(this.tail.slice(this.tail.indexOf(field))));
  }
}

/** `b[o] === 0x78 && b[o + 1] === 0x78`. */
export function isMagic(bytes: Uint8Array, at: (i: number) => string): string {
  return [...bytes].map((byte, i) => `b[${at(i)}] === ${byteHex(byte)}`).join(' && ');
}

/** Which form of a marker stands at the start, as a condition for the second and later forms. */
export function formTest(magic: MagicType, form: string, start: string, off: number): string {
  const wanted = magic.forms.find(f => f.name === form)!.bytes;
  const others = magic.forms.filter(f => f.name !== form);
  const telling = [...wanted].findIndex((byte, i) => others.every(o => o.bytes[i] !== byte));
  const i = Math.max(0, telling);
  return `b[${plus(start, off + i)}] === ${byteHex(wanted[i]!)}`;
}

/** The function that says where the body of a checked frame begins; nothing where that is a constant. */
export function emitBodyStart(ctx: EmitContext, parts: FrameParts, code: Code): void {
  if (parts.headFixed) return;
  code.line('/** Where the body begins. */');
  code.block('function bodyStart(b: Uint8Array, start: number): number', () => {
    code.line(`return start + ${headSize(ctx, parts, 'start')};`);
  });
  code.line();
}

/** The bytes of the head of a frame that stands at `start`. */
export function headSize(ctx: EmitContext, parts: FrameParts, start: string): string {
  const { type } = parts.size;
  const at = parts.place(parts.size, start, '');
  const rest = parts.headMin - sizeOf(type).min;
  if (type.kind === 'varint') {
    return `(b[${at}]! < 0x80 ? ${rest + 1} : ${rest} + ${ctx.use('varintWidth')}(b, ${at}))`;
  }
  if (type.kind !== 'case') return String(parts.headMin);
  const on = parts.head.find(f => f.name === type.on)!;
  const magic = on.type as MagicType;
  const off = minOf(parts.head.slice(0, parts.head.indexOf(on)));
  const [first, ...others] = type.arms;
  return others
    .reduce(
      (no, arm) => `${formTest(magic, arm.name, start, off)} ? ${rest + arm.type.bytes} : ${no}`,
      String(rest + first!.type.bytes),
    )
    .replace(/^(.*\?.*)$/, '($1)');
}

export function bodyStartCode(parts: FrameParts, start: string): string {
  return parts.headFixed ? plus(start, parts.headMin) : `bodyStart(b, ${start})`;
}

/** `stop - 6` and 2 more: `stop - 4`. */
export function plusCode(code: string, n: number): string {
  const m = /^(\w+(?:\(.*\))?) ([+-]) (\d+)$/.exec(code);
  if (m === null) return plus(code, n);
  return plus(m[1]!, (m[2] === '-' ? -1 : 1) * Number(m[3]) + n);
}
