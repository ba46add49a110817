/** Every name in an expression must be an element that is decoded before; `negative` may look ahead. */

import type { DiagnosticCode } from '../schema/diagnostics.js';
import { type Expr, namesIn, operandsOf } from '../schema/expression.js';
import type { Mapping } from '../schema/mapping.js';
import type { Node, Place } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { callsOf, checkCalls } from './check-calls.js';
import { checkKinds } from './check-kinds.js';
import type { EnumSet, Field, Frame, OuterName, Range, Size, Type } from './model.js';
import type { Resolver } from './resolver.js';

/** Where expressions of a group of fields may look beyond the group. */
export type Enclosing = readonly Field[] | 'type';

/**
 * Checks every expression of `fields`.
 * @param enclosing what stands around them; a type does not know yet, and gets the names that are left to find
 */
export function checkScope(r: Resolver, fields: readonly Field[], enclosing: Enclosing): OuterName[] {
  const outer: OuterName[] = [];
  const isLayout = fields.some(f => f.type.kind === 'body');
  fields.forEach((field, i) => {
    if (!hasExpressions(field)) return;
    const scope: Looking = {
      r,
      field,
      at: field.place,
      earlier: fields.slice(0, i),
      later: fields.slice(i),
      enclosing,
      outer,
      isLayout,
    };
    if (field.when !== undefined) checkNames(scope, 'if', field.when);
    if (field.when !== undefined && field.when.kind !== 'call' && callsIn(field.when).includes('more')) {
      const text = 'more() with other conditions is not supported by this version';
      r.source.error('UNSUPPORTED', placeOf(r, field, field.when), `if: ${text}`, 'if: more(n) alone');
    } else if (isLayout && field.when !== undefined && callsIn(field.when).includes('more')) {
      const text = 'more() is about what is left of a body, and has no meaning in a layout';
      r.source.error('UNSUPPORTED', placeOf(r, field, field.when), `if: ${text}`, 'a bit of an earlier number');
    }
    for (const size of sizeExpressions(field.type)) checkNames(scope, 'size', size);
    for (const name of outerNames(field.type)) checkPath(scope, name.what, name.path, name);
    if (field.negative !== undefined) checkSign(r, field, fields);
    checkAuto(scope, fields);
  });
  checkInvertible(r, fields);
  return outer;
}

/** Most fields have none, and are passed over. */
function hasExpressions({ type, when, negative, auto }: Field): boolean {
  if (when !== undefined || negative !== undefined || auto !== undefined) return true;
  return sizeExpressions(type).length > 0 || outerNames(type).length > 0 || type.kind === 'bits';
}

/** One field's expressions, and what they may name. */
interface Looking {
  readonly r: Resolver;
  readonly field: Field;
  /** Where the expression stands. */
  readonly at: Place;
  readonly earlier: readonly Field[];
  readonly later: readonly Field[];
  readonly enclosing: Enclosing;
  /** Names that only an enclosing scope can have. */
  readonly outer: OuterName[];
  /** The fields are the elements of a frame, of which only numbers are read before the message is known. */
  readonly isLayout: boolean;
  /** The value of the name that is looked at is needed, not only whether it is there. */
  readonly isRead?: boolean;
}

/** Where what was read for a field stands: it tells more than the field's name. */
const placeOf = (r: Resolver, field: Field, read: object): Place => r.source.placeOfRead(read) ?? field.place;

