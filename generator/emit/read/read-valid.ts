/** `valid`: a range, a length, a form. */
import type { Field } from '../../model/model.js';
import { quoted } from '../code.js';
import { consequence } from '../context.js';
import type { Reading } from './reading.js';

/**
 * @param name local of the value; `undefined`: nobody gets to see it
 * @param at where the field stands, if it is not the one that is read now
 */
export function checkValid(r: Reading, field: Field, name: string | undefined, at = r.cursor.at): void {
  const { valid } = field;
  if (valid === undefined || name === undefined) return;
  const { ctx } = r;
  const given = field.none === undefined ? '' : `${name} !== undefined && `;
  const { min, max, len, match } = valid;
  const tests: [string, string][] = [];
  if (min !== undefined && max !== undefined) {
    const type = field.type;
    const isPlain = type.kind === 'int' && !type.signed && field.scale === undefined && field.negative === undefined;
    // What is no number at all is neither less nor more.
    const outside =
      type.kind === 'float' ? `!(${name} >= ${min} && ${name} <= ${max})` : `${name} < ${min} || ${name} > ${max}`;
    tests.push([isPlain && min <= 0 ? `${name} > ${max}` : outside, `${min}..${max}`]);
  }
  if (len !== undefined)
    tests.push([`${name}.length < ${len.min} || ${name}.length > ${len.max}`, `${len.min}..${len.max} characters`]);
  if (match !== undefined) tests.push([`!${ctx.pattern(match)}.test(${name})`, match]);
  for (const [bare, want] of tests) {
    const test = given === '' ? bare : `${given}(${bare})`;
    if (field.bad === 'warn')
      r.line(`if (${test}) warn = ${ctx.use('warned')}(warn, ${quoted(`${field.name}: outside ${want}`)});`);
    else {
      const got = field.secret ? 'undefined' : name;
      const failed = `${ctx.use('fail')}('RANGE', ${at}, ${quoted(field.name)}, ${got}, ${quoted(want)})`;
      r.line(`if (${test}) return ${consequence(ctx, field.bad, failed)};`);
    }
  }
}
