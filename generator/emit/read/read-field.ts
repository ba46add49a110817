/** One field, by its type. */
import type { Field } from '../../model/model.js';
import { fixedSize } from '../../model/sizes.js';
import { quoted } from '../code.js';
import { plusCode } from '../frame-places.js';
import { readBits, readFlags } from './read-bits.js';
import { isLater, keepFor, keepUpTo } from './read-later.js';
import { readList, readPacked } from './read-lists.js';
import { inlined, readSized, readStruct, readTlv, sizeInFront } from './read-nested.js';
import { readBool, readReal, readVarint, readWhole } from './read-numbers.js';
import { readRun, readSizedRun } from './read-text.js';
import { readTime } from './read-times.js';
import type { Reading, Target } from './reading.js';

/** A field of fixed size whose bytes are known to be there. The cursor does not move. */
export function readFixed(r: Reading, field: Field, to: Target): void {
  const { type } = field;
  const { at, base, off } = r.cursor;
  switch (type.kind) {
    case 'int':
      readWhole(r, field, type, to);
      return;
    case 'bits':
      readBits(r, field, type, to);
      return;
    case 'flags':
      readFlags(r, field, type, to);
      return;
    case 'bool':
      readBool(r, field, to);
      return;
    case 'float':
      readReal(r, field, type, to);
      return;
    case 'time':
      readTime(r, field, type, to);
      return;
    case 'bcd':
    case 'text':
    case 'hex':
    case 'bytes':
      readRun(r, field, at, plusCode(at, fixedSize(type)!), to);
      return;
    case 'struct': {
      if (isLater(r, field)) {
        keepFor(r, field, at, plusCode(at, fixedSize(type)!), to);
        return;
      }
      const inline = inlined(r, type.struct, base, off);
      if (inline !== undefined) r.settle(field, to, inline);
      else readStruct(r, field, type.struct, to, at);
      return;
    }
    default:
      throw new Error(`no reader for a fixed ${type.kind}`);
  }
}

/** A field at `o` of which nothing is known yet; moves `o` behind it. */
export function readVariable(r: Reading, field: Field, to: Target): void {
  const { type } = field;
  switch (type.kind) {
    case 'varint':
      readVarint(r, field, type, to);
      return;
    case 'sized':
      if (isLater(r, field)) keepUpTo(r, field, `o + ${sizeInFront(r, field, type)}`, to);
      else r.settle(field, to, readSized(r, field, type, field.name, quoted(field.name)));
      return;
    case 'text':
    case 'hex':
    case 'bcd':
    case 'bytes':
      readSizedRun(r, field, type, to);
      return;
    case 'list':
      if (type.packed === true) readPacked(r, field, type, to);
      else readList(r, field, type, to, readVariable);
      return;
    case 'tlv':
      readTlv(r, field, type, to);
      return;
    case 'struct':
      readStruct(r, field, type.struct, to, 'o');
      r.line(`o = ${r.ctx.use('cursor')}.at;`);
      return;
    default:
      r.needs(fixedSize(type)!, field);
      readFixed(r, field, to);
      r.cursor.off = fixedSize(type)!;
      r.cursor.flush();
  }
}