function checkAuto(scope: Looking, fields: readonly Field[]): void {
  const { r, field } = scope;
  const { auto } = field;
  const bits = field.type.kind === 'bits' ? field.type.bits.flatMap(b => b.auto ?? []) : [];
  if (auto !== undefined && auto.kind !== 'present' && !['int', 'bits'].includes(field.type.kind)) {
    r.source.error('BAD_TYPE', field.place, `auto: "${field.name}" is no whole number of a fixed size`, 'type: u16');
    return;
  }
  for (const told of auto === undefined ? bits : [auto, ...bits]) {
    const at = placeOf(r, field, told.kind === 'size' ? told.range : told.kind === 'expr' ? told.expr : told);
    if (told.kind === 'size' && told !== auto && !scope.isLayout) {
      const text = 'auto: a size in some bits of a number is for the layout of a frame';
      const { from, to } = told.range;
      const range = from === to ? from : `${from}..${to}`;
      r.source.error('UNSUPPORTED', at, text, `a number of its own: { type: u16, auto: size(${range}) }`);
    } else if (told.kind === 'size') {
      if (checkRange(r, field, 'auto', told.range, fields) && !scope.isLayout)
        checkAhead(r, at, field, told.range, fields);
    } else if (told.kind === 'expr' && scope.isLayout) checkOverLayout(r, at, 'auto', told.expr, fields);
    else if (told.kind === 'expr') checkNames({ ...scope, earlier: fields, later: [] }, 'auto', told.expr);
    else if (told.kind === 'given') {
      const { of } = told;
      if (!fields.some(f => f.name === of))
        r.unknownName(
          at,
          'element',
          of,
          fields.map(f => f.name),
        );
    } else if (told.kind === 'count') {
      const counted = fields.find(f => f.name === told.of);
      if (counted !== undefined && counted.type.kind !== 'list')
        r.source.error('BAD_VALUE', at, `auto: "${told.of}" is no list, so it has no count`);
      // The layout counts lists of messages, which are checked with them.
      if (counted === undefined && !fields.some(f => f.type.kind === 'body'))
        r.unknownName(
          at,
          'list',
          told.of,
          fields.map(f => f.name),
        );
    }
  }
}

/** A size is filled in when what it counts has been written. */
function checkAhead(r: Resolver, at: Place, field: Field, { to }: Range, fields: readonly Field[]): void {
  const last = fields.findIndex(f => f.name === to);
  // What takes its size from here is told so.
  const { type } = fields[last]!;
  const isAsked =
    'size' in type && type.size.kind === 'expr' && namesIn(type.size.expr).some(([n]) => n === field.name);
  if (isAsked || last >= fields.indexOf(field)) return;
  const text = `auto: "${field.name}" stands behind what it counts`;
  r.source.error('UNSUPPORTED', at, text, 'a size in front, or around all of it: auto: size(text..len)');
}

/** Expressions about the elements of a frame that stand beside its layout. */
export function checkFrameNames(r: Resolver, frame: Frame, map: Mapping): boolean {
  const names = frame.layout.map(f => f.name);
  const exprs: (readonly [string, Expr])[] = frame.learn.map(l => [`learn: conn.${l.name}`, l.expr] as const);
  if (frame.opaque !== undefined) exprs.push(['opaque', frame.opaque]);
  let good = true;
  for (const [what, expr] of exprs) {
    const at = map.at(what === 'opaque' ? 'opaque' : 'learn');
    if (!checkOverLayout(r, at, what, expr, frame.layout)) good = false;
  }
  for (const element of frame.lenient) {
    const [head, part] = element.split('.');
    const found = frame.layout.find(f => f.name === head);
    if (found !== undefined && (part === undefined || partsOf(found).includes(part))) continue;
    if (found === undefined) r.unknownName(map.at('lenient'), 'name in lenient:', element, names);
    else r.source.error('UNKNOWN_NAME', map.at('lenient'), `lenient: "${head}" has no "${part}"`);
    good = false;
  }
  return good;
}

/** An expression about a frame as such: it may name numbers of the layout, bits of them, and enumerations. */
export function checkOverLayout(
  r: Resolver,
  at: Node | Place | undefined,
  what: string,
  expr: Expr,
  layout: readonly Field[],
): boolean {
  let good = true;
  const wrong = (code: DiagnosticCode, text: string, hint?: string): void => {
    r.source.error(code, at, `${what}: ${text}`, hint);
    good = false;
  };
  const call = callsIn(expr).find(c => c !== 'present');
  if (call !== undefined)
    wrong('UNSUPPORTED', `${call}() has no meaning for the elements of a frame`, 'present(element)');
  const setOf = (name: string): EnumSet | undefined => layout.find(f => f.name === name)?.enum?.set;
  for (const path of namesBesideMembers(expr, setOf)) {
    const found = layout.find(f => f.name === path[0]);
    if (found === undefined && r.enums.has(path[0]!)) continue;
    if (found === undefined) {
      const near = nearest(
        path[0]!,
        layout.map(f => f.name),
      );
      wrong(
        'UNKNOWN_NAME',
        `the layout has no element "${path[0]}"`,
        near === undefined ? undefined : `did you mean "${near}"?`,
      );
    } else if (isRead(expr, path) && !isNumber(found, path)) wrong('UNSUPPORTED', notANumber(found, path));
  }
  return good;
}

