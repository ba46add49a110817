/**
 * Which fields may be `lazy`: those whose end is known without looking into them, and that nothing else asks for. Everything
 * that says how large a frame and its parts are is decoded, and verified, at once.
 */
import { type Expr, operandsOf } from '../schema/expression.js';
import type { Mapping } from '../schema/mapping.js';
import { outerNames, sizeExpressions } from './check-scope.js';
import type { Answer, Field, Frame, Message, Struct } from './model.js';
import type { Resolver } from './resolver.js';
import { fixedSize } from './sizes.js';

/** Says why a field cannot be decoded later. */
export function checkLazy(r: Resolver, map: Mapping, field: Field): boolean {
  const reason = reasonAgainst(field);
  if (reason === undefined) return true;
  const [text, hint] = reason;
  r.source.error('BAD_VALUE', map.at('lazy'), `lazy: ${text}`, hint);
  return false;
}

type Reason = readonly [text: string, hint?: string];

function reasonAgainst(field: Field): Reason | undefined {
  const { type } = field;
  if (field.role !== undefined || field.auto !== undefined || field.constant !== undefined)
    return ['a field with a role, "auto" or "const" is needed at once'];
  if (field.bad !== 'drop') return ['when it is read, nobody is left to warn or to answer', 'without "bad"'];
  if (outerNames(type).length > 0) {
    const { path } = outerNames(type)[0]!;
    return [`its type asks for "${path.join('.')}" around it`, 'a type that knows all by itself'];
  }
  switch (type.kind) {
    case 'text':
    case 'hex':
    case 'sized':
      return undefined;
    case 'bytes':
      if (field.codec !== undefined) return undefined;
      return ['bytes are not decoded, only copied', 'view: true, which does not copy them'];
    case 'tlv':
      return undefined;
    case 'struct':
      if (fixedSize(type) !== undefined) return undefined;
      return [`only reading "${type.struct.name}" tells where it ends`, `sized(u16 ${type.struct.name})`];
    case 'list': {
      if (type.packed === true) return ['packed booleans are read at once', 'without "lazy"'];
      if (type.last !== undefined) return ['only reading the items tells which is the last', '(*) or a count'];
      if (type.size.kind === 'rest' || (fixedSize(type.item) ?? 0) > 0) return undefined;
      return ['only reading the items tells where they end', 'items of one size, or (*)'];
    }
    default:
      return ['it is for text, lists, types, and bytes with a codec', 'everything else is read at once'];
  }
}

/** What is needed to understand a message cannot be decoded later. */
export function checkLazyNames(
  r: Resolver,
  structs: readonly Struct[],
  messages: readonly Message[],
  frames: readonly Frame[],
): void {
  for (const { fields } of structs) for (const name of lazyIn(fields)) if (isAsked(fields, name)) refuse(r, name);
  for (const m of messages) {
    for (const lazy of lazyIn(m.fields)) {
      const count = countAnswered(m, lazy);
      if (isAsked(m.fields, lazy) || asks(m, messages, lazy)) refuse(r, lazy);
      else if (count !== undefined) refuse(r, lazy, `an answer asks for "${count}", which counts "${lazy.name}"`);
    }
  }
  for (const { name, place } of frames.flatMap(f => lazyIn(f.layout)))
    r.source.error('BAD_VALUE', place, `lazy: "${name}" stands in a layout, which is read at once`, 'without "lazy"');
}

const lazyIn = (fields: readonly Field[]): Field[] => fields.filter(f => f.lazy === true);

function refuse(r: Resolver, { name, place }: Field, why = `something else asks for "${name}"`): void {
  r.source.error('BAD_VALUE', place, `lazy: ${why}`, 'without "lazy"');
}

/** Whether another field needs its value: how many bytes it has, and whether it is there, is known without. */
function isAsked(fields: readonly Field[], lazy: Field): boolean {
  return fields.some(f => {
    const { auto } = f;
    // What only its own list is read by agrees with it.
    const isOwn =
      auto?.kind === 'count' && sizeExpressions(lazy.type).some(e => e.kind === 'name' && e.path[0] === f.name);
    if (auto?.kind === 'count' && auto.of === lazy.name && !isOwn) return true;
    const exprs = [...(f.when === undefined ? [] : [f.when]), ...sizeExpressions(f.type)];
    if (auto?.kind === 'expr') exprs.push(auto.expr);
    return exprs.some(e => needs(e, lazy.name)) || outerNames(f.type).some(o => o.path[0] === lazy.name);
  });
}

/** Whether the message's conversation needs its value. */
function asks(m: Message, messages: readonly Message[], { name }: Field): boolean {
  const exprs = [...m.rules, ...answered(m)];
  const { fragments } = m;
  if (fragments !== undefined) exprs.push(...fragments.key, fragments.index, fragments.total);
  const isMatched =
    m.expects?.match.some(x => x.request === name) === true ||
    messages.some(x => x.expects?.messages.includes(m.name) === true && x.expects.match.some(p => p.answer === name));
  const isCounted = m.frame.layout.some(f => f.auto?.kind === 'count' && f.auto.of === name);
  return (
    isMatched || isCounted || m.auth?.identity === name || fragments?.join === name || exprs.some(e => needs(e, name))
  );
}

/** What the answers to a message are made of. */
function answered(m: Message): Expr[] {
  const answers: (Answer | undefined)[] = [m.auth?.ok, m.auth?.fail, m.auth?.early, m.heartbeat?.reply, m.reply];
  return answers.flatMap(a => a?.with.map(w => w.expr) ?? []);
}

/** A count of the list that an answer asks for: no value has it, so the list would be counted. */
function countAnswered(m: Message, { name }: Field): string | undefined {
  const counts = m.fields.filter(f => f.auto?.kind === 'count' && f.auto.of === name);
  return counts.find(f => answered(m).some(e => needs(e, f.name)))?.name;
}

function needs(e: Expr, name: string): boolean {
  if (e.kind === 'name') return e.path[0] === name;
  if (e.kind === 'call' && (e.name === 'size' || e.name === 'present')) return false;
  return operandsOf(e).some(operand => needs(operand, name));
}
