/** What cutting, checking and encoding rely on in a layout. */
import { type DiagnosticCode, plural } from '../schema/diagnostics.js';
import { namesIn } from '../schema/expression.js';
import type { Mapping } from '../schema/mapping.js';
import { checkRange } from './check-scope.js';
import { type FrameSize, frameSizes } from './frame-size.js';
import type { Field, Frame, Size } from './model.js';
import type { Resolver } from './resolver.js';
import { fixedSize, sizeOf } from './sizes.js';

/** Types that a layout can hold before the body. */
const HEAD_KINDS = [
  'int',
  'bits',
  'flags',
  'bool',
  'float',
  'bcd',
  'text',
  'hex',
  'bytes',
  'time',
  'struct',
  'magic',
  'check',
];

type Complain = (field: Field, code: DiagnosticCode, text: string, hint?: string) => void;

const SIZES =
  'size: { type: u16, covers: id..crc }, or head: { bits: u16, fields: { spare: 6, size: 10 }, auto: { size: size(id..body) } }';

/**
 * Reports everything that is wrong with the layout of `frame`; `true` if nothing is.
 * @param told what is wrong with an element has been told: what the layout lacks may be just that
 */
export function checkLayout(r: Resolver, frame: Frame, map: Mapping, told: boolean): boolean {
  const { layout, split } = frame;
  const bodies = layout.filter(f => f.type.kind === 'body');
  if (bodies.length !== 1) {
    if (bodies.length === 0 && told) return false;
    const text = `the layout has ${bodies.length === 0 ? 'no' : 'more than one'} body`;
    const hint =
      bodies.length === 0
        ? 'body: body, where the fields of the messages stand'
        : 'fields of messages stand in one place';
    r.source.error('SHAPE', map.at('layout'), text, hint);
    return false;
  }
  const body = layout.indexOf(bodies[0]!);
  const sizes = frameSizes(frame);
  const size = sizes[0];
  if (split.by === 'length' ? size === undefined || sizes.length > 1 : sizes.length > 1) {
    if (size === undefined && told) return false;
    const text = `split by ${split.by} needs ${split.by === 'length' ? 'one' : 'at most one'} element with "covers"`;
    const [first, second] = sizes.filter(s => s.bit !== undefined).map(s => `"${s.field.name}.${s.bit!.name}"`);
    if (second !== undefined) {
      const both = `split by length needs one size, and both ${first} and ${second} are one`;
      r.source.error(
        'SHAPE',
        map.at('layout'),
        both,
        'auto: size(a..b) for the one that tells the length of the frame',
      );
    } else r.source.error('SHAPE', map.at('layout'), text, SIZES);
    return false;
  }
  let good = true;
  const complain: Complain = (field, code, text, hint) => {
    r.source.error(code, field.place, text, hint);
    good = false;
  };
  checkElements(frame, body, size, complain);
  if (!good) return false;
  if (size !== undefined) {
    // The ranges of bits are checked with all other names of the layout: here it is enough to leave.
    const { field, range } = size;
    const names = layout.map(f => f.name);
    good =
      size.bit === undefined
        ? checkRange(r, field, 'covers', range, layout)
        : names.includes(range.from) && names.indexOf(range.from) <= names.indexOf(range.to);
    if (good) good = checkSizeWidth(r, layout, size);
  }
  checkSums(r, layout, complain);
  if (split.by === 'length') {
    for (const name of [split.confirm, split.rescue]) {
      const element = layout.at(-1)!;
      if (name === undefined || (element.name === name && element.type.kind === 'magic')) continue;
      const text = `confirm and rescue name the last marker of the layout, not "${name}"`;
      r.source.error('UNKNOWN_NAME', map.at('split'), text);
      good = false;
    }
  }
  if (!told || layout.some(f => f.role === 'id')) checkId(r, frame, map, body);
  checkCases(layout, complain);
  return good;
}

