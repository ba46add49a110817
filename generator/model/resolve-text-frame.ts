/** Frames of text: whole lines that messages have templates for, or a layout with a body. */
import { csvKeys, kvKeys } from '../schema/keys.js';
import { Mapping } from '../schema/mapping.js';
import { isMap } from '../schema/source.js';
import { checkRange } from './check-scope.js';
import type { Field, Frame, Split, TemplatePart } from './model.js';
import { resolveTemplate } from './resolve-template.js';
import { resolveTextFields } from './resolve-text-fields.js';
import type { Resolver } from './resolver.js';
import type { BodyForm, TextLayout } from './text-model.js';

/** Whether a frame that is cut like this is one of text. */
export function isTextFrame(map: Mapping, split: Split): boolean {
  if (split.by === 'line' || split.by === 'json') return true;
  return map.has('text') || (split.by === 'until' && !map.has('layout') && !map.has('message'));
}

/** Layout, template and body of a frame of text; `undefined` after an error. */
export function resolveTextFrame(
  r: Resolver,
  map: Mapping,
  split: Split,
  filters: Frame['filters'],
): Pick<Frame, 'layout' | 'text' | 'emit'> | undefined {
  const emit = emitOf(r, map, split);
  const kept = keepsSpelling(r, map, filters) ? ({ keepsSpelling: true } as const) : {};
  const node = map.at('layout');
  if (node === undefined) {
    if (map.has('text')) map.missing('layout', 'the types of the elements in the text');
    if (split.by === 'json') map.missing('layout', 'layout: { body: { json: true, id: type } }');
    return map.has('text') || split.by === 'json' ? undefined : { layout: [], text: { template: [], ...kept }, emit };
  }
  const layoutMap = Mapping.of(r.source, node, 'layout', 'element');
  const layout = layoutMap === undefined ? undefined : resolveTextFields(r, layoutMap, 'Frame', 'layout');
  if (layoutMap === undefined || layout === undefined) return undefined;
  const body = bodyOf(r, map, layoutMap, layout);
  if (body === undefined) return undefined;
  if (split.by === 'json' && r.charset === 'gbk') {
    // The second byte of a character may be a quote's escape or a bracket.
    r.source.error('BAD_VALUE', map.at('split'), 'JSON objects cannot be told apart in gbk', 'split: { by: line }');
    return undefined;
  }
  const template = templateOf(r, map, layout, body);
  if (template === undefined || !checkLayout(r, map, layout, template, body, filters)) return undefined;
  const text: TextLayout = { template, body, ...kept };
  return { layout, text, emit };
}

function keepsSpelling(r: Resolver, map: Mapping, filters: Frame['filters']): boolean {
  if (!map.has('spelling') || map.choice('spelling', ['keep'] as const) === undefined) return false;
  if (filters.length === 0) return true;
  const text = 'what a filter takes out of a line cannot be written again';
  r.source.error('BAD_VALUE', map.at('spelling'), text, 'leave "filter" or "spelling" out');
  return false;
}

function emitOf(r: Resolver, map: Mapping, split: Split): Uint8Array {
  const emit = map.bytes('emit');
  if (split.by === 'until') {
    if (emit === undefined) return split.ends[0]!;
    if (split.ends.some(end => end.length === emit.length && end.every((byte, i) => byte === emit[i]))) return emit;
    r.source.error('BAD_VALUE', map.at('emit'), 'emit must be one of the ends of the split');
  } else if (emit !== undefined && split.by === 'line') {
    const text = String.fromCharCode(...emit);
    if (!['\n', '\r\n', '\r'].includes(text))
      r.source.error('BAD_VALUE', map.at('emit'), 'emit must be a line end', '"0d 0a", "0a" or "0d"');
  }
  return emit ?? (split.by === 'line' ? Uint8Array.of(13, 10) : new Uint8Array());
}

function bodyOf(r: Resolver, frame: Mapping, layout: Mapping, fields: readonly Field[]): BodyForm | undefined {
  const bodies = fields.filter(f => f.type.kind === 'body');
  const [field] = bodies;
  if (field === undefined || bodies.length > 1) {
    const text = `the layout has ${field === undefined ? 'no' : 'more than one'} body`;
    r.source.error('SHAPE', frame.at('layout'), text, 'body: { csv: true }');
    return undefined;
  }
  const map = Mapping.of(r.source, layout.at(field.name), `body`);
  if (map === undefined) return undefined;
  const forms = ['csv', 'kv', 'json'].filter(key => map.has(key));
  if (forms.length > 1) {
    r.source.error('BAD_VALUE', map.node, `a body is one of ${forms.join(', ')}`);
    return undefined;
  }
  if (map.has('short') && !map.has('csv')) r.source.error('BAD_VALUE', map.at('short'), '"short" is for columns');
  if (map.has('id') && !map.has('json'))
    r.source.error('BAD_VALUE', map.at('id'), '"id" is for JSON; elsewhere role: id');
  if (map.has('csv')) {
    const short = map.has('short') && map.choice('short', ['allow'] as const) === 'allow';
    return { kind: 'csv', between: betweenColumns(r, map), short };
  }
  if (map.has('json')) {
    map.flag('json');
    const id = map.requiredText('id');
    return id === undefined ? undefined : { kind: 'json', id };
  }
  const given = map.at('kv');
  const kv = isMap(given) ? Mapping.known(r.source, given, 'kv of body', kvKeys) : undefined;
  const pair = kv?.text('pair') ?? ';';
  const equals = kv?.text('equals') ?? '=';
  if (!isMap(given)) map.flag('kv');
  if (pair !== '' && equals !== '' && !pair.includes(equals) && !equals.includes(pair))
    return { kind: 'kv', pair, equals };
  r.source.error('BAD_VALUE', given, `pair "${pair}" and equals "${equals}" cannot be told apart`, '";" and "="');
  return undefined;
}