/** A rule may name fields, numbers of the layout, the request and what the connection has learnt. */
export function checkRule(
  r: Resolver,
  at: Node,
  rule: Expr,
  fields: readonly Field[],
  layout: readonly Field[],
): boolean {
  if (!checkCalls(r, at, 'rules', rule)) return false;
  const known = [...fields, ...layout];
  const setOf = (name: string): EnumSet | undefined => known.find(f => f.name === name)?.enum?.set;
  let good = true;
  for (const path of namesBesideMembers(rule, setOf)) {
    const [head, part] = path;
    const field = fields.find(f => f.name === head);
    const element = layout.find(f => f.name === head);
    if (field !== undefined) {
      if (part === undefined || (field.type.kind !== 'struct' && partsOf(field).includes(part))) continue;
      r.source.error('UNKNOWN_NAME', at, `rules: "${head}" has no "${part}"`);
    } else if (element !== undefined) {
      if (!isRead(rule, path) || isNumber(element, path)) continue;
      r.source.error('UNSUPPORTED', at, `rules: ${notANumber(element, path)}`);
    } else if (r.enums.has(head!) || ((head === 'request' || head === 'conn') && path.length === 2)) continue;
    else
      r.unknownName(
        at,
        'name in rules:',
        path.join('.'),
        known.map(f => f.name),
      );
    good = false;
  }
  return good && checkKinds(r, at, 'rules', rule, name => known.find(f => f.name === name));
}

/** Whether the value of a name is needed: `present(name)` does without. */
function isRead(e: Expr, path: readonly string[]): boolean {
  if (e.kind === 'name') return e.path.join('.') === path.join('.');
  return !(e.kind === 'call' && e.name === 'present') && operandsOf(e).some(x => isRead(x, path));
}

/** What an element says as a number before the message is known. */
function isNumber({ type, role }: Field, [, part, ...more]: readonly string[]): boolean {
  if (more.length > 0) return false;
  if (type.kind === 'struct') return type.struct.fields.some(f => f.name === part && f.type.kind === 'int');
  if (type.kind === 'bits') return part === undefined || type.bits.some(b => b.name === part);
  if (type.kind === 'flags') return type.set.bits.some(b => b.name === part);
  if (part !== undefined) return false;
  return ['int', 'bool', 'case'].includes(type.kind) || (type.kind === 'varint' && role === 'id');
}

function notANumber(found: Field, path: readonly string[]): string {
  const parts = partsOf(found);
  if (parts.length > 0) return `"${path.join('.')}" is not one of ${parts.map(p => `${found.name}.${p}`).join(', ')}`;
  return `"${path.join('.')}" is no whole number`;
}

function partsOf({ type }: Field): string[] {
  if (type.kind === 'bits') return type.bits.map(b => b.name);
  if (type.kind === 'flags') return type.set.bits.map(b => b.name);
  return type.kind === 'struct' ? type.struct.fields.filter(f => f.type.kind === 'int').map(f => f.name) : [];
}

const callsIn = (e: Expr): string[] => callsOf(e).map(c => c.name);

/** Expressions that say how much of something there is, however deep it stands. */
export function sizeExpressions(type: Type): Expr[] {
  const size: Size | undefined = 'size' in type && typeof type.size === 'object' ? (type.size as Size) : undefined;
  const own = size?.kind === 'expr' ? [size.expr] : [];
  if (type.kind === 'list') return [...own, ...sizeExpressions(type.item)];
  return type.kind === 'sized' ? sizeExpressions(type.type) : own;
}

/** What the readers of these types must be given. */
export function outerNames(type: Type): readonly OuterName[] {
  switch (type.kind) {
    case 'list':
      return outerNames(type.item);
    case 'sized':
      return outerNames(type.type);
    case 'struct':
    case 'tlv':
      return type.struct.outer;
    default:
      return [];
  }
}

