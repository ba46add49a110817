/** Where frames are looked for by the bytes that they begin with, a frame must be able to begin with them. */

import { showBytes } from '../schema/byte-literal.js';
import { isMap, type Node } from '../schema/source.js';
import type { Field, Frame, Message, TemplatePart } from './model.js';
import type { Resolver } from './resolver.js';
import { fixedSize } from './sizes.js';

export function checkStarts(r: Resolver, messages: readonly Message[], frames: readonly Frame[]): void {
  for (const frame of frames) {
    const { split } = frame;
    if (split.by !== 'until' || split.starts.length === 0) continue;
    const [same] = split.starts.filter(start => split.ends.some(end => isStart(end, start) && isStart(start, end)));
    if (same !== undefined) {
      const what = `${showBytes(same)} cannot both begin and end a frame`;
      r.source.error('BAD_VALUE', frameNode(r, frame, 'split', 'start'), what, 'split: { by: flag, flag: "7e" }');
      continue;
    }
    const isFrame = (canBegin: (start: Uint8Array) => boolean): boolean => split.starts.some(canBegin);
    const said = split.starts.map(start => showBytes(start)).join(' or ');
    const template = frame.text?.template ?? [];
    if (frame.text === undefined && !isFrame(start => canLayoutBegin(frame.layout, start)))
      refuse(r, frame, frameNode(r, frame, 'split', 'start'), `no frame can begin with ${said}: the layout does not`);
    else if (template.length > 0 && !isFrame(start => canTextBegin(template, start)))
      refuse(r, frame, frameNode(r, frame, 'split', 'start'), `no frame can begin with ${said}: "text" does not`);
    else if (template.length === 0)
      for (const m of messages.filter(m => m.frame === frame && m.template !== undefined))
        if (!isFrame(start => canTextBegin(m.template!, start)))
          r.source.error('BAD_VALUE', m.place, `"${m.name}" does not begin with ${said}, so no frame of it is found`);
  }
}

function refuse(r: Resolver, frame: Frame, at: Node | undefined, text: string): void {
  const first = frame.layout[0]?.name ?? 'start';
  const hint =
    frame.text === undefined ? `${first}: { magic: ... }, the same bytes, in front` : 'the same characters in front';
  r.source.error('BAD_VALUE', at, text, hint);
}

/** What stands under a key of the frame. */
export function frameNode(r: Resolver, frame: Frame, ...keys: readonly string[]): Node | undefined {
  const all = r.root(frame.name === '' ? 'frame' : 'frames');
  const path = frame.name === '' ? keys : [frame.name, ...keys];
  let node: Node | undefined = all;
  for (const key of path) node = isMap(node) ? (node.get(key, true) as Node | undefined) : undefined;
  return node ?? all;
}

const isStart = (b: Uint8Array, start: Uint8Array): boolean => start.every((byte, i) => i >= b.length || b[i] === byte);

/** As far as elements of fixed size tell. */
function canLayoutBegin(layout: readonly Field[], start: Uint8Array): boolean {
  let at = 0;
  for (const field of layout) {
    const size = field.when === undefined ? fixedSize(field.type) : undefined;
    if (at >= start.length || size === undefined) return true;
    if (!canBe(field, start.subarray(at, at + size))) return false;
    at += size;
  }
  return true;
}

function canBe({ type, constant, valid }: Field, bytes: Uint8Array): boolean {
  if (type.kind === 'magic') return type.forms.some(f => isStart(f.bytes, bytes));
  if (type.kind !== 'int' || type.bytes !== bytes.length || type.bytes > 6) return true;
  const order = type.endian === 'big' ? [...bytes] : [...bytes].reverse();
  const value = order.reduce((n, byte) => n * 256 + byte, 0);
  if (constant !== undefined) return type.signed || constant === value;
  return type.signed || valid?.min === undefined || (value >= valid.min && value <= (valid.max ?? value));
}

/** As far as its first part tells. */
function canTextBegin([first]: readonly TemplatePart[], start: Uint8Array): boolean {
  if (first === undefined) return false;
  const text = new TextDecoder('latin1').decode(start);
  if ('field' in first) {
    const { among, constantText } = first.field;
    const known = constantText ?? '';
    return among === undefined ? known.startsWith(text.slice(0, known.length)) : among.includes(text[0] ?? '');
  }
  return first.literal.startsWith(text.slice(0, first.literal.length));
}
