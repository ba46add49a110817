/** Attributes that say nothing where they stand: they would be passed over in silence, and their writer believe otherwise. */
import type { Mapping } from '../schema/mapping.js';
import type { Type } from './model.js';
import type { Resolver } from './resolver.js';

interface Rule {
  /** Whether the key means something in this field. */
  readonly fits: (map: Mapping, type: Type) => boolean;
  readonly what: string;
  readonly hint: string;
}

const RULES: Readonly<Record<string, Rule>> = {
  over: { fits: map => map.has('check'), what: 'is for a checksum', hint: 'check: crc16/modbus, over: id..body' },
  open: { fits: map => map.has('enum'), what: 'is for an enumeration', hint: 'enum: { off: 0, on: 1 }, open: true' },
  lsb: { fits: map => map.has('bits'), what: 'is for a number of bits', hint: 'bits: u8, lsb: true' },
  trim: { fits: (_, type) => type.kind === 'bcd', what: 'is for digits', hint: 'type: bcd(8), trim: left0' },
  pad: {
    fits: (_, type) => type.kind === 'text' && (type.size.kind === 'fixed' || type.size.kind === 'expr'),
    what: 'is for a text whose size is known before',
    hint: 'type: str(12), pad: "00"',
  },
  max: { fits: (_, type) => type.kind === 'varint', what: 'is for a varint', hint: 'valid: 0..100 is a range' },
};

export function checkAttributes(r: Resolver, map: Mapping, type: Type): void {
  for (const [key, { fits, what, hint }] of Object.entries(RULES))
    if (map.has(key) && !fits(map, type))
      r.source.error('BAD_VALUE', map.at(key), `${key} of ${map.label} ${what}`, hint);
}

/** What says of which kind a field is: one of them. `false` if there are two. */
export function checkOneKind(r: Resolver, map: Mapping): boolean {
  const kinds = ['bits', 'magic', 'check', 'type'].filter(key => map.has(key));
  const [first, second] = kinds;
  if (second !== undefined) {
    const hint = second !== 'type' ? `one of the two` : KIND_HINTS[first!];
    r.source.error('BAD_VALUE', map.at(second), `${map.label} has both "${first}" and "${second}"`, hint);
    return false;
  }
  if (first !== 'type' || !map.has('fields')) return true;
  const hint = 'fields of a number are bits: { bits: u8, fields: ... }; those of a group stand without "type"';
  r.source.error('BAD_VALUE', map.at('fields'), `${map.label} has both "type" and "fields"`, hint);
  return false;
}

const KIND_HINTS: Readonly<Record<string, string>> = {
  bits: 'bits: u16 says its type',
  magic: 'the bytes of a marker say its size',
  check: 'a checksum has its own width; a wider number is as: u32',
};
