/** Every name in an expression must be an element that is decoded before; `negative` may look ahead. */
import { type Expr, namesIn } from '../schema/expression.js';
import { nearest } from '../schema/suggest.js';
import type { Field, Size } from './model.js';
import type { Resolver } from './resolver.js';

export function checkScope(r: Resolver, fields: readonly Field[], outer: readonly Field[]): void {
  fields.forEach((field, i) => {
    const earlier = fields.slice(0, i);
    const later = fields.slice(i);
    if (field.when !== undefined) checkNames(r, field, 'if', field.when, earlier, later, outer);
    if (field.when !== undefined && field.when.kind !== 'call' && callsMore(field.when)) {
      const text = 'more() with other conditions is not supported by this version';
      r.source.error('UNSUPPORTED', field.place, `if: ${text}`, 'if: more(n) alone');
    }
    const size = sizeExpression(field);
    if (size !== undefined) checkNames(r, field, 'size', size, earlier, later, outer);
    if (field.negative !== undefined) checkSign(r, field, fields);
    const auto = field.auto;
    if (auto?.kind === 'size') checkRange(r, field, 'auto', auto.range.from, auto.range.to, fields);
    const counted = auto?.kind === 'count' ? fields.find(f => f.name === auto.of) : undefined;
    if (auto?.kind === 'count' && counted !== undefined && counted.type.kind !== 'list')
      r.source.error('BAD_VALUE', field.place, `auto: "${auto.of}" is no list, so it has no count`);
    if (auto?.kind === 'count' && counted === undefined) {
      r.unknownName(
        field.place,
        'list',
        auto.of,
        fields.map(f => f.name),
      );
    }
  });
  checkInvertible(r, fields);
}

function callsMore(e: Expr): boolean {
  switch (e.kind) {
    case 'call':
      return e.name === 'more';
    case 'unary':
      return callsMore(e.of);
    case 'binary':
      return callsMore(e.left) || callsMore(e.right);
    case 'choice':
      return callsMore(e.test) || callsMore(e.yes) || callsMore(e.no);
    default:
      return false;
  }
}

function sizeExpression(field: Field): Expr | undefined {
  const type = field.type;
  const size: Size | undefined = 'size' in type ? type.size : undefined;
  return size?.kind === 'expr' ? size.expr : undefined;
}

function checkNames(
  r: Resolver,
  field: Field,
  what: string,
  expr: Expr,
  earlier: readonly Field[],
  later: readonly Field[],
  outer: readonly Field[],
): void {
  if (callsSize(expr)) {
    r.source.error('UNSUPPORTED', field.place, `${what}: size() is not supported here by this version`);
    return;
  }
  for (const path of namesIn(expr)) {
    const [head, ...rest] = path;
    const found = earlier.find(f => f.name === head);
    if (found !== undefined) {
      if (rest.length > 0) checkPart(r, field, what, found, path);
      continue;
    }
    if (r.enums.has(head!)) continue;
    const ahead = later.find(f => f.name === head);
    if (ahead !== undefined) {
      const place = r.source.lineColumn(ahead.place);
      r.source.error('LATE_NAME', field.place, `${what}: uses "${head}", which is decoded later (${place})`);
    } else if (head === 'request' || head === 'conn' || outer.some(f => f.name === head)) {
      r.source.error('UNSUPPORTED', field.place, `${what}: "${path.join('.')}" is not supported by this version`);
    } else
      r.unknownName(
        field.place,
        `name in ${what}:`,
        path.join('.'),
        earlier.map(f => f.name),
      );
  }
}

function callsSize(e: Expr): boolean {
  switch (e.kind) {
    case 'call':
      return e.name === 'size' || e.args.some(callsSize);
    case 'unary':
      return callsSize(e.of);
    case 'binary':
      return callsSize(e.left) || callsSize(e.right);
    case 'choice':
      return callsSize(e.test) || callsSize(e.yes) || callsSize(e.no);
    default:
      return false;
  }
}

function checkPart(r: Resolver, field: Field, what: string, found: Field, path: readonly string[]): void {
  const parts =
    found.type.kind === 'bits'
      ? found.type.bits.map(b => b.name)
      : found.type.kind === 'flags'
        ? found.type.set.bits.map(b => b.name)
        : [];
  if (path.length === 2 && parts.includes(path[1]!)) return;
  const near = nearest(path[1]!, parts);
  r.source.error(
    'UNKNOWN_NAME',
    field.place,
    `${what}: "${found.name}" has no "${path[1]}"`,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}

function checkSign(r: Resolver, field: Field, fields: readonly Field[]): void {
  const { field: name, bit } = field.negative!;
  const found = fields.find(f => f.name === name);
  if (found === undefined)
    r.unknownName(
      field.place,
      'name in negative:',
      name,
      fields.map(f => f.name),
    );
  else if (found.type.kind !== 'bits' || !found.type.bits.some(b => b.name === bit && b.width === 1)) {
    r.source.error('UNKNOWN_NAME', field.place, `negative: "${name}.${bit}" is no single bit`);
  }
}

/** Both ends of a range must be elements, in order. */
export function checkRange(
  r: Resolver,
  field: Field,
  key: string,
  from: string,
  to: string,
  fields: readonly Field[],
): boolean {
  const names = fields.map(f => f.name);
  for (const end of [from, to]) {
    if (names.includes(end)) continue;
    r.source.error('BAD_RANGE', field.place, `${key}: "${from}..${to}": no element "${end}"`, nearest(end, names));
    return false;
  }
  if (names.indexOf(from) <= names.indexOf(to)) return true;
  r.source.error('BAD_RANGE', field.place, `${key}: "${from}..${to}" runs backwards`, `${to}..${from}`);
  return false;
}

/** A number that tells the size of other data must be computed when encoding: given by hand, it could be wrong. */
function checkInvertible(r: Resolver, fields: readonly Field[]): void {
  for (const field of fields) {
    if (field.type.kind === 'bits' && field.auto !== undefined && field.auto.kind !== 'present') {
      r.source.error('UNSUPPORTED', field.place, `auto of a bit number must be "present"`);
    }
    const size = sizeExpression(field);
    if (size === undefined) continue;
    for (const [name] of namesIn(size)) {
      const teller = fields.find(f => f.name === name);
      if (teller === undefined || teller.auto !== undefined || teller.constant !== undefined) continue;
      const hint = field.type.kind === 'list' ? `auto: count(${field.name})` : `auto: size(${field.name})`;
      r.source.error('NOT_INVERTIBLE', teller.place, `cannot encode "${name}": nothing tells its value`, hint);
    }
  }
}
