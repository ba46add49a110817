/** Numbers whose bits are fields: `bits: u16` with `fields: { name: width }`, in text `bits: hexint(4)`. */
import type { YAMLMap } from 'yaml';
import { rangeNamed } from '../schema/expression.js';
import { kindOf, Mapping, scalarText } from '../schema/mapping.js';
import { isMap, isScalar } from '../schema/source.js';
import type { Bit, BitAuto, BitsType } from './model.js';
import { isName } from './names.js';
import { resolveWritten } from './resolve-text-type.js';
import { intType } from './resolve-type.js';
import type { Resolver } from './resolver.js';

/** Bits of a number of bytes. */
export function resolveBits(r: Resolver, map: Mapping): BitsType | undefined {
  const wordNode = map.at('bits');
  const word = intType(scalarText(wordNode) ?? '', r.endian);
  if (word === undefined || word.signed || word.bytes > 4) {
    const hint = 'bits: u16, fields: { name: 3, spare: 13 }';
    r.source.error('BAD_TYPE', wordNode, `bits must be u8, u16, u24 or u32, got ${kindOf(wordNode)}`, hint);
    return undefined;
  }
  const bits = bitFields(r, map, word.bytes * 8, word.bytes < 4 ? `u${word.bytes * 8 + 8}` : undefined);
  return bits === undefined ? undefined : { kind: 'bits', word, bits };
}

/** Digits of numbers whose bits can be told apart. */
const MOST_DIGITS = 8;

/** Bits of a number in hexadecimal digits. */
export function resolveWrittenBits(r: Resolver, map: Mapping): BitsType | undefined {
  const wordNode = map.at('bits');
  const inBytes = intType(scalarText(wordNode) ?? '', r.endian);
  if (inBytes !== undefined) {
    const text = `bits: ${scalarText(wordNode)} is for bytes, and this is text`;
    r.source.error(
      'BAD_TYPE',
      wordNode,
      text,
      `bits: hexint(${Math.min(MOST_DIGITS, inBytes.bytes * 2)}), a digit for four bits`,
    );
    return undefined;
  }
  const spelled = resolveWritten(r, wordNode);
  if (spelled === undefined) return undefined;
  if (spelled.kind !== 'hexint' || spelled.digits === 0 || spelled.digits > MOST_DIGITS) {
    const text = `bits in text must be hexint(1) to hexint(${MOST_DIGITS}), got ${kindOf(wordNode)}`;
    r.source.error('BAD_TYPE', wordNode, text, 'bits: hexint(4), fields: { name: 3, spare: 13 }');
    return undefined;
  }
  const { digits } = spelled;
  const bits = bitFields(r, map, digits * 4, digits < MOST_DIGITS ? `hexint(${digits + 1})` : undefined);
  if (bits === undefined) return undefined;
  const word = { kind: 'int', bytes: Math.ceil(digits / 2), signed: false, endian: 'big', bigint: false } as const;
  return { kind: 'bits', word, bits, spelled };
}

