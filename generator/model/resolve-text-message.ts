/** What only messages of text have: a template or an id that is text, and values that are computed from others. */
import { type Entry, kindOf, Mapping, scalarText } from '../schema/mapping.js';
import { isSeq, type Node } from '../schema/source.js';
import type { Field, Frame, Message } from './model.js';
import { isName } from './names.js';
import { checkTexts, holdsLiteral, resolveTemplate } from './resolve-template.js';
import type { Resolver } from './resolver.js';
import { type Derived, fixedTexts } from './text-model.js';

type Said = Pick<Message, 'template' | 'textIds' | 'derived'>;

/** `undefined` after an error. */
export function resolveSaid(r: Resolver, map: Mapping, frame: Frame, fields: readonly Field[]): Said | undefined {
  const derived = derivedOf(r, map, frame, fields);
  const more = derived.length === 0 ? {} : { derived };
  const { body } = frame.text!;
  if (body === undefined) {
    if (map.has('id'))
      r.source.error('BAD_VALUE', map.at('id'), 'a message in lines has a text, not an id', 'text: "/join {room}"');
    const text = map.requiredText('text');
    if (text === '') r.source.error('BAD_VALUE', map.at('text'), `text of ${map.label} cannot be empty`);
    if (text === undefined || text === '') return undefined;
    checkFields(r, fields, 'template');
    return { template: resolveTemplate(r, map.at('text'), text, fields, 'this message'), ...more };
  }
  if (map.has('text'))
    r.source.error('BAD_VALUE', map.at('text'), 'the layout has the text; a message in it has an id', 'id: RMC');
  checkFields(r, fields, body.kind, body.kind === 'csv' ? body.between : ',');
  if (body.kind === 'kv') checkPairs(r, fields, body.pair);
  const twin = body.kind === 'json' ? fields.find(f => f.name === body.id) : undefined;
  if (twin !== undefined)
    r.source.error('DUPLICATE_NAME', twin.place, `field "${twin.name}" has the name of the member that is the id`);
  const textIds = textIdsOf(r, map, frame);
  return textIds === undefined ? undefined : { textIds, ...more };
}

function textIdsOf(r: Resolver, map: Mapping, frame: Frame): string[] | undefined {
  const node = map.at('id');
  if (node === undefined) {
    map.missing('id', 'id: RMC');
    return undefined;
  }
  const element = frame.layout.find(f => f.role === 'id');
  const ids: string[] = [];
  for (const item of isSeq(node) ? node.items.map(i => r.source.resolve(i as Node)) : [node]) {
    const id = scalarText(item);
    if (id === undefined || id === '') r.source.error('SHAPE', item ?? node, `an id must be text, got ${kindOf(item)}`);
    else if (element !== undefined && !fitsElement(id, element))
      r.source.error(
        'BAD_VALUE',
        item,
        `id ${id} does not fit "${element.name}" (${r.source.lineColumn(element.place)})`,
      );
    else ids.push(id);
  }
  const { body } = frame.text!;
  if (body?.kind === 'json' && ids.length > 1)
    r.source.error('BAD_VALUE', node, 'a message in JSON has one id', 'a message for each id');
  return ids.length === 0 ? undefined : ids;
}

function fitsElement(id: string, { type, valid }: Field): boolean {
  const { len, match } = valid ?? {};
  if (type.kind === 'chars' && type.count !== 'rest' && id.length !== type.count) return false;
  if (len !== undefined && (id.length < len.min || id.length > len.max)) return false;
  return match === undefined || new RegExp(match, 'u').test(id);
}