/** Before the size all is fixed; what it does not count, and what stands behind the body, is too. */
function checkElements(frame: Frame, body: number, size: FrameSize | undefined, complain: Complain): void {
  const { layout, split } = frame;
  const sizeIndex = size === undefined ? -1 : layout.indexOf(size.field);
  const covered = size === undefined ? [] : between(layout, size.range.from, size.range.to);
  const called = size?.field.name ?? '';
  for (const [i, field] of layout.entries()) {
    const { type, name } = field;
    const variable = fixedSize(type) === undefined || field.when !== undefined;
    const known = HEAD_KINDS.includes(type.kind) || i === sizeIndex || type.kind === 'body' || isVarintId(field);
    const takesRest =
      'size' in type && typeof type.size === 'object' && 'kind' in type.size && type.size.kind === 'rest';
    if (i < sizeIndex && (variable || i >= body)) {
      const text = `split by length, but "${called}" stands after "${name}", whose size is not known`;
      if (split.by === 'length')
        complain(size!.field, 'VARIABLE_BEFORE_SIZE', text, `move "${called}" before "${name}"`);
    } else if (!known || takesRest || type.kind === 'list') {
      complain(
        field,
        'UNSUPPORTED',
        `"${name}": a layout cannot hold ${type.kind === 'list' ? 'a list' : `a ${type.kind}`}`,
        type.kind === 'varint' ? varintHint(field) : undefined,
      );
    } else if (field.from !== undefined) {
      const text = `"${name}" of a layout cannot take its value from a request, of which a message alone knows`;
      complain(field, 'UNSUPPORTED', text, 'role: serial here, and serial: echo in the answer');
    } else if (wrongRole(field) !== undefined) {
      complain(field, 'BAD_TYPE', `"${name}": ${wrongRole(field)}`, ROLE_HINTS[field.role!]);
    } else if (field.role !== undefined && asksConnection(field, layout)) {
      const text = `"${name}" has a role, so its "if" cannot ask what the connection has learnt`;
      complain(field, 'UNSUPPORTED', text);
    } else if (unreadable(field) !== undefined) {
      complain(field, 'UNSUPPORTED', `"${name}": ${unreadable(field)}`);
    } else if (variable && i > body) {
      complain(field, 'UNSUPPORTED', `"${name}" stands behind the body, so it needs a fixed size, without "if"`);
    } else if (
      variable &&
      i !== sizeIndex &&
      type.kind !== 'body' &&
      split.by === 'length' &&
      !covered.includes(field)
    ) {
      complain(field, 'UNSUPPORTED', `"${name}" has no fixed size, so "${called}" must cover it`);
    } else if (type.kind === 'struct' && fixedSize(type) === undefined) {
      complain(field, 'UNSUPPORTED', `"${name}": a group in a layout needs fields of fixed size`);
    }
  }
}

const ROLE_HINTS: Readonly<Record<string, string>> = {
  serial: 'serial: { type: u16, role: serial }; digits and text are fields like others, which handlers fill in',
  identity: 'imei: { type: bcd(8), role: identity, trim: left0 }',
};

/** Why an element cannot have its role: encoders count serial numbers, and connections keep identities as text. */
function wrongRole({ role, type, scale, enum: named, none, constant, auto, negative }: Field): string | undefined {
  if (role === 'serial' && type.kind !== 'int') return 'a serial number is a whole number';
  if (role === 'identity' && !['int', 'text', 'hex', 'bcd'].includes(type.kind))
    return 'an identity is a whole number, text or digits';
  const isPlain = (scale ?? named ?? none ?? constant ?? auto ?? negative) === undefined;
  if (role === 'serial' || role === 'identity')
    return isPlain ? undefined : `role: ${role} cannot stand beside scale, enum, none, const, auto or negative`;
  return undefined;
}

/** Whether an element comes and goes with a bit that an encoder may take from the connection. */
function asksConnection({ when }: Field, layout: readonly Field[]): boolean {
  return namesIn(when ?? { kind: 'number', value: 0 }).some(([name, part]) => {
    const type = layout.find(f => f.name === name)?.type;
    return type?.kind === 'bits' && type.bits.some(b => b.name === part && b.auto?.kind === 'conn');
  });
}

/** What an element of a layout cannot have: it is read without a message around it. */
function unreadable({ type, none, valid, bad }: Field): string | undefined {
  const size = 'size' in type && typeof type.size === 'object' && 'kind' in type.size ? (type.size as Size) : undefined;
  if (size?.kind === 'until') return 'a delimiter cannot end an element of a layout';
  if (size?.kind === 'prefix' && size.type.kind === 'varint')
    return 'a varint cannot tell the size of an element of a layout';
  if (type.kind === 'time' && type.form !== 'count') return 'a layout takes times that are one number: time(u32 s)';
  if (none !== undefined) return 'an element of a layout cannot have "none"';
  if (valid !== undefined && bad === 'warn') return 'bad: warn with valid: is for fields of messages; use lenient:';
  return undefined;
}