/** @param total bits of the number @param wider a type with more of them */
function bitFields(r: Resolver, map: Mapping, total: number, wider: string | undefined): Bit[] | undefined {
  if (!map.has('fields')) {
    map.missing('fields', `fields: { spare: ${total} }`);
    return undefined;
  }
  const fields = Mapping.of(
    r.source,
    map.at('fields'),
    `bits of ${map.label}`,
    'bit field',
    'name: how many bits, first is highest',
  );
  if (fields === undefined) return undefined;
  const lowFirst = map.flag('lsb');
  const autos = isMap(map.at('auto')) ? bitAutos(r, map) : new Map<string, BitAuto>();
  const bits: Bit[] = [];
  let used = 0;
  let whole = true;
  for (const { key, place, value } of fields.entries()) {
    const width = isScalar(value) && typeof value.value === 'number' ? value.value : undefined;
    if (width === undefined || !Number.isInteger(width) || width < 1 || width > 32) {
      const what = width === undefined ? `must have a number of bits, got ${kindOf(value)}` : `cannot be ${width} wide`;
      r.source.error(
        width === undefined ? 'SHAPE' : 'BAD_VALUE',
        value ?? place,
        `bit field "${key}" ${what}`,
        `${key}: 1, to 32; first is highest`,
      );
      whole = false;
      continue;
    }
    if (/^_+\d*$/.test(key))
      r.source.error('BAD_NAME', place, `"${key}" cannot be a name`, `bits that mean nothing are spare: ${width}`);
    else if (!isName(key)) r.badName(place, key);
    else if (UNUSED.test(key)) {
      const text = `"${key}" is a member of the value like all others, which an encoder must be given`;
      r.source.warning('UNUSED_BITS', place, text, `bits that mean nothing are spare: ${width}`);
    }
    const auto = autos.get(key);
    const shift = lowFirst ? used : total - used - width;
    bits.push({ name: key, width, shift, spare: isSpare(key), ...(auto === undefined ? {} : { auto }) });
    autos.delete(key);
    used += width;
  }
  if (!whole) return undefined;
  if (used !== total) {
    const hint = used < total ? spareHint(total - used, bits) : tooWide(used - total, bits, wider);
    r.source.error(
      'BITS_FILL',
      map.at('bits'),
      `bits: ${scalarText(map.at('bits'))} needs ${total} bits, fields give ${used}`,
      hint,
    );
    return undefined;
  }
  for (const name of autos.keys())
    r.unknownName(
      map.at('auto'),
      'bit field',
      name,
      bits.map(b => b.name),
    );
  return bits;
}

/** What manuals call bits without a meaning. */
const UNUSED = /^(?:reserved|unused|not_?used|rsvd?|rfu|undefined|undef)_?\d*$/i;

/** Bits without a meaning; a second run of them in one number needs a name of its own: `spare2`. */
const isSpare = (name: string): boolean => /^spare\d*$/.test(name);

/** What is left belongs to nobody: at the low end, or to what is spare already. */
function spareHint(left: number, bits: readonly Bit[]): string {
  const spare = bits.find(b => b.spare);
  return spare === undefined
    ? `spare: ${left}`
    : `${spare.name}: ${spare.width + left}, or spare${bits.filter(b => b.spare).length + 1}: ${left}`;
}

function tooWide(excess: number, bits: readonly Bit[], next: string | undefined): string {
  const spare = bits.find(b => b.spare && b.width >= excess);
  const wider = next === undefined ? '' : `, or bits: ${next}`;
  if (spare === undefined) return `${excess} too many${wider}`;
  return spare.width === excess
    ? `${excess} too many: without ${spare.name}${wider}`
    : `${excess} too many: ${spare.name}: ${spare.width - excess}${wider}`;
}

/** `auto: { size: size(body), split: present(part), v2019: conn.v2019 }` of a number of bits. */
function bitAutos(r: Resolver, map: Mapping): Map<string, BitAuto> {
  const autos = new Map<string, BitAuto>();
  const of = new Mapping(r.source, map.at('auto') as YAMLMap, `auto of ${map.label}`);
  for (const { key, place } of of.entries()) {
    const expr = of.expression(key);
    const arg = expr?.kind === 'call' ? expr.args[0] : undefined;
    const range = rangeNamed(arg);
    if (expr?.kind === 'call' && expr.name === 'size' && range !== undefined)
      autos.set(key, { kind: 'size', range: r.source.keepPlace(range, of.at(key)) });
    else if (expr?.kind === 'call' && expr.name === 'present' && arg?.kind === 'name')
      autos.set(key, r.source.keepPlace({ kind: 'given', of: arg.path[0]! } as const, of.at(key)));
    else if (expr?.kind === 'name' && expr.path[0] === 'conn' && expr.path.length === 2)
      autos.set(key, { kind: 'conn', name: expr.path[1]! });
    else if (expr !== undefined)
      r.source.error(
        'UNSUPPORTED',
        place,
        `auto: cannot compute "${key}"`,
        'size(a..b), present(element) or conn.name',
      );
  }
  return autos;
}
