/** The frame: how the stream is cut, and the elements around every message. */
import { frameKeys, splitKeys } from '../schema/keys.js';
import { Mapping, readNames } from '../schema/mapping.js';
import type { Node } from '../schema/source.js';
import { checkRange } from './check-scope.js';
import type { Field, Frame, Split } from './model.js';
import { resolveFields } from './resolve-fields.js';
import type { Resolver } from './resolver.js';
import { fixedSize, sizeOf } from './sizes.js';

const CRLF = Uint8Array.of(13, 10);
const SPLITS = [
  'length',
  'line',
  'until',
  'flag',
  'slip',
  'cobs',
  'hex',
  'fixed',
  'table',
  'json',
  'quiet',
  'custom',
] as const;
const LATER = ['escape', 'lenient', 'opaque', 'learn', 'text', 'dir', 'when', 'message'] as const;
const SPLIT_LATER = ['start', 'flag', 'shared', 'size', 'after', 'max', 'use'] as const;

export function resolveFrame(r: Resolver, node: Node, name = ''): Frame | undefined {
  const map = Mapping.known(r.source, node, 'frame', frameKeys);
  if (map === undefined) return undefined;
  for (const key of LATER) {
    if (map.has(key))
      r.source.error('UNSUPPORTED', map.at(key), `"${key}" of a frame is not supported by this version`);
  }
  const split = resolveSplit(r, map);
  const filters = resolveFilters(r, map);
  const emit = map.bytes('emit') ?? CRLF;
  if (split === undefined) return undefined;
  if (split.by === 'line') {
    if (map.has('layout'))
      r.source.error('UNSUPPORTED', map.at('layout'), 'a layout in lines is not supported by this version');
    checkEmit(r, map, emit);
    return { name, dir: 'both', when: {}, split, filters, emit, layout: [] };
  }
  if (filters.length > 0) r.source.error('BAD_VALUE', map.at('filter'), 'filters are for lines of text');
  const layoutNode = map.at('layout');
  if (layoutNode === undefined) {
    map.missing('layout', 'split by length finds the size in it');
    return undefined;
  }
  const layoutMap = Mapping.of(r.source, layoutNode, 'layout', 'element');
  const layout = layoutMap === undefined ? undefined : resolveFields(r, layoutMap, 'Frame', []);
  if (layout === undefined) return undefined;
  if (!checkLayout(r, layout, split, map)) return undefined;
  const pick = resolvePick(r, map, layout);
  return { name, dir: 'both', when: {}, split, filters, emit, layout, ...(pick === undefined ? {} : { pick }) };
}

function resolveSplit(r: Resolver, frame: Mapping): Split | undefined {
  if (!frame.has('split')) {
    frame.missing('split', 'split: { by: length }');
    return undefined;
  }
  const map = Mapping.known(r.source, frame.at('split'), 'split', splitKeys);
  const by = map?.choice('by', SPLITS);
  if (map === undefined) return undefined;
  if (!map.has('by')) map.missing('by', SPLITS.join(', '));
  for (const key of SPLIT_LATER) {
    if (map.has(key))
      r.source.error('UNSUPPORTED', map.at(key), `"${key}" of a split is not supported by this version`);
  }
  if (by === 'line') {
    if (map.has('end')) map.choice('end', ['any'] as const);
    if (map.has('overflow')) map.choice('overflow', ['discard'] as const);
    return { by, skipEmpty: map.has('empty') && map.choice('empty', ['skip'] as const) === 'skip' };
  }
  if (by === 'length') {
    const confirm = map.text('confirm');
    const rescue = map.text('rescue');
    return { by, ...(confirm === undefined ? {} : { confirm }), ...(rescue === undefined ? {} : { rescue }) };
  }
  if (by !== undefined) r.source.error('UNSUPPORTED', map.at('by'), `split by ${by} is not supported by this version`);
  return undefined;
}

function resolveFilters(r: Resolver, map: Mapping): Frame['filters'] {
  if (!map.has('filter')) return [];
  const out: ('telnet-iac' | 'backspace')[] = [];
  for (const name of readNames(r.source, map.at('filter'), 'filter')) {
    if (name === 'telnet-iac' || name === 'backspace') out.push(name);
    else r.source.error('BAD_VALUE', map.at('filter'), `unknown filter "${name}"`, 'telnet-iac or backspace');
  }
  return out;
}

function checkEmit(r: Resolver, map: Mapping, emit: Uint8Array): void {
  const text = String.fromCharCode(...emit);
  if (!['\n', '\r\n', '\r'].includes(text))
    r.source.error('BAD_VALUE', map.at('emit'), 'emit must be a line end', '"0d 0a", "0a" or "0d"');
}

