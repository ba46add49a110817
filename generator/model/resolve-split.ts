/** How a stream is cut, and what tells one shape of frame from another. */
import { splitHabits } from '../schema/habits.js';
import { escapeKeys, whenKeys } from '../schema/keys.js';
import { Mapping, readBytes, readNames } from '../schema/mapping.js';
import { isMap, isSeq, type Node } from '../schema/source.js';
import type { BytesAt, Frame, Split } from './model.js';
import { intValue } from './numbers.js';
import type { Resolver } from './resolver.js';

export const SPLITS = [
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

/** Options of each way to cut; every other key is refused. */
const OPTIONS: Readonly<Record<(typeof SPLITS)[number], readonly string[]>> = {
  length: ['confirm', 'rescue'],
  line: ['end', 'empty', 'overflow'],
  until: ['start', 'end', 'empty', 'overflow'],
  flag: ['flag', 'shared', 'empty'],
  slip: [],
  cobs: [],
  hex: ['end'],
  fixed: ['size'],
  table: ['sizes'],
  json: [],
  quiet: ['after', 'max'],
  custom: ['use'],
};

export function readSplit(r: Resolver, map: Mapping): Split | undefined {
  const by = map.choice('by', SPLITS, splitHabits);
  if (!map.has('by')) map.missing('by', SPLITS.join(', '));
  if (by === undefined) return undefined;
  for (const { key, place } of map.entries()) {
    if (key === 'by' || OPTIONS[by].includes(key)) continue;
    const known = OPTIONS[by].length === 0 ? 'it has no options' : `options: ${OPTIONS[by].join(', ')}`;
    r.source.error('BAD_VALUE', place, `split by ${by} has no "${key}"`, known);
  }
  const skipEmpty = map.has('empty') && map.choice('empty', ['skip'] as const) === 'skip';
  switch (by) {
    case 'length': {
      const confirm = map.text('confirm');
      const rescue = map.text('rescue');
      return { by, ...(confirm === undefined ? {} : { confirm }), ...(rescue === undefined ? {} : { rescue }) };
    }
    case 'line':
      if (map.has('end')) map.choice('end', ['any'] as const);
      if (map.has('overflow')) map.choice('overflow', ['discard'] as const);
      return { by, skipEmpty };
    case 'flag': {
      const flag = required(map, 'flag', 'flag: "7e"') ? map.bytes('flag') : undefined;
      if (flag === undefined) return undefined;
      if (flag.length !== 1)
        r.source.error('BAD_VALUE', map.at('flag'), `a flag is one byte, got ${flag.length}`, 'flag: "7e"');
      // One flag behind the other: whether the second ends an empty frame or begins one, nobody could tell.
      const shared = map.flag('shared');
      return { by, flag: flag[0] ?? 0, shared, skipEmpty: skipEmpty || shared };
    }
    case 'until': {
      const ends = required(map, 'end', 'end: "0d 0a"') ? markers(r, map.at('end')!, 'end') : [];
      const starts = map.has('start') ? markers(r, map.at('start')!, 'start') : [];
      if (map.has('overflow')) map.choice('overflow', ['discard'] as const);
      return ends.length === 0 ? undefined : { by, starts, ends, skipEmpty };
    }
    case 'hex':
      return {
        by,
        ends: map.has('end') ? markers(r, map.at('end')!, 'end') : [Uint8Array.of(13, 10), Uint8Array.of(10)],
      };
    case 'fixed': {
      const size = required(map, 'size', 'size: 4') ? intValue(r, map, 'size', 1, r.limits.frame) : undefined;
      return size === undefined ? undefined : { by, size };
    }
    case 'quiet': {
      const after = required(map, 'after', 'after: 200ms') ? map.duration('after') : undefined;
      const max = map.has('max') ? intValue(r, map, 'max', 1, r.limits.frame) : r.limits.frame;
      return after === undefined || max === undefined ? undefined : { by, after, max };
    }
    case 'table':
      return tableSplit(r, map);
    case 'custom': {
      const use = map.requiredText('use');
      return use === undefined ? undefined : { by, use };
    }
    case 'slip':
    case 'cobs':
    case 'json':
      return { by };
    default:
      r.source.error('UNSUPPORTED', map.at('by'), `split by ${by} is not supported by this version`);
      return undefined;
  }
}

function required(map: Mapping, key: string, hint: string): boolean {
  if (map.has(key)) return true;
  map.missing(key, hint);
  return false;
}

/** `sizes: { 0x01: 12, 0x02: 20 }`: bytes of a whole frame by its id. */
function tableSplit(r: Resolver, map: Mapping): Split | undefined {
  if (!required(map, 'sizes', 'sizes: { 0x01: 12 } with the bytes of a whole frame by its id')) return undefined;
  const sizes = Mapping.of(r.source, map.at('sizes'), 'sizes', 'id');
  if (sizes === undefined) return undefined;
  const all: { id: number; size: number }[] = [];
  for (const { key, place } of sizes.entries()) {
    const size = intValue(r, sizes, key, 1, r.limits.frame);
    const id = Number(key);
    if (!Number.isInteger(id) || id < 0) r.source.error('BAD_VALUE', place, `an id cannot be ${key}`, 'a whole number');
    else if (size !== undefined) all.push({ id, size });
  }
  return { by: 'table', sizes: all };
}

function markers(r: Resolver, node: Node, key: string): Uint8Array[] {
  const items = isSeq(node) ? node.items.map(i => r.source.resolve(i as Node)) : [node];
  const found = items.flatMap(item => {
    const b = item === undefined ? undefined : readBytes(r.source, item, key);
    if (b === undefined) return [];
    if (b.length > 0) return [b];
    r.source.error('BAD_BYTES', item, `${key}: a marker needs at least one byte`);
    return [];
  });
  return found;
}

/** `when: { state, is, at, not, awaiting }`. */
export function readShapeTest(r: Resolver, frame: Mapping): Frame['when'] {
  if (!frame.has('when')) return {};
  const map = Mapping.known(r.source, frame.at('when'), `when of ${frame.label}`, whenKeys);
  if (map === undefined) return {};
  const state = map.has('state') ? map.choice('state', ['new', 'open'] as const) : undefined;
  const is = map.has('is') ? bytesAt(r, map) : undefined;
  const notMap = map.has('not') ? Mapping.known(r.source, map.at('not'), `not of ${map.label}`, whenKeys) : undefined;
  const not = notMap === undefined ? undefined : bytesAt(r, notMap);
  const awaiting = map.has('awaiting') ? readNames(r.source, map.at('awaiting'), 'awaiting') : undefined;
  return {
    ...(state === undefined ? {} : { state }),
    ...(is === undefined ? {} : { is }),
    ...(not === undefined ? {} : { not }),
    ...(awaiting === undefined ? {} : { awaiting }),
  };
}

/** How many bytes a shape may look at before it must know. */
const MOST_LOOKED_AT = 16;

function bytesAt(r: Resolver, map: Mapping): BytesAt | undefined {
  const at = map.has('at') ? intValue(r, map, 'at', 0, MOST_LOOKED_AT - 1) : 0;
  if (!map.has('is')) map.missing('is', 'is: "00 00"');
  const bytes = map.bytes('is');
  if (bytes === undefined || at === undefined) return undefined;
  if (bytes.length > 0 && at + bytes.length <= MOST_LOOKED_AT) return { at, bytes };
  r.source.error('BAD_VALUE', map.at('is'), `a shape looks at the first ${MOST_LOOKED_AT} bytes, and at one at least`);
  return undefined;
}

/** `escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }`. */
export function readEscape(r: Resolver, frame: Mapping, split: Split): Frame['escape'] {
  const node = frame.at('escape');
  if (node === undefined) return undefined;
  if (split.by !== 'flag') {
    r.source.error('BAD_VALUE', node, `escape is for split by flag, not by ${split.by}`);
    return undefined;
  }
  const map = Mapping.known(r.source, node, 'escape', escapeKeys);
  if (map?.has('bad') === true) map.choice('bad', ['drop'] as const);
  const lead = map === undefined ? undefined : oneByte(r, map, 'lead');
  const pairs = map?.has('map') === true ? Mapping.of(r.source, map.at('map'), 'map of escape') : undefined;
  if (map !== undefined && !map.has('map')) map.missing('map', 'map: { "01": "7d", "02": "7e" }');
  if (lead === undefined || pairs === undefined) return undefined;
  const all: { code: number; byte: number }[] = [];
  for (const { key, place } of pairs.entries()) {
    const byte = oneByte(r, pairs, key);
    if (!/^[0-9a-fA-F]{2}$/.test(key)) r.source.error('BAD_BYTES', place, `"${key}" is no byte`, '"01": "7d"');
    else if (byte !== undefined) all.push({ code: Number.parseInt(key, 16), byte });
  }
  for (const wanted of [lead, split.flag]) {
    if (all.some(p => p.byte === wanted)) continue;
    const shown = wanted.toString(16).padStart(2, '0');
    r.source.error(
      'NOT_INVERTIBLE',
      node,
      `cannot encode the byte ${shown}: escape has no pair for it`,
      `"01": "${shown}"`,
    );
  }
  const clash = all.find(p => p.code === split.flag || p.code === lead);
  if (clash !== undefined)
    r.source.error(
      'BAD_VALUE',
      pairs.at(clash.code.toString(16).padStart(2, '0')) ?? node,
      `escape: the code ${clash.code.toString(16).padStart(2, '0')} is the ${clash.code === lead ? 'lead' : 'flag'} itself`,
      'a byte that is neither flag nor lead',
    );
  return { lead, pairs: all };
}

function oneByte(r: Resolver, map: Mapping, key: string): number | undefined {
  if (!map.has(key)) {
    map.missing(key, `${key}: "7d"`);
    return undefined;
  }
  const b = map.bytes(key);
  if (b === undefined || b.length === 1) return b?.[0];
  r.source.error('BAD_VALUE', map.at(key), `"${key}" of ${map.label} must be one byte, got ${b.length}`);
  return undefined;
}

/** `learn: { conn.v2019: attrs.v2019 }`. */
export function readLearn(r: Resolver, frame: Mapping): Frame['learn'] {
  const node = frame.at('learn');
  if (node === undefined) return [];
  if (!isMap(node)) {
    r.source.error('SHAPE', node, 'learn must be a map', 'learn: { conn.version: attrs.version }');
    return [];
  }
  const map = Mapping.of(r.source, node, 'learn');
  return (map?.entries() ?? []).flatMap(({ key, place }) => {
    const expr = map!.expression(key);
    const name = /^conn\.([A-Za-z]\w*)$/.exec(key)?.[1];
    if (name === undefined) r.source.error('BAD_NAME', place, `learn sets "conn.name", not "${key}"`, `conn.${key}`);
    return name === undefined || expr === undefined ? [] : [{ name, expr }];
  });
}
