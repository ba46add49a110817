/** Messages that come in parts. */

import { type Expr, namesIn } from '../schema/expression.js';
import { fragmentKeys, fragmentLimitKeys } from '../schema/keys.js';
import { Mapping, readExpression } from '../schema/mapping.js';
import { isSeq, type Node } from '../schema/source.js';
import { checkCalls } from './check-calls.js';
import type { Field, Fragments, Frame } from './model.js';
import { intValue } from './numbers.js';
import type { Resolver } from './resolver.js';

/** `fragments` of the whole protocol: the parts are frames, told apart by elements of the layout. */
export function resolveFragments(r: Resolver, top: Mapping, frames: readonly Frame[]): Fragments | undefined {
  const layout = frames.find(f => f.layout.some(e => e.role === 'id'))?.layout ?? [];
  return readFragments(r, top, layout, ['body']);
}

/** `fragments` of one message: a list of it grows with each part. */
export function messageFragments(
  r: Resolver,
  message: Mapping,
  frame: Frame,
  fields: readonly Field[],
): Fragments | undefined {
  const lists = fields.filter(f => f.type.kind === 'list').map(f => f.name);
  return readFragments(r, message, [...frame.layout, ...fields], lists);
}

/** @param joins what can be put together */
function readFragments(
  r: Resolver,
  owner: Mapping,
  elements: readonly Field[],
  joins: readonly string[],
): Fragments | undefined {
  const map = Mapping.known(r.source, owner.at('fragments'), 'fragments', fragmentKeys);
  if (map === undefined) return undefined;
  const known = elements.map(f => f.name);
  for (const key of ['key', 'index', 'total', 'join']) if (!map.has(key)) map.missing(key);
  const read = (node: Node | undefined, what: string): Expr | undefined => {
    const expr = node === undefined ? undefined : readExpression(r.source, node);
    for (const path of expr === undefined ? [] : namesIn(expr)) {
      if (!known.includes(path[0]!)) r.unknownName(node, `name in ${what}:`, path.join('.'), known);
    }
    return expr === undefined || checkCalls(r, node, 'fragments', expr) ? expr : undefined;
  };
  const keyNode = map.at('key');
  const items = isSeq(keyNode) ? keyNode.items.map(i => r.source.resolve(i as Node)) : [keyNode];
  const key = items.flatMap(item => read(item, 'key') ?? []);
  const index = read(map.at('index'), 'index');
  const total = read(map.at('total'), 'total');
  const when = read(map.at('when'), 'when');
  const join = map.text('join');
  if (join !== undefined && !joins.includes(join)) {
    const hint = joins.length === 0 ? 'a list of the message' : joins.join(', ');
    r.source.error('UNKNOWN_NAME', map.at('join'), `join: "${join}" is nothing that comes in parts`, hint);
  }
  const limits = readLimits(r, map);
  if (index === undefined || total === undefined || join === undefined || limits === undefined) return undefined;
  return { ...(when === undefined ? {} : { when }), key, index, total, join, limits };
}

function readLimits(r: Resolver, map: Mapping): Fragments['limits'] | undefined {
  const plain = { bytes: 256 * 1024, open: 4, ttl: 60_000 };
  if (!map.has('limits')) return plain;
  const limits = Mapping.known(r.source, map.at('limits'), 'limits of fragments', fragmentLimitKeys);
  if (limits === undefined) return undefined;
  return {
    bytes: limits.byteCount('bytes') ?? plain.bytes,
    open: (limits.has('open') ? intValue(r, limits, 'open', 1, 1000) : undefined) ?? plain.open,
    ttl: limits.duration('ttl') ?? plain.ttl,
  };
}
