/** Times: counted, of a GPS week, or of calendar digits; the bytes of an impossible one are written back. */
import type { Field, TimeType } from '../../model/model.js';
import { intRange, putInt } from '../context.js';
import { plusCode } from '../frame-places.js';
import { placesOf } from '../read/read-times.js';
import type { Writing } from './writing.js';

export function writeTime(w: Writing, field: Field, type: TimeType, at: string, value: string): void {
  if (type.form === 'count') {
    w.line(putInt(w.ctx, type.word, 'b', at, countedTime(w, field, type, value)));
  } else if (type.form === 'gps') {
    w.line(putInt(w.ctx, type.week, 'b', at, w.checked(field, 'gpsWeek', value)));
    w.line(putInt(w.ctx, type.tow, 'b', plusCode(at, 2), w.checked(field, 'gpsTow', value)));
  } else {
    const put = w.ctx.use(type.form === 'u8' ? 'putTimeU8' : 'putTimeBcd');
    const args = [put, 'b', at, value, `${w.v}.$raw?.${field.name}`, type.zone];
    const places = placesOf(type.order);
    w.line(
      places === undefined
        ? `${w.checked(field, 'putTime', ...args)};`
        : `${w.checked(field, 'putTimeIn', `[${places.join(', ')}]`, ...args)};`,
    );
  }
}

function countedTime(
  w: Writing,
  field: Field,
  { word, perUnit, epoch }: Extract<TimeType, { form: 'count' }>,
  value: string,
): string {
  const { max } = intRange(word);
  const top = Math.min(max, Math.floor((Number.MAX_SAFE_INTEGER - Math.max(0, epoch)) / perUnit));
  return perUnit === 1 && epoch === 0
    ? w.checked(field, 'integer', value, 0, top)
    : w.checked(field, 'unscaled', value, 1, perUnit, epoch, 0, top);
}
