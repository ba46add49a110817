/** How the documentation of a protocol says what the model holds: types, sizes, expressions, times. */
import type { Endian, Field, Frame, Message, ProtocolModel, Range, Size, Split, Type } from '../model/model.js';
import { sizeOf } from '../model/sizes.js';
import { hexText, timeForm } from '../model/text-model.js';
import { plural } from '../schema/diagnostics.js';
import { type Expr, operatorLevels } from '../schema/expression.js';
import { byteHex } from './code.js';

/** `7e`, `'$' 0d 0a`: bytes as a schema writes them, in digits. */
export function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, b => b.toString(16).padStart(2, '0')).join(' ');
}

export function rangeText({ from, to }: Range): string {
  return from === to ? from : `${from}..${to}`;
}

/** `1 B`, `4 KiB`. */
export function sizeText(n: number): string {
  if (n >= 1024 * 1024 && n % (1024 * 1024) === 0) return `${n / (1024 * 1024)} MiB`;
  return n >= 1024 && n % 1024 === 0 ? `${n / 1024} KiB` : plural(n, 'byte');
}

/** Milliseconds as people say them. */
export function timeText(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

/** Bytes on the wire: `4`, `1 to 3`, `2 or more`; of a field that may be absent `0 or 4`. */
export function widthText(type: Type, optional = false): string {
  const { min, max } = sizeOf(type);
  if (min === max) return optional && min > 0 ? `0 or ${min}` : String(min);
  const least = optional ? 0 : min;
  return max === Number.POSITIVE_INFINITY ? (least === 0 ? 'any' : `${least} or more`) : `${least} to ${max}`;
}

/** The byte order of all numbers, where it is one. */
export function commonEndian(model: ProtocolModel): Endian | undefined {
  const found = new Set<Endian>();
  const seen = new Set<object>();
  const visit = (v: unknown): void => {
    if (typeof v !== 'object' || v === null || v instanceof Uint8Array || seen.has(v)) return;
    seen.add(v);
    const { endian, bytes } = v as { endian?: Endian; bytes?: number };
    if (endian !== undefined && (bytes ?? 1) > 1) found.add(endian);
    for (const [key, inner] of Object.entries(v)) if (key !== 'vectors' && key !== 'place') visit(inner);
  };
  visit({ ...model, messages: model.messages.map(m => ({ fields: m.fields })) });
  return found.size === 1 ? [...found][0] : undefined;
}

/** Types in the words of the schema. */
export class TypeWords {
  readonly #common: Endian | undefined;

  constructor(common: Endian | undefined) {
    this.#common = common;
  }

  of(type: Type): string {
    switch (type.kind) {
      case 'int':
        return `${type.signed ? 'i' : 'u'}${type.bytes * 8}${type.bytes > 1 ? this.#order(type.endian) : ''}`;
      case 'float':
        return `f${type.bytes * 8}${this.#order(type.endian)}`;
      case 'varint':
        return type.zigzag ? 'svarint' : 'varint';
      case 'bits':
        return `${this.of(type.spelled ?? type.word)} bits`;
      case 'flags':
        return `${this.of(type.spelled ?? type.word)} ${type.set.name}`;
      case 'text':
        return `str${this.#size(type.size)} ${type.charset}`;
      case 'hex':
      case 'bytes':
      case 'bcd':
        return `${type.kind}${this.#size(type.size)}`;
      case 'list':
        return `${type.packed === true ? 'packed ' : ''}${this.of(type.item)}${type.last === undefined ? this.#size(type.size) : `(until ${exprText(type.last)})`}`;
      case 'sized':
        return `sized(${this.of(type.prefix)} ${this.of(type.type)})`;
      case 'struct':
        return type.struct.name;
      case 'tlv':
        return `${type.struct.name}${this.#size(type.size)}`;
      case 'time':
        if (type.form === 'gps') return 'time(gps)';
        return type.form === 'count' ? `time(${this.of(type.word)})` : `time(${type.form} ${type.order})`;
      case 'hexint':
        return hexText(type);
      case 'clock':
      case 'date':
      case 'moment':
        return timeForm(type);
      case 'magic':
        return 'marker';
      case 'case':
        return type.arms.map(a => this.of(a.type)).join(' or ');
      case 'check':
        return `${this.of(type.word)} ${type.algorithm.name}`;
      default:
        return type.kind;
    }
  }

  #order(endian: Endian): string {
    return endian === this.#common ? '' : endian === 'big' ? 'be' : 'le';
  }

  #size(size: Size): string {
    switch (size.kind) {
      case 'fixed':
        return `(${size.count})`;
      case 'prefix':
        return `(${this.of(size.type)})`;
      case 'rest':
        return '(*)';
      case 'until':
        return `(until ${bytesText(size.bytes)})`;
      case 'expr':
        return `(${exprText(size.expr)})`;
    }
  }
}

