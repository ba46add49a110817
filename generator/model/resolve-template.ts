/** Templates: `/login {name} {pass}` into literals and fields. */
import type { Node } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import type { Field, TemplatePart } from './model.js';
import type { Resolver } from './resolver.js';
import { fixedTexts } from './text-model.js';

/** @param label what the text belongs to, as an error names it: `this message` */
export function resolveTemplate(
  r: Resolver,
  node: Node | undefined,
  text: string,
  fields: readonly Field[],
  label: string,
): TemplatePart[] {
  const parts: TemplatePart[] = [];
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    if (!piece.startsWith('{')) {
      if (/[\r\n]/.test(piece)) r.source.error('BAD_VALUE', node, 'a template cannot have a line end');
      parts.push({ literal: piece });
      continue;
    }
    const name = piece.slice(1, -1);
    const field = fields.find(f => f.name === name);
    if (field !== undefined) parts.push({ field });
    else {
      const known = fields.map(f => f.name);
      const hint = nearest(name, known) ?? `fields: { ${name}: word }`;
      r.source.error('UNKNOWN_NAME', node, `the text names "${name}", which is no field of ${label}`, hint);
    }
  }
  checkNeighbours(r, node, parts);
  checkEnds(r, node, parts);
  checkRests(r, node, parts);
  for (const field of fields) {
    const times = parts.filter(p => 'field' in p && p.field === field).length;
    if (times === 1) continue;
    const where = times > 1 ? 'more than once' : 'nowhere';
    r.source.error('UNKNOWN_NAME', field.place, `field "${field.name}" stands ${where} in the text`, `{${field.name}}`);
  }
  return parts;
}

/** Whether a field says itself how many characters it takes. */
export function lengthOf({ type }: Field): number | undefined {
  if (type.kind === 'chars' && type.count !== 'rest') return type.count;
  const number = type.kind === 'flags' || type.kind === 'bits' ? type.spelled : type;
  if (number?.kind === 'hexint') return number.digits === 0 ? undefined : number.digits;
  return type.kind === 'check' ? type.algorithm.bytes * 2 : undefined;
}

function checkNeighbours(r: Resolver, node: Node | undefined, parts: readonly TemplatePart[]): void {
  parts.forEach((part, i) => {
    const before = parts[i - 1];
    if (!('field' in part) || before === undefined || !('field' in before) || lengthOf(before.field) !== undefined)
      return;
    const text = `nothing stands between "${before.field.name}" and "${part.field.name}"`;
    r.source.error('BAD_VALUE', node, text, 'put a space or another literal between them');
  });
}

/** Types of text and words of the schema end at the first of what follows them: that may not stand in them. */
function checkEnds(r: Resolver, node: Node | undefined, parts: readonly TemplatePart[]): void {
  parts.slice(0, -1).forEach((part, i) => {
    const next = parts[i + 1]!;
    if ('field' in part && 'literal' in next && i + 2 < parts.length) checkTexts(r, part.field, next.literal);
    if (i + 2 >= parts.length) return;
    if ('literal' in part || !('literal' in next) || !holdsLiteral(part.field, next.literal)) return;
    const text = `"${part.field.name}" ends at the first "${next.literal}", which stands in its type`;
    r.source.error('NOT_INVERTIBLE', node, text, 'another literal between them, or the type at the end');
  });
}

/** What a schema says that a field may be must not hold what ends it. */
export function checkTexts(r: Resolver, field: Field, end: string): void {
  if (lengthOf(field) !== undefined) return;
  const wrong = fixedTexts(field).find(text => (text + end).indexOf(end) < text.length);
  if (wrong === undefined) return;
  const text = `"${field.name}" ends at the first "${end}", so it cannot be "${wrong}"`;
  r.source.error('NOT_INVERTIBLE', field.place, text, 'other characters, or another literal behind it');
}

/** Whether a text stands between the fields of a type of text. */
export function holdsLiteral({ type }: Field, text: string): boolean {
  const template = type.kind === 'struct' || type.kind === 'degrees' ? (type.struct.text ?? []) : [];
  return template.some(part => ('literal' in part ? part.literal.includes(text) : holdsLiteral(part.field, text)));
}

function checkRests(r: Resolver, node: Node | undefined, parts: readonly TemplatePart[]): void {
  const middle = parts.filter((p, i) => 'field' in p && p.field.type.kind === 'rest' && i < parts.length - 1);
  if (middle.length < 2) return;
  const hint = 'make the others words: a rest in the middle ends at the last of what follows it';
  r.source.error('BAD_VALUE', node, 'only one rest can stand in the middle of a text', hint);
}