/** What a field can be depends on where its message stands. */
function checkFields(
  r: Resolver,
  fields: readonly Field[],
  form: 'template' | 'csv' | 'kv' | 'json',
  between = ',',
): void {
  const where = { template: 'a template', csv: 'columns', kv: 'a body of names and values', json: 'JSON' }[form];
  fields.forEach((field, i) => {
    const { type, name, place } = field;
    const refuse = (what: string, hint?: string): void =>
      r.source.error('BAD_VALUE', place, `"${name}": ${what} cannot stand in ${where}`, hint);
    if (type.kind === 'bool' && form !== 'json') refuse('a bool', 'enum: { on: "1", off: "0" }');
    if (type.kind === 'list' && type.between === undefined && form !== 'csv' && form !== 'json') refuse('a group');
    if (form !== 'csv' && field.noneText !== undefined) refuse('a text for no value', 'optional: true');
    if (form !== 'csv' && type.kind === 'list' && type.between !== undefined)
      refuse('several values with something between', form === 'json' ? 'a group' : 'columns');
    if (form === 'csv' && type.kind === 'list' && type.between === between)
      r.source.error(
        'BAD_VALUE',
        place,
        `"${name}": "${between}" stands between columns already`,
        'another character, or a group',
      );
    checkCount(r, field, fields, i, form);
    if (form === 'template' && field.optional === true && field.noneText === undefined)
      refuse('an optional field', 'a message of its own without it');
    if (form === 'json' && (type.kind === 'degrees' || type.kind === 'struct' || type.kind === 'dm'))
      refuse(`a ${type.kind === 'dm' ? 'dm' : 'text type'}`, 'dec, or a group');
    const group = type.kind === 'list' && type.item.kind === 'struct' ? type.item.struct.fields : [];
    if (form === 'csv' || form === 'json') checkFields(r, group, form, between);
    if (form === 'csv' && group.some(f => f.type.kind === 'rest')) refuse('a rest of a group', 'chars(*)');
    if ((form === 'kv' || form === 'json') && name === 'unknown')
      refuse('a field of this name', 'keys without a field are kept there');
    if (form !== 'csv') return;
    if (type.kind !== 'rest') checkColumn(r, field);
    const next = fields[i + 1];
    if (type.kind === 'rest' && next !== undefined) {
      const follows = `"${next.name}" follows at ${r.source.lineColumn(next.place)}`;
      r.source.error(
        'REST_NOT_LAST',
        place,
        `rest must be the last column; ${follows}`,
        between === ',' ? 'chars(*) ends at the next comma' : `chars(*) ends at the next ${between}`,
      );
    }
    if (type.kind === 'list' && type.repeat !== undefined) checkGroup(r, field, fields, i, between);
  });
}

/** Characters of a fixed number would end their column as well. */
function checkColumn(r: Resolver, field: Field): void {
  const wrong = fixedTexts(field).find(text => text.includes(','));
  if (wrong === undefined) return;
  const text = `"${field.name}" is a column, so it cannot be "${wrong}"`;
  r.source.error('NOT_INVERTIBLE', field.place, text, 'no comma, or a rest at the end');
}

/** A value behind a name ends where the next name begins. */
function checkPairs(r: Resolver, fields: readonly Field[], pair: string): void {
  for (const field of fields) checkTexts(r, field, pair);
  for (const field of fields.filter(f => holdsLiteral(f, pair))) {
    const text = `"${field.name}" ends at the first "${pair}", which stands in its type`;
    r.source.error('NOT_INVERTIBLE', field.place, text, 'kv: { pair: "&" }, or another literal in the type');
  }
}

/** Groups that come as often as a column says, and that column. */
function checkCount(r: Resolver, field: Field, fields: readonly Field[], i: number, form: string): void {
  const { type, auto, place, name } = field;
  const by = type.kind === 'list' ? type.repeat?.by : undefined;
  const hint = (list: string, count: string): string =>
    `${count}: { type: int, auto: count(${list}) }, and repeat: ${count} in "${list}"`;
  if (by !== undefined) {
    const count = fields.slice(0, i).find(f => f.name === by);
    const known = fields.slice(0, i).flatMap(f => (f.auto?.kind === 'count' ? [f.name] : []));
    if (form !== 'csv')
      r.source.error('BAD_VALUE', place, `"${name}": only columns have a number of groups`, 'repeat: 0..10');
    else if (count === undefined) r.unknownName(place, `column in front of "${name}"`, by, known);
    else if (count.auto?.kind !== 'count' || count.auto.of !== name)
      r.source.error('BAD_VALUE', place, `"${by}" does not count "${name}"`, hint(name, by));
  }
  if (auto?.kind !== 'count') return;
  const list = fields.slice(i + 1).find(f => f.name === auto.of)?.type;
  if (list?.kind === 'list' && list.repeat?.by === name) return;
  r.source.error(
    'BAD_VALUE',
    place,
    `"${name}" counts "${auto.of}", which is no group behind it that it tells the number of`,
    hint(auto.of, name),
  );
}