/** Names in `what: expr` of a field that nothing earlier has. */
function checkNames(looking: Looking, what: 'if' | 'size' | 'auto', expr: Expr): void {
  const { r, field, earlier } = looking;
  const at = placeOf(r, field, expr);
  const scope = { ...looking, at };
  if (!checkCalls(r, at, what, expr) || !checkAsked(scope, what, expr)) return;
  const fieldAt = (name: string): Field | undefined =>
    earlier.find(f => f.name === name) ??
    (scope.enclosing === 'type' ? undefined : scope.enclosing.find(f => f.name === name));
  for (const path of namesBesideMembers(expr, name => fieldAt(name)?.enum?.set))
    checkPath({ ...scope, isRead: isRead(expr, path) }, what, path);
  if (!scope.isLayout) checkKinds(r, at, what, expr, name => earlier.find(f => f.name === name));
  checkSettled(scope, what, expr);
}

/** A number whose sign stands elsewhere is known when that has been read. */
function checkSettled({ r, at, earlier }: Looking, what: string, expr: Expr): void {
  for (const [name] of namesIn(expr)) {
    const found = earlier.find(f => f.name === name);
    if (found?.negative === undefined) continue;
    const { field: sign, bit } = found.negative;
    const text = `${what}: uses "${name}", whose sign "${sign}.${bit}" is put to it when all has been read`;
    r.source.error('LATE_NAME', at, text, 'rules can ask for it');
    return;
  }
}

/** What stands around a type is known to it as a number: how many there are, or whether it is there, is not. */
function checkAsked({ r, at, earlier, later, enclosing }: Looking, what: string, expr: Expr): boolean {
  if (enclosing !== 'type') return true;
  return callsOf(expr).every(({ name, args: [arg] }) => {
    const head = arg?.kind === 'name' ? arg.path[0]! : '';
    if (name === 'more' || [...earlier, ...later].some(f => f.name === head)) return true;
    const text = `${what}: ${name}(${head}) in a type can only be about a field of it, and "${head}" is none`;
    r.source.error('UNSUPPORTED', at, text, `a number beside "${head}", which the type can ask for by its name`);
    return false;
  });
}

function checkPath(scope: Looking, what: string, path: readonly string[], from?: OuterName): void {
  const { r, field, at, earlier, later, enclosing, outer } = scope;
  const [head, ...rest] = path;
  const found = earlier.find(f => f.name === head);
  if (found !== undefined) {
    if (from !== undefined && enclosing !== 'type' && !canBeGiven(found, path)) notGiven(scope, found, path, from);
    else if (scope.isLayout) checkElement(scope, what, found, path);
    else if (rest.length > 0) checkPart(r, at, what, found, path);
    return;
  }
  if (r.enums.has(head!)) return;
  const ahead = later.find(f => f.name === head);
  if (ahead !== undefined && from === undefined) {
    const place = r.source.lineColumn(ahead.place);
    r.source.error(
      'LATE_NAME',
      at,
      `${what}: uses "${head}", which is decoded later (${place})`,
      `move "${head}" before "${field.name}"`,
    );
    return;
  }
  if (head === 'request' || head === 'conn') {
    const allowed = head === 'request' ? what === 'size' && enclosing !== 'type' : enclosing !== 'type';
    if (!allowed || rest.length !== 1)
      r.source.error(
        'UNSUPPORTED',
        at,
        `${what}: "${path.join('.')}" is not known here`,
        head === 'request' ? 'request.x is for rules and for sizes of fields' : 'conn.x is for fields of messages',
      );
    return;
  }
  const known = from?.known ?? earlier.map(f => f.name);
  if (enclosing === 'type') {
    if (!outer.some(o => o.path.join('.') === path.join('.')))
      outer.push({ path, what, place: from?.place ?? at, known });
    return;
  }
  const around = enclosing.find(f => f.name === head);
  if (around === undefined) r.unknownName(from?.place ?? at, `name in ${what}:`, path.join('.'), known);
  else checkElement(scope, what, around, path);
}

/** Whether a type can be given this of a field around it: what expressions take for a number. */
function canBeGiven(found: Field, path: readonly string[]): boolean {
  const { type } = found;
  if (found.constant !== undefined || found.negative !== undefined) return false;
  if (path.length > 1) return type.kind !== 'struct' && isNumber(found, path);
  return (type.kind === 'int' && type.bytes <= 6) || ['varint', 'float', 'time', 'bool', 'case'].includes(type.kind);
}

