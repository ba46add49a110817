/** Golden frames. Here they are only read; that they hold is checked with the codec itself. */
import { vectorKeys } from '../schema/keys.js';
import { Mapping } from '../schema/mapping.js';
import { isSeq, type Node } from '../schema/source.js';
import type { Message, Vector } from './model.js';
import type { Resolver } from './resolver.js';

const LATER = ['state', 'awaiting', 'request', 'conn'] as const;

export function resolveVectors(r: Resolver, top: Mapping, messages: readonly Message[]): Vector[] {
  const node = top.at('vectors');
  if (node === undefined) return [];
  if (!isSeq(node)) {
    r.source.error('SHAPE', node, 'vectors must be a list');
    return [];
  }
  return node.items.flatMap((item, i) => resolveVector(r, r.source.resolve(item as Node), i + 1, messages) ?? []);
}

function resolveVector(
  r: Resolver,
  node: Node | undefined,
  number: number,
  messages: readonly Message[],
): Vector | undefined {
  const map = Mapping.known(r.source, node, `vector ${number}`, vectorKeys);
  if (map === undefined) return undefined;
  for (const key of LATER) {
    if (map.has(key))
      r.source.error('UNSUPPORTED', map.at(key), `"${key}" of a vector is not supported by this version`);
  }
  if (!map.has('dir')) map.missing('dir', 'dir: up');
  if (!map.has('raw')) map.missing('raw', 'raw: "78 78 05 ..."');
  const dir = map.choice('dir', ['up', 'down'] as const);
  const raw = map.bytes('raw');
  const is = map.text('is');
  const bad = map.text('bad');
  if (is === undefined && bad === undefined)
    map.missing('is', 'is: the name of the message, or bad: the element that must be refused');
  if (is !== undefined && is !== 'unknown' && !messages.some(m => m.name === is))
    r.unknownName(
      map.at('is'),
      'message',
      is,
      messages.map(m => m.name),
    );
  if (dir === undefined || raw === undefined) return undefined;
  const value = map.has('value')
    ? Mapping.of(r.source, map.at('value'), `value of vector ${number}`)?.node.toJSON()
    : undefined;
  const note = map.text('note');
  return {
    place: map.placeOf('raw'),
    dir,
    raw,
    ...(is === undefined ? {} : { is }),
    ...(value === undefined ? {} : { value: value as Record<string, unknown> }),
    ...(bad === undefined ? {} : { bad }),
    ...(note === undefined ? {} : { note }),
  };
}