/** How many columns a field of text takes. */
export function columnsOf({ type }: Pick<Field, 'type'>, between: string): number {
  if (type.kind === 'struct' || type.kind === 'degrees') {
    const marks = (type.struct.text ?? []).map(p => ('literal' in p ? p.literal.split(between).length - 1 : 0));
    return marks.reduce((n, c) => n + c, 1);
  }
  return type.kind === 'list' && type.repeat !== undefined ? type.repeat.max * groupWidth(type, between) : 1;
}

export function groupWidth(type: Extract<Field['type'], { kind: 'list' }>, between: string): number {
  const fields = type.item.kind === 'struct' ? type.item.struct.fields : [];
  return fields.reduce((n, f) => n + columnsOf(f, between), 0);
}

/** The number of groups follows from the number of columns: what stands behind may not look like one more group. */
function checkGroup(r: Resolver, field: Field, fields: readonly Field[], i: number, between: string): void {
  const { type } = field;
  if (type.kind !== 'list' || type.repeat === undefined || type.repeat.min === type.repeat.max) return;
  if (type.repeat.by !== undefined) return;
  const behind = fields.slice(i + 1);
  const width = behind.reduce((n, f) => n + columnsOf(f, between), 0);
  const open = behind.some(f => (f.type.kind === 'list' && f.type.repeat !== undefined) || f.type.kind === 'rest');
  if (!open && width < groupWidth(type, between)) return;
  const text = `the columns behind "${field.name}" can be taken for one group more`;
  r.source.error(
    'NOT_INVERTIBLE',
    field.place,
    text,
    `fewer than ${groupWidth(type, between)} columns behind it, repeat: 4..4, or a column in front that counts them`,
  );
}

const FORM = 'at: join(date, clock, UTC)';

function derivedOf(r: Resolver, message: Mapping, frame: Frame, fields: readonly Field[]): Derived[] {
  if (!message.has('derive')) return [];
  const map = Mapping.of(r.source, message.at('derive'), `derive of ${message.label}`);
  const taken = [...frame.layout, ...fields].map(f => f.name);
  return whole(map?.entries() ?? []).flatMap(entry => {
    if (!isName(entry.key)) r.badName(entry.place, entry.key);
    else if (taken.includes(entry.key))
      r.source.error('DUPLICATE_NAME', entry.place, `"${entry.key}" is a field of ${message.label} already`);
    else return joined(r, entry, message.label, fields);
    return [];
  });
}

interface Call extends Entry {
  readonly text: string;
}

/** In braces YAML ends a value at its first comma and takes what follows for keys: here they are one call again. */
function whole(entries: readonly Entry[]): Call[] {
  const calls: Call[] = [];
  for (const entry of entries) {
    const before = calls.at(-1);
    if (before?.text.includes('(') === true && !before.text.includes(')') && scalarText(entry.value) === undefined)
      calls[calls.length - 1] = { ...before, text: `${before.text}, ${entry.key}` };
    else calls.push({ ...entry, text: scalarText(entry.value) ?? '' });
  }
  return calls;
}

function joined(r: Resolver, { key, place, value, text }: Call, label: string, fields: readonly Field[]): Derived[] {
  const m = /^\s*join\(\s*(\w+)\s*,\s*(\w+)\s*(?:,\s*(UTC)\s*)?\)\s*$/.exec(text);
  if (m === null) {
    r.source.error('BAD_EXPRESSION', value ?? place, `cannot derive "${key}" from "${text}"`, FORM);
    return [];
  }
  const [, date = '', clock = '', zone] = m;
  for (const [name, kind, what] of [
    [date, 'date', 'date(ddMMyy)'],
    [clock, 'clock', 'time(hhmmss.sss)'],
  ] as const) {
    const field = fields.find(f => f.name === name);
    if (field?.type.kind === kind) continue;
    const known = fields.map(f => f.name);
    if (field === undefined) r.unknownName(value, `field of ${label}`, name, known);
    else r.source.error('BAD_TYPE', value, `join: "${name}" is no ${what}`, FORM);
    return [];
  }
  return [{ name: key, date, clock, zone: zone === undefined ? r.zone : 0 }];
}