function notGiven({ r }: Looking, found: Field, path: readonly string[], from: OuterName): void {
  const { constant, negative } = found;
  const known = negative === undefined ? notANumber(found, path) : `the sign of "${path[0]}" stands elsewhere`;
  const why = constant === undefined ? `${known}, so a type cannot ask for it` : `"${path[0]}" is always ${constant}`;
  r.source.error('UNSUPPORTED', from.place, `${from.what}: ${why}`);
}

/** An element of the layout can be used as far as it is a number. */
function checkElement({ r, at, isRead: reads }: Looking, what: string, found: Field, path: readonly string[]): void {
  if (path.length > 1 && !partsOf(found).includes(path[1]!)) checkPart(r, at, what, found, path);
  else if (reads !== false && !isNumber(found, path))
    r.source.error('UNSUPPORTED', at, `${what}: ${notANumber(found, path)}`);
}

/** A bare name that meets an enumeration is first its member. */
export function namesBesideMembers(
  e: Expr,
  setOf: (name: string) => EnumSet | undefined,
): readonly (readonly string[])[] {
  const inner = (x: Expr): readonly (readonly string[])[] => namesBesideMembers(x, setOf);
  switch (e.kind) {
    case 'unary':
    case 'choice':
      return operandsOf(e).flatMap(inner);
    case 'binary': {
      const isMember = (side: Expr, other: Expr): boolean =>
        side.kind === 'name' &&
        side.path.length === 1 &&
        other.kind === 'name' &&
        setOf(other.path[0]!)?.members.some(m => m.name === side.path[0]) === true;
      return [
        ...(isMember(e.left, e.right) ? [] : inner(e.left)),
        ...(isMember(e.right, e.left) ? [] : inner(e.right)),
      ];
    }
    default:
      return namesIn(e);
  }
}

