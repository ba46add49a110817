/** Two lists of messages, and what is declared about each. */
import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../model/model.js';
import type { Expr } from '../schema/expression.js';
import { compareAttributes, compareFields, compareOptional, isNamed } from './compare-fields.js';
import { compareFragments } from './compare-fragments.js';
import { compareTypes } from './compare-types.js';
import type { Findings, Place } from './findings.js';
import { showAnswer, showExpr, showIds, showTemplate, showTime } from './show.js';

export function compareMessages(found: Findings, old: readonly Message[], now: readonly Message[]): void {
  const named = (list: readonly Message[], name: string): Message | undefined => list.find(m => m.name === name);
  const renamed = new Set<string>();
  for (const a of old) {
    const at = { message: a.name };
    const heir = now.find(m => named(old, m.name) === undefined && isSame(a, m));
    const b = named(now, a.name) ?? heir;
    if (b === undefined) {
      found.add('MESSAGE_REMOVED', at, wireOf(a));
      continue;
    }
    if (b.name !== a.name) {
      renamed.add(b.name);
      found.add('MESSAGE_RENAMED', at, a.name, b.name);
    }
    compareMessage(found, at, a, b);
  }
  for (const b of now)
    if (named(old, b.name) === undefined && !renamed.has(b.name))
      found.add('MESSAGE_ADDED', { message: b.name }, undefined, wireOf(b));
}

/** Whether devices cannot tell them apart: the same way, and the same id or line. */
function isSame(a: Message, b: Message): boolean {
  return a.dir === b.dir && wireOf(a) !== undefined && wireOf(a) === wireOf(b) && !a.sameId;
}

function wireOf(m: Message): string | undefined {
  return m.template === undefined ? showIds(m) : showTemplate(m.template, false);
}

/** What {@link compareMessage} looks at by itself, or what does not matter. */
const LOOKED_AT: ReadonlySet<string> = new Set<keyof Message>([
  'since',
  'until',
  'deprecated',
  'frame',
  'ruleTexts',
  'name',
  'place',
  'dir',
  'doc',
  'ids',
  'sameId',
  'template',
  'otherwise',
  'fields',
  'echoSerial',
  'anyAccess',
  'closes',
  'atMostOnce',
  'auth',
  'heartbeat',
  'reply',
  'expects',
  'when',
  'rules',
  'textIds',
  'masked',
  'error',
  'fragments',
]);

function compareMessage(found: Findings, at: Place, a: Message, b: Message): void {
  if (a.dir !== b.dir) found.add(b.dir === 'both' ? 'DIRECTION_WIDENED' : 'DIRECTION_NARROWED', at, a.dir, b.dir);
  compareIds(found, at, a, b);
  const shown = (list: readonly Expr[]): string | undefined => list.map(e => showExpr(e)).join(', ') || undefined;
  found.changed(
    'WHEN_CHANGED',
    at,
    shown(a.when === undefined ? [] : [a.when]),
    shown(b.when === undefined ? [] : [b.when]),
  );
  found.changed('RULES_CHANGED', at, shown(a.rules), shown(b.rules));
  if (a.template !== undefined && b.template !== undefined) compareTemplates(found, at, a, b);
  else compareFields(found, at, a.fields, b.fields, isNamed(a.frame) && isNamed(b.frame) ? 'named' : 'open');
  if (a.otherwise !== b.otherwise) found.add('OTHERWISE_CHANGED', at, String(a.otherwise), String(b.otherwise));
  if (a.echoSerial !== b.echoSerial) found.add('SERIAL_CHANGED', at, ...serials(a, b));
  if (a.anyAccess !== b.anyAccess) found.add(b.anyAccess ? 'ACCESS_WIDENED' : 'ACCESS_NARROWED', at);
  if (a.closes !== b.closes) found.add('CLOSE_CHANGED', at, String(a.closes), String(b.closes));
  const promise = (m: Message): string => (m.atMostOnce ? 'at most once' : 'at least once');
  if (a.atMostOnce !== b.atMostOnce) found.add('DELIVERY_CHANGED', at, promise(a), promise(b));
  compareAuth(found, at, a.auth, b.auth);
  compareHeartbeat(found, at, a.heartbeat, b.heartbeat);
  compareReply(found, at, a.reply, b.reply);
  compareExpects(found, at, a.expects, b.expects);
  if (a.error !== b.error) found.add('ERROR_CHANGED', at, String(a.error), String(b.error));
  compareFragments(found, at, a.fragments, b.fragments);
  found.changed('FIELD_RENAMED', part(at, 'id'), a.masked?.name, b.masked?.name);
  found.changed('MESSAGE_CHANGED', at, a.frame.name, b.frame.name);
  found.others('MESSAGE_CHANGED', at, a, b, LOOKED_AT);
}