/** An expression as a schema writes it. */
export function exprText(e: Expr, outer = 0): string {
  switch (e.kind) {
    case 'number':
      return String(e.value);
    case 'string':
      return `'${e.value}'`;
    case 'name':
      return e.path.join('.');
    case 'unary':
      return `${e.op}${exprText(e.of, operatorLevels.length)}`;
    case 'binary': {
      const level = operatorLevels.findIndex(ops => ops.includes(e.op));
      const text = `${exprText(e.left, level)} ${e.op} ${exprText(e.right, level + 1)}`;
      return level < outer ? `(${text})` : text;
    }
    case 'choice': {
      const text = `${exprText(e.test, 1)} ? ${exprText(e.yes)} : ${exprText(e.no)}`;
      return outer > 0 ? `(${text})` : text;
    }
    case 'call':
      return `${e.name}(${e.args.map(a => exprText(a)).join(', ')})`;
    case 'range':
      return `${e.from}..${e.to}`;
  }
}

/** How frames are found in the stream. */
export function splitText(split: Split): string {
  switch (split.by) {
    case 'length':
      return 'by the size that stands in the frame';
    case 'line':
      return 'lines of text';
    case 'flag':
      return `between two flags ${byteHex(split.flag)}${split.shared ? '; one may end a frame and begin the next' : ''}`;
    case 'slip':
      return 'SLIP: c0 ends a frame, db escapes';
    case 'cobs':
      return 'COBS: 00 ends a frame';
    case 'hex':
      return 'lines of hexadecimal digits';
    case 'until':
      return `up to ${split.ends.map(bytesText).join(' or ')}`;
    case 'json':
      return 'one JSON object after the other';
    case 'custom':
      return `by the module ${split.use}`;
    case 'fixed':
      return `always ${plural(split.size, 'byte')}`;
    case 'table':
      return 'by the id, which tells the size';
    case 'quiet':
      return `ended by ${split.after} ms of silence, or by ${plural(split.max, 'byte')}`;
  }
}

/** When a shape of frames is chosen. */
export function shapeText({ when, dir }: Frame): string {
  const parts: string[] = [];
  if (dir !== 'both') parts.push(dir === 'up' ? 'from the client' : 'from the server');
  if (when.state !== undefined) parts.push(when.state === 'new' ? 'before the login' : 'after the login');
  if (when.is !== undefined) parts.push(`${bytesText(when.is.bytes)} at byte ${when.is.at}`);
  if (when.not !== undefined) parts.push(`not ${bytesText(when.not.bytes)} at byte ${when.not.at}`);
  if (when.awaiting !== undefined) parts.push(`while ${when.awaiting.join(' or ')} waits for its answer`);
  return parts.join(', ');
}

/** `× 0.01`, `× 1/1800000, + 40`. */
export function scaleText({ scale }: Field): string {
  if (scale === undefined) return '';
  const decimal = scale.down / scale.up;
  const factor = String(decimal).length <= 16 ? String(decimal) : `${scale.down}/${scale.up}`;
  const offset = scale.offset === 0 ? '' : `${scale.offset > 0 ? ' + ' : ' - '}${Math.abs(scale.offset)}`;
  return `× ${factor}${offset}`;
}

/** What values are allowed. */
export function validText({ valid, bad }: Field): string {
  if (valid === undefined) return '';
  const parts: string[] = [];
  if (valid.min !== undefined && valid.max !== undefined) parts.push(`${valid.min} to ${valid.max}`);
  if (valid.len !== undefined) parts.push(`${valid.len.min} to ${valid.len.max} characters`);
  if (valid.match !== undefined) parts.push(`matches ${valid.match}`);
  return `${parts.join(', ')}${bad === 'warn' ? ' (else a warning)' : ''}`;
}

/** `up`, `down`, `up and down`. */
export function directionText({ dir }: Message): string {
  return dir === 'both' ? 'up and down' : dir;
}

/** Where on a page something is described. */
export function anchor(kind: string, name: string): string {
  return `${kind}-${name}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
}