function checkSums(r: Resolver, layout: readonly Field[], complain: Complain): void {
  for (const field of layout) {
    if (field.type.kind !== 'check') continue;
    const { over } = field.type;
    const { from, to } = over;
    if (!checkRange(r, field, 'over', over, layout)) continue;
    if (!between(layout, from, to).includes(field)) continue;
    const before = layout[layout.indexOf(field) - 1]?.name ?? '';
    complain(field, 'SELF_CHECK', `${field.name} covers itself`, `end the range at "${before}"`);
  }
}

/** Bytes of the longest varint that can be an id: what has bits to compare. */
export const ID_VARINT = 4;

function isVarintId({ type, role }: Field): boolean {
  return role === 'id' && type.kind === 'varint' && !type.zigzag && type.max <= ID_VARINT;
}

function varintHint({ role }: Field): string {
  if (role === 'id') return `an id is a varint of at most ${ID_VARINT} bytes, without zigzag`;
  return 'u8: up to 127 both are the same byte; the size and the id may be varints';
}

/** Messages are told apart by a number before the body, unless the shape carries only one. */
function checkId(r: Resolver, frame: Frame, map: Mapping, body: number): void {
  const { layout } = frame;
  const id = layout.find(f => f.role === 'id');
  if (id === undefined && frame.message !== undefined) return;
  const isNumber = (id?.type.kind === 'int' && id.type.bytes <= 4) || (id !== undefined && isVarintId(id));
  if (id !== undefined && isNumber && layout.indexOf(id) < body && id.when === undefined) {
    if (id.type.kind !== 'varint' || frame.split.by !== 'table') return;
    const text = `"${id.name}" tells the size of the frame by split.sizes, so it needs a fixed width`;
    r.source.error('UNSUPPORTED', id.place, text, 'split: { by: length }, or { by: custom, use: ./split.ts }');
    return;
  }
  r.source.error(
    'SHAPE',
    id?.place ?? map.at('layout'),
    'the layout needs a number with role: id before the body',
    'id: { type: u8, role: id }; or message: name beside it, where all frames are that one message',
  );
}

function checkCases(layout: readonly Field[], complain: Complain): void {
  for (const field of layout) {
    if (field.type.kind !== 'case') continue;
    const { on, arms } = field.type;
    const marker = layout.find(f => f.name === on);
    const forms = marker?.type.kind === 'magic' ? marker.type.forms.map(f => f.name) : [];
    const names = arms.map(a => a.name);
    if (forms.length > 0 && forms.every(f => names.includes(f)) && names.every(a => forms.includes(a))) continue;
    const text = `the cases of "${field.name}" are not the forms of "${on}"`;
    complain(field, 'UNKNOWN_NAME', text, forms.join(', '));
  }
}

function checkSizeWidth(r: Resolver, layout: readonly Field[], { field, range, bit }: FrameSize): boolean {
  const { from, to } = range;
  const { type, place } = field;
  const name = bit === undefined ? field.name : `${field.name}.${bit.name}`;
  if (between(layout, from, to).includes(field) && type.kind !== 'int' && type.kind !== 'bits') {
    r.source.error('UNSUPPORTED', place, `"${name}" can cover itself only where its width is fixed`);
    return false;
  }
  const max = sizeOf(type).max;
  const top = bit !== undefined ? 2 ** bit.width - 1 : type.kind === 'varint' ? 128 ** type.max - 1 : 256 ** max - 1;
  const covered = between(layout, from, to);
  const outside = layout.filter(f => !covered.includes(f)).reduce((n, f) => n + sizeOf(f.type).min, 0);
  const most = r.limits.frame - outside;
  // Frames of this shape may be known to be shorter than those of others.
  const longest = Math.min(most, field.valid?.max ?? most);
  if (top < longest && r.limitsRead) {
    const number = type.kind === 'varint' ? `varint of ${type.max} bytes` : `u${max * 8}`;
    const unit = bit === undefined ? number : `${plural(bit.width, 'bit')} of ${field.name}`;
    r.source.error(
      'SIZE_WIDTH',
      place,
      `${name}: ${unit} counts to ${top}, but ${from}..${to} can be ${most} (limits.frame)`,
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