/** The first id is the one that is sent; all are read. */
function compareIds(found: Findings, at: Place, a: Message, b: Message): void {
  const idsOf = (m: Message): readonly (number | string)[] => m.textIds ?? m.ids;
  const rest = (m: Message): unknown[] => [m.sameId, m.masked?.mask, m.masked?.equals];
  if (isDeepStrictEqual([idsOf(a), rest(a)], [idsOf(b), rest(b)])) return;
  const kept =
    isDeepStrictEqual(rest(a), rest(b)) && idsOf(a)[0] === idsOf(b)[0] && idsOf(a).every(id => idsOf(b).includes(id));
  found.add(kept ? 'ID_ADDED' : 'ID_CHANGED', at, showIds(a), showIds(b));
}

function compareTemplates(found: Findings, at: Place, a: Message, b: Message): void {
  const [x, y] = [a.template!, b.template!];
  if (showTemplate(x, false) !== showTemplate(y, false)) {
    // Where the same names stand in the same places, it is their types that differ.
    const named = showTemplate(x, true) !== showTemplate(y, true);
    found.add('TEMPLATE_CHANGED', at, showTemplate(x, named), showTemplate(y, named));
    return;
  }
  for (const [i, part] of x.entries()) {
    const other = y[i]!;
    if ('literal' in part || 'literal' in other) continue;
    const place = { ...at, field: part.field.name };
    found.changed('FIELD_RENAMED', place, part.field.name, other.field.name);
    compareTypes(found, place, part.field.type, other.field.type);
    compareOptional(found, place, part.field, other.field);
    compareAttributes(found, place, part.field, other.field);
  }
}

function serials(a: Message, b: Message): [string, string] {
  const show = (m: Message): string => (m.echoSerial ? 'that of the request' : 'its own');
  return [show(a), show(b)];
}

/** The place with a word behind it: `login.auth within`. */
function part(at: Place, word: string): Place {
  return { ...at, field: word };
}

function compareAuth(found: Findings, at: Place, a: Message['auth'], b: Message['auth']): void {
  if (a === undefined || b === undefined) {
    if (a !== b) found.add(a === undefined ? 'AUTH_ADDED' : 'AUTH_REMOVED', at, a?.identity, b?.identity);
    return;
  }
  found.changed('IDENTITY_CHANGED', at, a.identity, b.identity);
  for (const key of ['ok', 'fail', 'early'] as const)
    found.changed('ANSWER_CHANGED', part(at, `auth.${key}`), showAnswer(a[key]), showAnswer(b[key]));
  found.bound(part(at, 'auth.within'), a.within, b.within, showTime);
  found.bound(part(at, 'auth.tries'), a.tries, b.tries);
}

function compareHeartbeat(found: Findings, at: Place, a: Message['heartbeat'], b: Message['heartbeat']): void {
  if (a === undefined || b === undefined) {
    if (a !== b) found.add(a === undefined ? 'HEARTBEAT_ADDED' : 'HEARTBEAT_REMOVED', at);
    return;
  }
  found.changed('ANSWER_CHANGED', part(at, 'heartbeat.reply'), showAnswer(a.reply), showAnswer(b.reply));
  found.bound(part(at, 'heartbeat.every'), a.every, b.every, showTime);
  found.bound(part(at, 'heartbeat.miss'), a.miss, b.miss);
}

function compareReply(found: Findings, at: Place, a: Message['reply'], b: Message['reply']): void {
  if (a === undefined || b === undefined) {
    if (a !== b) found.add(a === undefined ? 'REPLY_ADDED' : 'REPLY_REMOVED', at, showAnswer(a), showAnswer(b));
    return;
  }
  found.changed('ANSWER_CHANGED', part(at, 'reply'), showAnswer(a), showAnswer(b));
  found.changed('REPLY_MODE_CHANGED', at, a.mode, b.mode);
}

function compareExpects(found: Findings, at: Place, a: Message['expects'], b: Message['expects']): void {
  type Expects = NonNullable<Message['expects']>;
  const show = (e: Expects): string =>
    [e.messages.join(' or '), ...e.match.map(m => `${m.answer} = ${m.request}`)].join(', ');
  if (a === undefined || b === undefined) {
    if (a !== b) found.add(a === undefined ? 'EXPECTS_ADDED' : 'EXPECTS_REMOVED', at, a && show(a), b && show(b));
    return;
  }
  found.changed('EXPECTS_CHANGED', at, show(a), show(b));
  found.bound(part(at, 'expects.within'), a.within, b.within, showTime);
  found.bound(part(at, 'expects.retries'), a.retries, b.retries);
}
