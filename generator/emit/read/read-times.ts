/** Times: counted, of a GPS week, or of calendar digits that may be impossible. */
import type { Field, TimeType } from '../../model/model.js';
import { quoted } from '../code.js';
import { plus, readInt } from '../context.js';
import { plusCode } from '../frame-places.js';
import type { Reading, Target } from './reading.js';

export function readTime(r: Reading, field: Field, type: TimeType, to: Target): void {
  if (type.form === 'count') readCounted(r, field, type, to);
  else if (type.form === 'gps') readGps(r, field, type, to);
  else readCalendar(r, field, type, to);
}

function readCounted(r: Reading, field: Field, type: Extract<TimeType, { form: 'count' }>, to: Target): void {
  const read = readInt(r.ctx, type.word, r.cursor.at);
  const wide = type.word.bytes === 8;
  const number = wide ? `Number(${read})` : read;
  const counted = type.perUnit === 1 ? number : `${number} * ${type.perUnit}`;
  r.settle(field, to, type.epoch === 0 ? counted : plus(counted, type.epoch));
  // A number that is no longer exact could not be written back.
  const name = r.held(field, to);
  if (wide) r.line(`if (${name} > ${Number.MAX_SAFE_INTEGER}) ${r.failed('RANGE', r.cursor.at, field, name)}`);
}

function readGps(r: Reading, field: Field, type: Extract<TimeType, { form: 'gps' }>, to: Target): void {
  const { at } = r.cursor;
  const tow = readInt(r.ctx, type.tow, plusCode(at, 2));
  r.settle(field, to, `${r.ctx.use('gpsTime')}(${readInt(r.ctx, type.week, at)}, ${tow})`);
  r.line(`if (${r.held(field, to)} === undefined) ${r.refuse('RANGE', field, tow)}`);
}

/** The bytes of an impossible time are kept; all zero means that the device has none yet. */
function readCalendar(r: Reading, field: Field, type: Extract<TimeType, { zone: number }>, to: Target): void {
  const { ctx } = r;
  const { at } = r.cursor;
  const places = placesOf(type.order);
  const six = places === undefined ? `b, ${at}` : `${ctx.use('arranged')}(b, ${at}, [${places.join(', ')}]), 0`;
  r.settle(field, to, `${ctx.use(type.form === 'u8' ? 'timeU8' : 'timeBcd')}(${six}, ${type.zone})`);
  const raw = to.own ? rawTimeLocal(r, field) : r.rawTimes.get(field.name)!;
  const kept = `${ctx.use('bytes')}(b, ${at}, ${plusCode(at, 6)})`;
  r.line(`${to.own ? 'const ' : ''}${raw} = ${r.held(field, to)} === undefined ? ${kept} : undefined;`);
  const warning = quoted(`${field.name}: no such time`);
  r.line(`if (${raw} !== undefined && !${ctx.use('allZero')}(${raw})) warn = ${ctx.use('warned')}(warn, ${warning});`);
}

/** The local that keeps the bytes of an impossible time. */
export function rawTimeLocal(r: Reading, field: Field): string {
  const raw = r.local(`${field.name}Raw`);
  r.rawTimes.set(field.name, raw);
  return raw;
}

/** Where year, month, day, hour, minute and second stand; nothing if in this order. */
export function placesOf(order: string): number[] | undefined {
  const usual = 'yyMMddHHmmss';
  return order === usual ? undefined : usual.match(/../g)!.map(part => order.indexOf(part) / 2);
}
