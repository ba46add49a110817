/** One field, by its type. */
import type { Field } from '../../model/model.js';
import { fixedSize } from '../../model/sizes.js';
import { writeBits, writeFlags } from './write-bits.js';
import { writeList } from './write-lists.js';
import { writeMagic, writeOf, writeSized, writeTlv } from './write-nested.js';
import { writeReal, writeVarint, writeWhole } from './write-numbers.js';
import { writeBcd, writeRun } from './write-text.js';
import { writeTime } from './write-times.js';
import { orDefault, type Writing } from './writing.js';

/** A field whose room is reserved here. */
export function writeField(w: Writing, field: Field, value: string): void {
  const { type } = field;
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'bool':
    case 'bits':
    case 'flags':
    case 'check':
    case 'time':
    case 'magic':
      w.open(fixedSize(type)!);
      writeFixed(w, field, 'p', value);
      return;
    case 'bcd':
      writeBcd(w, field, type, value);
      return;
    case 'text':
    case 'hex':
    case 'bytes':
      writeRun(w, field, type, value);
      return;
    case 'varint':
      writeVarint(w, field, type, value);
      return;
    case 'struct':
      w.line(w.unlessKept(field, `${writeOf(w, field, type.struct, value)};`));
      return;
    case 'sized':
      writeSized(w, field, type, value);
      return;
    case 'tlv':
      writeTlv(w, field, type, value);
      return;
    case 'list':
      writeList(w, field, type, value, writeField);
      return;
    default:
      throw new Error(`no writer for ${type.kind}`);
  }
}

/** Puts a field of fixed size at `at`. */
export function writeFixed(w: Writing, field: Field, at: string, value: string): void {
  const { type } = field;
  switch (type.kind) {
    case 'magic':
      writeMagic(w, type, at);
      return;
    case 'check':
    case 'case':
      // Computed when the frame is complete.
      return;
    case 'varint':
      // One byte wide until more is known.
      w.line(`b[${at}] = 0;`);
      return;
    case 'int':
      writeWhole(w, field, type, at, value);
      return;
    case 'float':
      writeReal(w, field, type, at, value);
      return;
    case 'bool':
      w.line(`b[${at}] = ${w.checked(field, 'bit', orDefault(field, value))};`);
      return;
    case 'bits':
      writeBits(w, field, type, at, value);
      return;
    case 'flags':
      writeFlags(w, field, type, at, value);
      return;
    case 'time':
      writeTime(w, field, type, at, value);
      return;
    default:
      throw new Error(`no writer for a fixed ${type.kind}`);
  }
}