/** Everything that cutting, checking and encoding rely on. */
function checkLayout(r: Resolver, layout: readonly Field[], split: Split, frame: Mapping): boolean {
  const at = (name: string): Field | undefined => layout.find(f => f.name === name);
  const bodies = layout.filter(f => f.type.kind === 'body');
  if (bodies.length !== 1) {
    r.source.error(
      'SHAPE',
      frame.at('layout'),
      `the layout has ${bodies.length === 0 ? 'no' : 'more than one'} body`,
      'body: body',
    );
    return false;
  }
  const bodyIndex = layout.indexOf(bodies[0]!);
  const sizes = layout.filter(f => f.covers !== undefined);
  const size = sizes[0];
  if (size === undefined || sizes.length > 1) {
    r.source.error(
      'SHAPE',
      frame.at('layout'),
      'split by length needs one element with "covers"',
      'size: { type: u16, covers: id..crc }',
    );
    return false;
  }
  let good = true;
  const bad = (field: Field, code: 'UNSUPPORTED' | 'VARIABLE_BEFORE_SIZE', text: string, hint?: string): void => {
    r.source.error(code, field.place, text, hint);
    good = false;
  };
  for (const field of layout) {
    if (field.when !== undefined) bad(field, 'UNSUPPORTED', `"if" in a layout is not supported by this version`);
  }
  const sizeIndex = layout.indexOf(size);
  for (const [i, field] of layout.entries()) {
    const { kind } = field.type;
    const variable = fixedSize(field.type) === undefined;
    if (i < sizeIndex && (variable || i >= bodyIndex)) {
      const text = `split by length, but "${size.name}" stands after "${field.name}", whose size is not known`;
      bad(size, 'VARIABLE_BEFORE_SIZE', text, `move "${size.name}" before "${field.name}"`);
    } else if (variable && i !== sizeIndex && kind !== 'body') {
      bad(field, 'UNSUPPORTED', `"${field.name}" has no fixed size, which this version needs in a layout`);
    }
  }
  if (!good) return false;
  good = checkRange(r, size, 'covers', size.covers!.from, size.covers!.to, layout) && good;
  if (good) good = checkSizeWidth(r, layout, size);
  for (const field of layout) {
    if (field.type.kind !== 'check') continue;
    const { from, to } = field.type.over;
    if (!checkRange(r, field, 'over', from, to, layout)) good = false;
    else if (between(layout, from, to).includes(field)) {
      const before = layout[layout.indexOf(field) - 1]?.name ?? '';
      r.source.error('SELF_CHECK', field.place, `${field.name} covers itself`, `end the range at "${before}"`);
      good = false;
    }
  }
  if (split.by === 'length') {
    for (const name of [split.confirm, split.rescue]) {
      if (name === undefined) continue;
      const element = at(name);
      if (element?.type.kind === 'magic' && layout.at(-1) === element) continue;
      r.source.error(
        'UNKNOWN_NAME',
        frame.at('split'),
        `confirm and rescue name the last marker of the layout, not "${name}"`,
      );
      good = false;
    }
  }
  const id = layout.find(f => f.role === 'id');
  if (id === undefined || id.type.kind !== 'int' || layout.indexOf(id) > bodyIndex || id.type.bytes > 4) {
    r.source.error(
      'SHAPE',
      id?.place ?? frame.at('layout'),
      'the layout needs a number with role: id before the body',
      'id: { type: u8, role: id }',
    );
    good = false;
  }
  for (const field of layout) {
    if (field.type.kind !== 'case') continue;
    const on = at(field.type.on);
    const forms = on?.type.kind === 'magic' ? on.type.forms.map(f => f.name) : [];
    const arms = field.type.arms.map(a => a.name);
    if (forms.length > 0 && forms.every(f => arms.includes(f)) && arms.every(a => forms.includes(a))) continue;
    r.source.error(
      'UNKNOWN_NAME',
      field.place,
      `the cases of "${field.name}" are not the forms of "${field.type.on}"`,
      forms.join(', '),
    );
    good = false;
  }
  return good;
}

function checkSizeWidth(r: Resolver, layout: readonly Field[], size: Field): boolean {
  const { from, to } = size.covers!;
  const sizeIndex = layout.indexOf(size);
  if (between(layout, from, to).some(f => layout.indexOf(f) === sizeIndex && f.type.kind !== 'int')) {
    r.source.error('UNSUPPORTED', size.place, `"${size.name}" can cover itself only where its width is fixed`);
    return false;
  }
  const max = sizeOf(size.type).max;
  const top = size.type.kind === 'varint' ? 128 ** size.type.max - 1 : 256 ** max - 1;
  const covered = between(layout, from, to);
  const outside = layout.filter(f => !covered.includes(f)).reduce((n, f) => n + sizeOf(f.type).min, 0);
  const most = r.limits.frame - outside;
  if (top < most) {
    const unit = size.type.kind === 'varint' ? `varint of ${size.type.max} bytes` : `u${max * 8}`;
    r.source.error(
      'SIZE_WIDTH',
      size.place,
      `${size.name}: ${unit} counts to ${top}, but ${from}..${to} can be ${most} (limits.frame)`,
      `limits: { frame: ${top + outside} }, or a wider size`,
    );
    return false;
  }
  return true;
}

/** The elements of a range, both ends included. */
export function between(layout: readonly Field[], from: string, to: string): Field[] {
  const names = layout.map(f => f.name);
  return layout.slice(names.indexOf(from), names.indexOf(to) + 1);
}

function resolvePick(r: Resolver, map: Mapping, layout: readonly Field[]): Frame['pick'] {
  const alternatives = layout.filter(f => f.type.kind === 'magic' && f.type.forms.length > 1);
  if (!map.has('pick')) {
    const first = alternatives[0];
    if (first !== undefined)
      r.source.error(
        'NOT_INVERTIBLE',
        first.place,
        `cannot encode "${first.name}": nothing tells which marker to take`,
        `pick: { ${first.name}: "size(body) > 250 ? long : short" }`,
      );
    return undefined;
  }
  const pick = Mapping.of(r.source, map.at('pick'), 'pick');
  const entry = pick?.entries()[0];
  if (pick === undefined || entry === undefined) return undefined;
  if (!alternatives.some(f => f.name === entry.key)) {
    r.unknownName(
      entry.place,
      'alternative marker',
      entry.key,
      alternatives.map(f => f.name),
    );
    return undefined;
  }
  const expr = pick.expression(entry.key);
  return expr === undefined ? undefined : { element: entry.key, expr };
}
