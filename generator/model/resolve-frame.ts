/** The shapes of frames: how the stream is cut, and the elements around every message. */
import { type Expr, namesIn } from '../schema/expression.js';
import { frameKeys, splitKeys } from '../schema/keys.js';
import { Mapping, readNames, scalarText } from '../schema/mapping.js';
import { isMap, type Node } from '../schema/source.js';
import { checkLayout } from './check-layout.js';
import { checkFrameNames } from './check-scope.js';
import type { Dir, Field, Frame } from './model.js';
import { isName } from './names.js';
import { resolveFields } from './resolve-fields.js';
import { readEscape, readLearn, readShapeTest, readSplit } from './resolve-split.js';
import { isTextFrame, resolveTextFrame } from './resolve-text-frame.js';
import type { Resolver } from './resolver.js';

/** What an encoder writes behind a frame of bytes. */
const NOTHING = new Uint8Array();

/** `frame`, or every shape of `frames`. `undefined` where one of them is broken. */
export function resolveFrames(r: Resolver, top: Mapping): Frame[] | undefined {
  if (top.has('frame') && top.has('frames'))
    r.source.error('SHAPE', top.at('frames'), 'a schema has either "frame" or "frames"', 'move "frame" into "frames"');
  const single = top.at('frame');
  if (single !== undefined) {
    const frame = resolveFrame(r, top, single, '');
    return frame === undefined ? undefined : [frame];
  }
  if (!top.has('frames')) {
    top.missing('frame', 'frame: { split: { by: line } }');
    return undefined;
  }
  const map = Mapping.of(r.source, top.at('frames'), 'frames', 'frame');
  const frames: Frame[] = [];
  let whole = map !== undefined;
  for (const { key, place, value } of map?.entries() ?? []) {
    if (!isName(key)) r.badName(place, key);
    const frame = value === undefined ? undefined : resolveFrame(r, top, value, key);
    if (frame === undefined) whole = false;
    else frames.push(frame);
  }
  if (whole && frames.length === 0) r.source.error('SHAPE', top.at('frames'), 'frames needs at least one shape');
  return whole && frames.length > 0 ? frames : undefined;
}

function resolveFrame(r: Resolver, top: Mapping, node: Node, name: string): Frame | undefined {
  const label = name === '' ? 'frame' : `frame ${name}`;
  const map = Mapping.known(r.source, node, label, frameKeys);
  if (map === undefined) return undefined;
  const splitText = scalarText(map.at('split'));
  const example = { hint: `split: { by: ${splitText ?? 'length'} }` };
  const splitMap = map.has('split') ? Mapping.known(r.source, map.at('split'), 'split', splitKeys, example) : undefined;
  if (!map.has('split')) map.missing('split', 'split: { by: length }');
  const split = splitMap === undefined ? undefined : readSplit(r, splitMap);
  const filters = resolveFilters(r, map);
  const message = map.text('message');
  const escapes = split === undefined ? undefined : readEscape(r, map, split);
  if (split === undefined) return undefined;
  const shape = {
    name,
    dir: dirOf(map, top, message),
    when: readShapeTest(r, map),
    ...(message === undefined ? {} : { message }),
    split,
    filters,
    ...(escapes === undefined ? {} : { escape: escapes }),
    lenient: map.has('lenient') ? readNames(r.source, map.at('lenient'), 'lenient') : [],
    learn: readLearn(r, map),
  };
  if (filters.length > 0 && split.by !== 'line')
    r.source.error('BAD_VALUE', map.at('filter'), 'filters are for lines of text', 'split: { by: line }');
  if (isTextFrame(map, split) || saysText(map, top, message)) {
    const text = resolveTextFrame(r, map, split, filters);
    return text === undefined ? undefined : { ...shape, ...text };
  }
  if (map.has('spelling'))
    r.source.error('BAD_VALUE', map.at('spelling'), '"spelling" is for frames of text: bytes are kept as they are');
  const layoutNode = map.at('layout');
  if (layoutNode === undefined) {
    if (message !== undefined && split.by !== 'length') return { ...shape, emit: NOTHING, layout: [] };
    map.missing(
      'layout',
      split.by === 'length'
        ? 'split by length finds the size in it'
        : 'layout: { id: { type: u8, role: id }, body: body }, or message: the one that it carries',
    );
    return undefined;
  }
  const before = r.source.count;
  const layoutMap = Mapping.of(r.source, layoutNode, 'layout', 'element', 'id: { type: u8, role: id }, body: body');
  const layout = layoutMap === undefined ? undefined : resolveFields(r, layoutMap, 'Frame', []);
  if (layout === undefined) return undefined;
  const opaque = map.expression('opaque');
  const frame = { ...shape, emit: NOTHING, layout, ...(opaque === undefined ? {} : { opaque }) };
  if (!checkLayout(r, frame, map, r.source.count > before) || !checkFrameNames(r, frame, map)) return undefined;
  const pick = resolvePick(r, map, layout);
  return { ...frame, ...(pick === undefined ? {} : { pick }) };
}

/** The node of the message that a frame carries. */
function messageOf(map: Mapping, top: Mapping, message: string | undefined): Mapping | undefined {
  const messages = top.at('messages');
  if (!isMap(messages) || message === undefined) return undefined;
  const node = new Mapping(map.source, messages, 'messages').at(message);
  return isMap(node) ? new Mapping(map.source, node, `message ${message}`) : undefined;
}

/** The one message of the frame is a text. */
function saysText(map: Mapping, top: Mapping, message: string | undefined): boolean {
  return messageOf(map, top, message)?.has('text') === true && !map.has('layout');
}

/** Frames of one message go its way, others both ways, unless they say so. */
function dirOf(map: Mapping, top: Mapping, message: string | undefined): Dir {
  if (map.has('dir')) return map.choice('dir', ['up', 'down', 'both'] as const) ?? 'both';
  const dir = scalarText(messageOf(map, top, message)?.at('dir'));
  return dir === 'up' || dir === 'down' ? dir : 'both';
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

/** Whatever holds, what is picked is a form of the marker. */
function checkForms(r: Resolver, at: Node | undefined, marker: string, e: Expr, forms: readonly string[]): void {
  if (e.kind === 'choice') {
    for (const way of [e.yes, e.no]) checkForms(r, at, marker, way, forms);
    return;
  }
  // A name that is none of them has been told already.
  if (e.kind === 'name' && e.path[0] !== 'body') return;
  const hint = `${forms.join(' or ')}: "size(body) > 250 ? ${forms[1]} : ${forms[0]}"`;
  r.source.error('BAD_OPERAND', at, `pick: what is picked for "${marker}" is not always one of its forms`, hint);
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
  const forms = alternatives.flatMap(f => (f.name === entry.key && f.type.kind === 'magic' ? f.type.forms : []));
  const names = ['body', ...forms.map(f => f.name)];
  for (const [name] of expr === undefined ? [] : namesIn(expr))
    if (!names.includes(name!)) r.unknownName(pick.at(entry.key), 'name in pick:', name!, names);
  if (expr !== undefined) checkForms(r, pick.at(entry.key), entry.key, expr, names.slice(1));
  return expr === undefined ? undefined : { element: entry.key, expr };
}
