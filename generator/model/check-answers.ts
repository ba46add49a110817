/** What is sent as an answer: a message that goes down, of whose fields somebody tells the values. */
import { namesIn } from '../schema/expression.js';
import type { Place } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { takesDefault } from './check-constants.js';
import { checkValueKinds } from './check-kinds.js';
import type { Answer, Field, Message } from './model.js';
import { inValue } from './resolve-message.js';
import type { Resolver } from './resolver.js';

/** @param key what names the answer: `heartbeat.reply` */
export function checkAnswer(
  r: Resolver,
  messages: readonly Message[],
  asker: Message,
  key: string,
  answer: Answer,
): void {
  const down = messages.filter(m => m.dir !== 'up');
  const found = down.find(m => m.name === answer.message);
  if (found === undefined) {
    const near = nearest(
      answer.message,
      down.map(m => m.name),
    );
    r.source.error('NO_MESSAGE', answer.place, `${key} "${answer.message}" is not a down message`, near);
    return;
  }
  const told = [...found.frame.layout, ...found.fields];
  const around = [...asker.fields, ...asker.frame.layout];
  for (const { field, expr, place } of answer.with) {
    const fields = told.map(f => f.name);
    if (!fields.includes(field)) r.unknownName(place, `field of ${found.name}`, field, fields);
    if (key === 'auth.early') continue;
    const known = around.map(f => f.name);
    if (asker.masked !== undefined) known.push(asker.masked.name);
    const members = told.find(f => f.name === field)?.enum?.set.members ?? [];
    for (const [name] of namesIn(expr)) {
      if (members.some(m => m.name === name)) continue;
      const named = around.find(f => f.name === name);
      if (!known.includes(name!) && !r.enums.has(name!))
        r.unknownName(place, `field of ${asker.name}`, name!, [...known, ...members.map(m => m.name)]);
      else if (named !== undefined && !isMember(named, asker)) {
        const text = `with ${field}: "${name}" is on the wire, but no member of ${asker.name}`;
        const hint = key === 'reply.send' ? 'what a handler can tell is given to event.reply()' : undefined;
        r.source.error('UNSUPPORTED', place, text, hint);
      }
    }
    checkValueKinds(r, place, `with ${field}`, expr, name => around.find(f => f.name === name));
  }
  // What gateways say by themselves has no handler that could add to it.
  const isAuto = key === 'reply.send' && asker.reply?.mode === 'auto';
  if (!isAuto && key !== 'auth.early' && key !== 'heartbeat.reply') return;
  const given = answer.with.map(w => w.field);
  checkWhole(r, key, answer.place, given, found, around);
}

/** Whether an answer can be told the value: what only the codec looks at is gone by then. */
function isMember(field: Field, { fields, frame }: Message): boolean {
  const { auto } = field;
  if (auto?.kind === 'count' && fields.some(f => f.name === auto.of)) return true;
  return inValue(field) || (frame.layout.includes(field) && auto?.kind === 'count');
}

/**
 * Of a message that nobody can add to, all that it must have is given, or found by the encoder.
 * @param asked what the message says that is answered
 */
export function checkWhole(
  r: Resolver,
  key: string,
  at: Place | undefined,
  given: readonly string[],
  found: Message,
  asked: readonly Field[] = [],
): void {
  const isLacking = (f: Field): boolean => isNeeded(f) && !given.includes(f.name);
  const lacking = [...found.frame.layout.filter(f => f.role === undefined), ...found.fields].filter(isLacking);
  const [first] = lacking;
  if (first === undefined) return;
  const list = lacking.map(f => `"${f.name}"`).join(', ');
  const isEcho = asked.some(f => f.name === first.name && f.type.kind === first.type.kind);
  const hasWith = !key.endsWith('reply') || key.startsWith('heartbeat');
  const ways = [
    ...(hasWith ? [`with: { ${first.name}: ${isEcho ? first.name : '...'} }`] : []),
    ...(takesDefault(first.type) ? ['a default for it'] : []),
  ];
  const hint = ways.length === 0 ? 'an answer without it' : ways.join(', or ');
  r.source.error('ANSWER_LACKS', at, `${key}: nothing tells ${list} of "${found.name}"`, hint);
}

/** Whether an encoder refuses the message without it. */
function isNeeded(f: Field): boolean {
  const isTold = f.default !== undefined || f.from !== undefined || f.type.kind === 'body' || !inValue(f);
  const isBits = f.type.kind === 'bits' && f.type.bits.some(b => b.auto !== undefined);
  const isItems = f.type.kind === 'tlv' && f.inline === true;
  return !isTold && !isBits && !isItems && f.when === undefined && f.none === undefined && f.optional !== true;
}