function checkPart(r: Resolver, at: Place, what: string, found: Field, path: readonly string[]): void {
  const parts = found.type.kind === 'struct' ? [] : partsOf(found);
  if (path.length === 2 && parts.includes(path[1]!)) return;
  const near = nearest(path[1]!, parts);
  r.source.error(
    'UNKNOWN_NAME',
    at,
    `${what}: "${found.name}" has no "${path[1]}"`,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}

function checkSign(r: Resolver, field: Field, fields: readonly Field[]): void {
  const { field: name, bit } = field.negative!;
  const at = placeOf(r, field, field.negative!);
  const found = fields.find(f => f.name === name);
  if (found === undefined)
    r.unknownName(
      at,
      'name in negative:',
      name,
      fields.map(f => f.name),
    );
  else if (!singleBits(found).includes(bit)) {
    r.source.error('UNKNOWN_NAME', at, `negative: "${name}.${bit}" is no single bit`, signHint(found, bit));
  } else if (isBodyBetween(fields, field, found)) {
    const text = `negative: the body stands between "${field.name}" and its sign`;
    r.source.error('UNSUPPORTED', at, text, 'both before it, or both behind it');
  } else checkSigned(r, field);
}

/** A bit that could have been meant. */
function signHint(found: Field, bit: string): string | undefined {
  const { name, type } = found;
  const wide = type.kind === 'bits' ? type.bits.find(b => b.name === bit) : undefined;
  if (wide !== undefined) return `"${bit}" has ${wide.width} bits; a sign has one`;
  const bits = singleBits(found);
  if (bits.length === 0) return `${name}: { bits: u8, fields: { ${bit}: 1, spare: 7 } }`;
  return `${name} has the single bits ${bits.join(', ')}; did you mean ${name}.${nearest(bit, bits) ?? bits[0]}?`;
}

/** An encoder writes the head of a frame before it knows the tail. */
function isBodyBetween(fields: readonly Field[], a: Field, b: Field): boolean {
  const body = fields.findIndex(f => f.type.kind === 'body');
  return body >= 0 && fields.indexOf(a) < body !== fields.indexOf(b) < body;
}

/** A number whose sign stands elsewhere is a plain size. */
function checkSigned(r: Resolver, field: Field): void {
  const { type, scale, when } = field;
  const refuse = (code: DiagnosticCode, text: string, hint?: string): void =>
    r.source.error(code, placeOf(r, field, field.negative!), `negative: ${text}`, hint);
  if (type.kind !== 'int' || type.bytes > 6)
    refuse('BAD_TYPE', 'only a whole number of up to 48 bits can have its sign elsewhere', 'u32');
  else if (type.signed) refuse('BAD_TYPE', 'the number has a sign of its own', `u${type.bytes * 8}`);
  else if (scale !== undefined && scale.offset !== 0)
    refuse('UNSUPPORTED', 'with an offset, what is negative would not be clear');
  else if ((field.none ?? field.enum ?? field.constant ?? field.auto ?? field.default) !== undefined)
    refuse('UNSUPPORTED', 'not together with none, enum, const, auto or default');
  else if (when !== undefined)
    refuse('UNSUPPORTED', 'not together with if', 'a type with the number and its sign, under the if');
}

function singleBits({ type }: Field): string[] {
  if (type.kind === 'flags') return type.set.bits.map(b => b.name);
  return type.kind === 'bits' ? type.bits.filter(b => b.width === 1).map(b => b.name) : [];
}

/** Both ends of a range must be elements, in order. */
export function checkRange(r: Resolver, field: Field, key: string, range: Range, fields: readonly Field[]): boolean {
  const { from, to } = range;
  const at = placeOf(r, field, range);
  const names = fields.map(f => f.name);
  for (const end of [from, to]) {
    if (names.includes(end)) continue;
    const hint = nearest(end, names) ?? `elements: ${names.join(', ')}`;
    r.source.error('BAD_RANGE', at, `${key}: "${from}..${to}": no element "${end}"`, hint);
    return false;
  }
  if (names.indexOf(from) <= names.indexOf(to)) return true;
  r.source.error('BAD_RANGE', at, `${key}: "${from}..${to}" runs backwards`, `${to}..${from}`);
  return false;
}

/** A number that tells the size of other data must be computed when encoding: given by hand, it could be wrong. */
function checkInvertible(r: Resolver, fields: readonly Field[]): void {
  for (const field of fields) {
    if (field.type.kind === 'bits' && field.auto !== undefined && field.auto.kind !== 'present') {
      r.source.error('UNSUPPORTED', field.place, `auto of a bit number must be "present", or a map of its bits`);
    }
    if (field.auto?.kind === 'present') checkPresence(r, field, fields);
    for (const size of sizeExpressions(field.type)) {
      for (const [name, bit] of namesIn(size)) {
        const teller = fields.find(f => f.name === name);
        if (teller === undefined || bit !== undefined) continue;
        if (field.pad !== undefined && teller.auto !== undefined) {
          const text = `pad: "${field.name}" has as many bytes as it needs, because "${name}" is computed from it`;
          r.source.error('BAD_VALUE', field.place, text, 'str(12) is filled up, and str(len) is not');
          continue;
        }
        // A name of an enumeration says which form it is, not how long.
        if (teller.auto !== undefined || teller.constant !== undefined || teller.enum !== undefined) continue;
        const hint = field.type.kind === 'list' ? `auto: count(${field.name})` : `auto: size(${field.name})`;
        r.source.error('NOT_INVERTIBLE', teller.place, `cannot encode "${name}": nothing tells its value`, hint);
      }
    }
  }
}

/** With `auto: present` no bit is given by hand: one that no field asks for would be lost. */
function checkPresence(r: Resolver, mask: Field, fields: readonly Field[]): void {
  if (mask.type.kind !== 'bits') return;
  const asks = (bit: string) => (f: Field) =>
    f.when?.kind === 'name' && f.when.path.join('.') === `${mask.name}.${bit}`;
  const named = mask.type.bits.filter(b => !b.spare);
  const idle = named.find(b => !fields.some(asks(b.name)));
  if (idle === undefined) return;
  const told = named.flatMap(b => {
    const field = fields.find(asks(b.name));
    return field === undefined ? [] : [`${b.name}: present(${field.name})`];
  });
  const text = `auto: present computes all bits of "${mask.name}", but no field has if: ${mask.name}.${idle.name}`;
  const hint = told.length === 0 ? 'without auto, its bits are members of the value' : `auto: { ${told.join(', ')} }`;
  r.source.error('NOT_INVERTIBLE', mask.place, text, hint);
}
