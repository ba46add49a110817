/** Golden frames. Here they are only read; that they hold is checked with the codec itself. */
import { vectorKeys } from '../schema/keys.js';
import { Mapping } from '../schema/mapping.js';
import { isSeq, type Node } from '../schema/source.js';
import type { Vector } from './model.js';
import type { Resolver } from './resolver.js';

/** @param messages their names, also of those that have mistakes */
export function resolveVectors(r: Resolver, top: Mapping, messages: readonly string[]): Vector[] {
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
  messages: readonly string[],
): Vector | undefined {
  const map = Mapping.known(r.source, node, `vector ${number}`, vectorKeys);
  if (map === undefined) return undefined;
  if (!map.has('dir')) map.missing('dir', 'dir: up');
  if (!map.has('raw')) map.missing('raw', 'raw: "78 78 05 ..."');
  const dir = map.choice('dir', ['up', 'down'] as const);
  const raw = map.bytes('raw');
  const is = map.text('is');
  const bad = map.text('bad');
  if (is === undefined && bad === undefined)
    map.missing('is', 'is: the name of the message, or bad: the element that must be refused');
  if (is !== undefined && is !== 'unknown' && !messages.includes(is))
    r.unknownName(map.at('is'), 'message', is, messages);
  if (dir === undefined || raw === undefined) return undefined;
  const note = map.text('note');
  const state = map.has('state') ? map.choice('state', ['new', 'open'] as const) : undefined;
  const awaiting = map.text('awaiting');
  const data = (key: string): Record<string, unknown> | undefined =>
    map.has(key) ? Mapping.of(r.source, map.at(key), `${key} of vector ${number}`)?.node.toJSON() : undefined;
  const request = data('request');
  const conn = data('conn');
  const value = data('value');
  return {
    place: map.placeOf('raw'),
    dir,
    raw,
    ...(is === undefined ? {} : { is }),
    ...(value === undefined ? {} : { value }),
    ...(bad === undefined ? {} : { bad }),
    ...(note === undefined ? {} : { note }),
    ...(state === undefined ? {} : { state }),
    ...(awaiting === undefined ? {} : { awaiting }),
    ...(request === undefined ? {} : { request }),
    ...(conn === undefined ? {} : { conn: conn as Record<string, number> }),
  };
}