function betweenColumns(r: Resolver, map: Mapping): string {
  const node = map.at('csv');
  if (!isMap(node)) {
    map.flag('csv');
    return ',';
  }
  const between = Mapping.known(r.source, node, 'csv of body', csvKeys)?.text('between') ?? ',';
  if (between.length === 1 && !/[\w\r\n]/.test(between)) return between;
  const text = `between: "${between}" is not one character that can stand between columns`;
  r.source.error('BAD_VALUE', node, text, 'csv: { between: ";" }');
  return ',';
}

function templateOf(r: Resolver, map: Mapping, layout: readonly Field[], body: BodyForm): TemplatePart[] | undefined {
  if (map.has('text')) return resolveTemplate(r, map.at('text'), map.text('text') ?? '', layout, 'this layout');
  if (layout.length === 1 && body.kind !== 'csv') return [{ field: layout[0]! }];
  map.missing('text', 'text: "{id},{body}" says how the elements stand');
  return undefined;
}

function checkLayout(
  r: Resolver,
  map: Mapping,
  layout: readonly Field[],
  template: readonly TemplatePart[],
  body: BodyForm,
  filters: Frame['filters'],
): boolean {
  let good = true;
  const bad = (
    place: Field['place'],
    code: 'BAD_VALUE' | 'SHAPE' | 'SELF_CHECK' | 'NOT_INVERTIBLE',
    text: string,
    hint?: string,
  ): void => {
    r.source.error(code, place, text, hint);
    good = false;
  };
  const placeOf = (key: string): Field['place'] => map.placeOf(key);
  const ids = layout.filter(f => f.role === 'id');
  if (body.kind === 'json') {
    if (ids.length > 0)
      bad(ids[0]!.place, 'BAD_VALUE', 'a JSON body has the id in it', `body: { json: true, id: ${ids[0]!.name} }`);
  } else if (ids.length !== 1 || ids[0]!.type.kind === 'check' || ids[0]!.type.kind === 'body') {
    bad(
      ids[1]?.place ?? placeOf('layout'),
      'SHAPE',
      'the layout needs one text with role: id',
      'id: { type: chars(*), role: id }',
    );
  } else if (!['chars', 'word'].includes(ids[0]!.type.kind)) {
    bad(ids[0]!.place, 'SHAPE', `"${ids[0]!.name}" must be text to be the id`, 'type: word, or chars(*)');
  }
  if (filters.includes('backspace') && layout.some(f => f.type.kind === 'check'))
    bad(placeOf('filter'), 'BAD_VALUE', 'a line with a checksum cannot be edited: leave "backspace" out');
  const behind = template[template.findIndex(p => 'field' in p && p.field.type.kind === 'body') + 1];
  if (behind !== undefined && 'literal' in behind && /^[\da-f]+$/i.test(behind.literal)) {
    const sum = layout.find(f => f.type.kind === 'check');
    if (sum !== undefined)
      bad(
        placeOf('text'),
        'NOT_INVERTIBLE',
        `the body ends at the last "${behind.literal}", which the digits of "${sum.name}" can be`,
        'a literal that is no hexadecimal digit: {body}*{sum}',
      );
  }
  const order = template.flatMap(p => ('field' in p ? [p.field] : []));
  const bodyAt = order.findIndex(f => f.type.kind === 'body');
  for (const field of layout) {
    const { type } = field;
    const canMiss = type.kind === 'check' || (type.kind === 'body' && body.kind !== 'json');
    const last = template.at(-1);
    const isLast = last !== undefined && 'field' in last && last.field === field;
    if (field.missing === true && !(canMiss && isLast && template.length > 2))
      bad(
        field.place,
        'BAD_VALUE',
        '"missing" is for a checksum at the end of the text, or for a body there that is not JSON',
      );
    if (['rest', 'struct', 'degrees', 'bool', 'dm'].includes(type.kind))
      bad(
        field.place,
        'BAD_VALUE',
        `"${field.name}" cannot be a ${type.kind} in a layout`,
        'char, chars, word, int, hexint or dec',
      );
    if (field.bad === 'warn' && type.kind !== 'check' && field.valid === undefined)
      bad(field.place, 'BAD_VALUE', 'bad: warn needs "valid" or a checksum');
    if (type.kind !== 'check') continue;
    const { from, to } = type.over;
    if (!checkRange(r, field, 'over', type.over, order)) good = false;
    else if (
      order
        .slice(
          order.findIndex(f => f.name === from),
          order.findIndex(f => f.name === to) + 1,
        )
        .includes(field)
    )
      bad(field.place, 'SELF_CHECK', `${field.name} covers itself`);
    else if (order.indexOf(field) < bodyAt)
      bad(field.place, 'BAD_VALUE', 'a checksum in text stands behind what it covers');
  }
  return good;
}
