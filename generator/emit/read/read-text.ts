/** Text, digits and bytes. */
import type { Field, Size, Type } from '../../model/model.js';
import { longestMessage } from '../../model/sizes.js';
import { quoted } from '../code.js';
import { readInt } from '../context.js';
import { plusCode } from '../frame-places.js';
import { moduleName } from '../modules.js';
import { printNumber } from '../print-expression.js';
import { isLater, keepFor } from './read-later.js';
import { readSize } from './read-size.js';
import { checkValid } from './read-valid.js';
import type { Reading, Target } from './reading.js';

type RunType = Extract<Type, { kind: 'text' | 'hex' | 'bytes' | 'bcd' }>;

/** A run whose size is told in front of it, elsewhere, by a delimiter or by the end of its scope. */
export function readSizedRun(r: Reading, field: Field, type: RunType, to: Target): void {
  const isText = type.kind === 'text';
  if (type.size.kind === 'until') {
    readUntil(r, field, type.size.bytes, to);
    return;
  }
  if (type.size.kind === 'rest') {
    checkLimit(r, field, type.size, 'end - o', isText);
    readRun(r, field, 'o', 'end', to);
    r.line('o = end;');
    return;
  }
  const size = readSize(r, field, type.size);
  checkLimit(r, field, type.size, size, isText);
  if (type.size.kind === 'expr')
    r.line(`if (${size} < 0 || ${size} > end - o) ${r.failed('SIZE', 'o', field, size, 'end - o')}`);
  else r.line(`if (${size} > end - o) ${r.failed('TRUNCATED', 'end', field, 'end - o', size)}`);
  readRun(r, field, 'o', `o + ${size}`, to);
  r.line(`o += ${size};`);
}

/** Text or digits of a layout whose size another element tells, or a number in front. */
export function readElementRun(r: Reading, field: Field, to: Target): void {
  const { type } = field;
  if (!('size' in type) || typeof type.size !== 'object' || !('kind' in type.size)) throw new Error('no size');
  const { at } = r.cursor;
  const { size } = type;
  if (size.kind === 'expr') readRun(r, field, at, `${at} + (${printNumber(size.expr, r.names)})`, to);
  else if (size.kind === 'prefix' && size.type.kind === 'int') {
    const from = plusCode(at, size.type.bytes);
    readRun(r, field, from, `${from} + ${readInt(r.ctx, size.type, at)}`, to);
  } else throw new Error(`no element of ${type.kind}`);
}

/** The run in `[from, stop)`. */
export function readRun(r: Reading, field: Field, from: string, stop: string, to: Target): void {
  const { type } = field;
  const { ctx } = r;
  if (isLater(r, field)) keepFor(r, field, from, padEnd(r, field, from, stop), to);
  else if (type.kind === 'bcd')
    r.settle(field, to, `${ctx.use(field.trim ? 'bcdTrimmed' : 'bcd')}(b, ${from}, ${stop})`);
  else if (field.codec !== undefined) {
    const codec = moduleName(field.codec, 'codec');
    r.settle(field, to, `${ctx.use('decodeOwn')}(${codec}, b, ${from}, ${stop}, ${quoted(field.name)})`);
    mustHold(r, field, to);
  } else if (field.view === true) r.settle(field, to, `b.subarray(${from}, ${stop})`);
  else if (type.kind === 'bytes' || type.kind === 'hex')
    r.settle(field, to, `${ctx.use(type.kind)}(b, ${from}, ${stop})`);
  else if (type.kind === 'text') readCharacters(r, field, type.charset, from, stop, to);
  else throw new Error(`no run of ${type.kind}`);
}

/** Where a text ends that is filled up to `stop`. */
function padEnd({ ctx }: Reading, { pad }: Field, from: string, stop: string): string {
  return pad === undefined ? stop : `${ctx.use('unpadded')}(b, ${from}, ${stop}, ${pad})`;
}

function readCharacters(r: Reading, field: Field, charset: string, from: string, stop: string, to: Target): void {
  const { ctx } = r;
  const padded = padEnd(r, field, from, stop);
  if (charset === 'latin1') r.settle(field, to, `${ctx.use('latin1')}(b, ${from}, ${padded})`);
  else {
    r.settle(field, to, `${ctx.use(charset)}(b, ${from}, ${padded}, ${quoted(field.name)})`);
    mustHold(r, field, to);
  }
  if (!r.trusted) checkValid(r, field, r.held(field, to));
}

/** The function that made the value has noted why there is none. */
function mustHold(r: Reading, field: Field, to: Target): void {
  r.line(`if (${r.held(field, to)} === undefined) return undefined;`);
}

/** Text or bytes up to a delimiter. */
function readUntil(r: Reading, field: Field, delimiter: Uint8Array, to: Target): void {
  const { ctx } = r;
  const stop = r.local(`${field.name}End`);
  const bytes = ctx.bytesConstant(delimiter);
  r.line(`const ${stop} = ${ctx.use('untilEnd')}(b, o, end, ${bytes}, ${quoted(field.name)});`);
  r.line(`if (${stop} < 0) return undefined;`);
  checkLimit(r, field, undefined, `${stop} - o`, field.type.kind === 'text');
  readRun(r, field, 'o', stop, to);
  r.line(`o = ${stop} + ${delimiter.length};`);
}

/** No text is longer than the schema's limit; what can never be is not asked. */
function checkLimit(r: Reading, field: Field, told: Size | undefined, size: string, isText: boolean): void {
  const { limits } = r.ctx.model;
  const prefix = told?.kind === 'prefix' ? told.type : undefined;
  const top =
    prefix === undefined
      ? longestMessage(r.ctx.model)
      : prefix.kind === 'int'
        ? 256 ** prefix.bytes - 1
        : Number.POSITIVE_INFINITY;
  if (!isText || top <= limits.string) return;
  r.line(`if (${size} > ${limits.string}) ${r.failed('LIMIT', 'o', field, size, String(limits.string))}`);
}
