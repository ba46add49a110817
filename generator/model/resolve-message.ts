/** Messages: ids or templates, fields, and what they mean to one another. */

import { type Expr, namesIn } from '../schema/expression.js';
import { dirHabits, messageKeyHabits } from '../schema/habits.js';
import {
  answerKeys,
  authKeys,
  expectsKeys,
  heartbeatKeys,
  maskedIdKeys,
  messageKeys,
  replyKeys,
} from '../schema/keys.js';
import { type Entry, kindOf, Mapping, readExpression, readNames, scalarText } from '../schema/mapping.js';
import { isMap, isScalar, isSeq, type Node, type Place } from '../schema/source.js';
import { checkCalls } from './check-calls.js';
import { checkOverLayout, checkRule } from './check-scope.js';
import { handlerOf } from './handler-name.js';
import { type Answer, type Dir, type Field, type Frame, isText, type Message, type Type } from './model.js';
import { isName, pascal } from './names.js';
import { lifespanOf, resolveFields, valuesOf } from './resolve-fields.js';
import { messageFragments } from './resolve-fragments.js';
import { resolveTextFields } from './resolve-text-fields.js';
import { resolveSaid } from './resolve-text-message.js';
import type { Resolver } from './resolver.js';
import { holdsSecret } from './secrets.js';

/** Handlers that every events module may have: a message of such a name would share its handler. */
const LIFE = ['onWorkerStart', 'onConnect', 'onUnknown', 'onClose', 'onError', 'onWorkerStop'];

export function resolveMessages(r: Resolver, map: Mapping, frames: readonly Frame[]): Message[] {
  const messages: Message[] = [];
  for (const entry of map.entries()) {
    const message = resolveMessage(r, entry, frames);
    if (message === undefined) continue;
    const twin = messages.find(m => pascal(m.name) === pascal(message.name));
    if (twin?.name === message.name) continue; // The map has said so.
    if (twin !== undefined) {
      r.source.error(
        'DUPLICATE_NAME',
        entry.place,
        `message "${message.name}" is declared twice, first at ${r.source.lineColumn(twin.place)}`,
      );
    } else messages.push(message);
  }
  return messages;
}

function resolveMessage(r: Resolver, entry: Entry, frames: readonly Frame[]): Message | undefined {
  const { key: name, place, value } = entry;
  if (!isName(name)) {
    r.badName(place, name);
    return undefined;
  }
  const handler = handlerOf(name);
  if (LIFE.includes(handler)) {
    r.source.error(
      'BAD_NAME',
      place,
      `"${name}" cannot be the name of a message: ${handler} is an event that every application has`,
      `another name, such as ${name}Message`,
    );
    return undefined;
  }
  const label = `message ${name}`;
  const map = Mapping.known(r.source, value, label, messageKeys, {
    hint: `${name}: { dir: up, id: 0x01 }`,
    habits: messageKeyHabits,
  });
  if (map === undefined) return undefined;
  if (!map.has('dir')) map.missing('dir', 'up (client to server), down, or both');
  const dir: Dir = map.choice('dir', ['up', 'down', 'both'] as const, dirHabits) ?? 'up';
  const frame = frameOf(r, map, name, dir, frames);
  if (frame === undefined) return undefined;
  const text = isText(frame) || (frame.message !== undefined && map.has('text'));
  const fieldsMap = map.has('fields') ? fieldsOf(r, map) : undefined;
  const resolve = text
    ? (fields: Mapping) => resolveTextFields(r, fields, pascal(name), 'message')
    : (fields: Mapping) => resolveFields(r, fields, pascal(name), frame.layout);
  const fields = fieldsMap === undefined ? [] : resolve(fieldsMap);
  const only = frame.message !== undefined && !frame.layout.some(f => f.role === 'id');
  const ids = text || only ? { ids: [], sameId: false } : resolveIds(r, map, frame);
  const said = text ? fields && resolveSaid(r, map, frame, fields) : {};
  if (!text && map.has('derive'))
    r.source.error('BAD_VALUE', map.at('derive'), '"derive" is for text, and this is for bytes');
  if (!text && map.has('text'))
    r.source.error('BAD_VALUE', map.at('text'), 'text is for messages in lines; this frame has a layout', 'id: 0x01');
  if (fields === undefined || ids === undefined || said === undefined) return undefined;
  checkLayoutCollisions(r, fields, frame);
  if (!text) checkPlaces(r, fields);
  const all = [...frame.layout, ...fields];
  const auth = authOf(r, map, all);
  const heartbeat = heartbeatOf(r, map);
  const reply = replyOf(r, map);
  const expects = expectsOf(r, map);
  const when = map.expression('when');
  if (when !== undefined) checkWhen(r, map, when, fields, frame);
  const { rules, ruleTexts } = rulesOf(r, map, fields, frame);
  const fragments = map.has('fragments') ? messageFragments(r, map, frame, fields) : undefined;
  const doc = map.text('doc');
  const echo = map.has('serial') && map.choice('serial', ['echo'] as const) === 'echo';
  return {
    name,
    place,
    dir,
    frame,
    ...ids,
    fields,
    ...(doc === undefined ? {} : { doc }),
    ...said,
    otherwise: map.flag('otherwise'),
    echoSerial: echo,
    anyAccess: map.has('access') && map.choice('access', ['any'] as const) === 'any',
    closes: map.flag('close'),
    ...(map.has('delivery') && map.choice('delivery', ['at-most-once'] as const) !== undefined
      ? { atMostOnce: true as const }
      : {}),
    ...(when === undefined ? {} : { when }),
    rules,
    ruleTexts,
    error: map.flag('error'),
    ...(fragments === undefined ? {} : { fragments }),
    ...lifespanOf(r, map),
    ...(auth === undefined ? {} : { auth }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(reply === undefined ? {} : { reply }),
    ...(expects === undefined ? {} : { expects }),
  };
}

function fieldsOf(r: Resolver, map: Mapping): Mapping | undefined {
  const node = map.at('fields');
  return Mapping.of(r.source, node, isMap(node) ? map.label : `fields of ${map.label}`, 'field', 'name: type');
}

/** The shape that carries a message: the one that names it, or the first one of its kind. */
function frameOf(r: Resolver, map: Mapping, name: string, dir: Dir, frames: readonly Frame[]): Frame | undefined {
  const own = frames.find(f => f.message === name);
  if (own !== undefined) return own;
  const single = frames.length === 1 && frames[0]!.message === undefined ? frames[0] : undefined;
  if (single !== undefined) return single;
  const shared = frames.filter(f => f.message === undefined && (f.dir === 'both' || dir === 'both' || f.dir === dir));
  const found = map.has('text')
    ? shared.find(f => isText(f) && f.text?.body === undefined)
    : map.has('id')
      ? (shared.find(f => takesWords(f) === isWord(r, map.at('id')) && !isLines(f)) ?? shared.find(takesWords))
      : undefined;
  if (found !== undefined) return found;
  const what =
    map.has('id') || map.has('text') ? `no frame that goes ${dir} can carry it` : 'it has neither id nor text';
  const text = `message "${name}" has no frame: ${what}`;
  r.source.error('NO_MESSAGE', map.node, text, `a frame with message: ${name}`);
  return undefined;
}

/** A frame of text, with an id in its layout. */
const takesWords = (f: Frame): boolean => f.text?.body !== undefined;

const isLines = (f: Frame): boolean => isText(f) && !takesWords(f);

/** An id, or the first of several, that is no number. */
function isWord(r: Resolver, node: Node | undefined): boolean {
  const [first] = isSeq(node) ? node.items : [node];
  const id = r.source.resolve(first as Node | undefined);
  return isScalar(id) && typeof id.value === 'string';
}

/** What a message is told by is known before its fields are. */
function checkWhen(r: Resolver, map: Mapping, when: Expr, fields: readonly Field[], frame: Frame): void {
  const own = namesIn(when).find(
    ([head]) => fields.some(f => f.name === head) && !frame.layout.some(f => f.name === head),
  );
  if (own === undefined) checkOverLayout(r, map.at('when'), 'when', when, frame.layout);
  else
    r.source.error(
      'UNSUPPORTED',
      map.at('when'),
      `when: "${own[0]}" is a field of the message, which is read only when the message is known`,
      `make "${own[0]}" an element of the layout, before the body`,
    );
}

function rulesOf(
  r: Resolver,
  map: Mapping,
  fields: readonly Field[],
  frame: Frame,
): Pick<Message, 'rules' | 'ruleTexts'> {
  const node = map.at('rules');
  const items = isSeq(node) ? node.items.map(i => r.source.resolve(i as typeof node)) : [node];
  const read = items.flatMap(item => {
    const expr = item === undefined ? undefined : readExpression(r.source, item);
    if (expr === undefined || !checkRule(r, item!, expr, fields, frame.layout)) return [];
    return [{ expr, text: scalarText(item) ?? '' }];
  });
  return { rules: read.map(x => x.expr), ruleTexts: read.map(x => x.text) };
}

/** `id: { mask: 0x80, equals: 0x80, as: base }`. */
function maskedIds(r: Resolver, map: Mapping): Pick<Message, 'ids' | 'sameId' | 'masked'> | undefined {
  const id = Mapping.known(r.source, map.at('id'), `id of ${map.label}`, maskedIdKeys);
  const mask = id?.number('mask');
  const equals = id?.number('equals');
  const name = id?.requiredText('as');
  for (const key of ['mask', 'equals']) if (id?.has(key) === false) id.missing(key, `${key}: 0x80`);
  if (mask === undefined || equals === undefined || name === undefined) return undefined;
  if (!isName(name)) r.badName(id!.placeOf('as'), name);
  if ((equals & mask) >>> 0 === equals) return { ids: [], sameId: false, masked: { mask, equals, name } };
  r.source.error('BAD_VALUE', id!.at('equals'), `equals has bits that mask leaves out`, 'equals must lie within mask');
  return undefined;
}

/** What the id can be, and what it is called. */
function idRange(type: Type | undefined): { most: number; type: string } {
  if (type?.kind === 'varint') return { most: 128 ** type.max - 1, type: `a varint of ${type.max} bytes` };
  const bytes = type?.kind === 'int' ? type.bytes : 8;
  return { most: 256 ** bytes - 1, type: `u${bytes * 8}` };
}

function resolveIds(r: Resolver, map: Mapping, frame: Frame): Pick<Message, 'ids' | 'sameId' | 'masked'> | undefined {
  const node = map.at('id');
  const element = frame.layout.find(f => f.role === 'id');
  if (node === undefined) {
    map.missing('id', 'id: 0x01');
    return undefined;
  }
  if (isMap(node)) {
    const id = new Mapping(r.source, node, `id of ${map.label}`);
    if (id.text('same') === 'request') return { ids: [], sameId: true };
    return maskedIds(r, map);
  }
  const ids: number[] = [];
  for (const item of isSeq(node) ? node.items.map(i => r.source.resolve(i as typeof node)) : [node]) {
    if (!isScalar(item) || typeof item.value !== 'number' || !Number.isSafeInteger(item.value) || item.value < 0) {
      r.source.error('SHAPE', item ?? node, `an id must be a whole number, got ${kindOf(item)}`, meantId(item));
      continue;
    }
    const { most, type } = idRange(element?.type);
    if (item.value > most) {
      r.source.error(
        'ID_WIDTH',
        item,
        `id ${scalarText(item)} does not fit ${type} (layout.${element!.name}, ${r.source.lineColumn(element!.place)})`,
        `ids up to 0x${most.toString(16)}, or a wider number`,
      );
    } else ids.push(item.value);
  }
  return ids.length === 0 ? undefined : { ids, sameId: false };
}

function checkLayoutCollisions(r: Resolver, fields: readonly Field[], frame: Frame): void {
  for (const field of fields) {
    for (const key of ['role', 'covers'] as const) {
      if (field[key] === undefined) continue;
      r.source.error('BAD_VALUE', field.place, `field "${field.name}": "${key}" is for elements of the layout`);
    }
    const twin = frame.layout.find(f => f.name === field.name && inValue(f));
    if (twin === undefined) continue;
    r.source.error(
      'DUPLICATE_NAME',
      field.place,
      `field "${field.name}" has the name of an element of the layout, at ${r.source.lineColumn(twin.place)}`,
    );
  }
}

/** Types that stand only in a layout, or only in lines, are no fields of a binary message. */
function checkPlaces(r: Resolver, fields: readonly Field[]): void {
  for (const { name, place, type } of fields) {
    const inner = type.kind === 'list' ? type.item : type;
    if (inner.kind === 'struct') checkPlaces(r, inner.struct.fields);
    else if (inner.kind === 'word' || inner.kind === 'rest') {
      const hint = inner.kind === 'word' ? 'str(u8)' : 'str(*)';
      r.source.error('BAD_TYPE', place, `"${name}": a ${inner.kind} is for lines of text`, hint);
    } else if (inner.kind === 'body' || inner.kind === 'magic' || inner.kind === 'check' || inner.kind === 'case')
      r.source.error('BAD_TYPE', place, `"${name}": a ${inner.kind} belongs in the layout of the frame`);
  }
}

/** Layout elements that a message's value can hold. */
export function inValue(field: Field): boolean {
  const { kind } = field.type;
  return (
    kind !== 'magic' &&
    kind !== 'check' &&
    kind !== 'case' &&
    kind !== 'body' &&
    field.covers === undefined &&
    field.constant === undefined &&
    field.constantText === undefined &&
    field.auto === undefined
  );
}

function authOf(r: Resolver, message: Mapping, all: readonly Field[]): Message['auth'] {
  const map = section(r, message, 'auth', authKeys);
  if (map === undefined) return undefined;
  const identity = map.requiredText('identity');
  const values = all.filter(inValue).flatMap(valuesOf);
  const field = all.flatMap(valuesOf).find(f => f.name === identity);
  if (identity !== undefined && field === undefined)
    r.unknownName(
      map.at('identity'),
      'field',
      identity,
      values.map(f => f.name),
    );
  if (field !== undefined) checkIdentity(r, map.at('identity'), field);
  if (field !== undefined && holdsSecret(field))
    r.source.warning(
      'SECRET_IDENTITY',
      map.at('identity'),
      `identity "${field.name}" is secret, but it becomes the uid, which stands in logs and in status`,
      'another field, or accept(fields, { uid }) with a uid that may be shown',
    );
  const ok = answerOf(r, map, 'ok');
  const fail = answerOf(r, map, 'fail');
  const early = answerOf(r, map, 'early');
  const tries = map.number('tries') ?? 3;
  if (!Number.isInteger(tries) || tries < 1)
    r.source.error('BAD_VALUE', map.at('tries'), `tries cannot be ${tries}`, 'a whole number from 1');
  return {
    identity: identity ?? '',
    ...(ok === undefined ? {} : { ok }),
    ...(fail === undefined ? {} : { fail }),
    ...(early === undefined ? {} : { early }),
    within: map.duration('within') ?? 10_000,
    tries,
  };
}

/** `"0x03"`, `3h`, `0X3`: a number that is written in another way. */
function meantId(node: Node | undefined): string {
  const text = scalarText(node) ?? '';
  const hex = /^(?:0x)?([\da-f]+)h?$/i.exec(text);
  if (hex === null || !/\d/.test(text)) return 'a number such as 3 or 0x03; what it means is the name of the message';
  const hexadecimal = /^0x|[a-f]|h$/i.test(text);
  return `without quotes: ${hexadecimal ? `0x${hex[1]!.toLowerCase()}` : `${text}, or 0x${text}`}`;
}

/** A uid is text: of what has none, or may be absent, many clients would have the same. */
function checkIdentity(r: Resolver, at: Node | undefined, { name, type, when, optional, none, codec }: Field): void {
  if (when !== undefined || optional === true || none !== undefined)
    r.source.error('BAD_VALUE', at, `identity "${name}" may be absent`, 'a field that is always there');
  else if (codec === undefined && ['bytes', 'list', 'sized', 'struct', 'tlv', 'bits', 'flags'].includes(type.kind))
    r.source.error('BAD_VALUE', at, `identity "${name}" is neither text nor a number`, 'hex(8), str(u8) or u32');
}

function heartbeatOf(r: Resolver, message: Mapping): Message['heartbeat'] {
  const map = section(r, message, 'heartbeat', heartbeatKeys);
  if (map === undefined) return undefined;
  const name = map.text('reply');
  const miss = map.number('miss') ?? 2;
  if (!map.has('every')) map.missing('every', 'every: 60s');
  if (!Number.isInteger(miss) || miss < 1)
    r.source.error('BAD_VALUE', map.at('miss'), `miss cannot be ${miss}`, 'a whole number from 1');
  const reply =
    name === undefined ? undefined : { message: name, place: nodePlace(r, map, 'reply'), with: withOf(r, map) };
  return { ...(reply === undefined ? {} : { reply }), every: map.duration('every') ?? 60_000, miss };
}

function replyOf(r: Resolver, message: Mapping): Message['reply'] {
  const map = section(r, message, 'reply', replyKeys);
  const send = map?.requiredText('send');
  if (map === undefined || send === undefined) return undefined;
  return {
    message: send,
    place: nodePlace(r, map, 'send'),
    with: withOf(r, map),
    mode: map.choice('mode', ['auto', 'after-handler', 'manual'] as const) ?? 'after-handler',
  };
}

function expectsOf(r: Resolver, message: Mapping): Message['expects'] {
  const map = section(r, message, 'expects', expectsKeys);
  if (map === undefined) return undefined;
  if (!map.has('message')) map.missing('message');
  const match = map.has('match') ? Mapping.of(r.source, map.at('match'), 'match') : undefined;
  return {
    messages: map.has('message') ? readNames(r.source, map.at('message'), 'message of expects') : [],
    match: (match?.entries() ?? []).map(e => ({ answer: e.key, request: scalarText(e.value) ?? '' })),
    within: map.duration('within') ?? 10_000,
    retries: map.number('retries') ?? 0,
  };
}

/** How they are written; the star is the message that may stand there alone. */
const SECTIONS: Readonly<Record<string, string>> = {
  auth: 'identity: field, ok: message',
  heartbeat: 'reply: message, every: 60s',
  reply: 'send: *',
  expects: 'message: *',
};

function starOf(message: Mapping, key: string): string {
  const node = message.at(key);
  return isScalar(node) && typeof node.value === 'string' ? node.value : 'message';
}

function section(
  r: Resolver,
  message: Mapping,
  key: string,
  keys: Readonly<Record<string, string>>,
): Mapping | undefined {
  const hint = `${key}: { ${SECTIONS[key]?.replace('*', starOf(message, key))} }`;
  return message.has(key)
    ? Mapping.known(r.source, message.at(key), `${key} of ${message.label}`, keys, { hint })
    : undefined;
}

function answerOf(r: Resolver, map: Mapping, key: string): Answer | undefined {
  const node = map.at(key);
  if (node === undefined) return undefined;
  if (!isMap(node)) {
    const message = map.text(key);
    return message === undefined ? undefined : { message, place: nodePlace(r, map, key), with: [] };
  }
  const answer = Mapping.known(r.source, node, `${key} of ${map.label}`, answerKeys);
  const message = answer?.requiredText('message');
  return answer === undefined || message === undefined
    ? undefined
    : { message, place: nodePlace(r, answer, 'message'), with: withOf(r, answer, key === 'early' ? key : 'with') };
}

const nodePlace = (r: Resolver, map: Mapping, key: string): Place => r.source.place(map.at(key));

function withOf(r: Resolver, map: Mapping, what: 'with' | 'early' = 'with'): Answer['with'] {
  if (!map.has('with')) return [];
  const fields = Mapping.of(r.source, map.at('with'), `with of ${map.label}`);
  return (fields?.entries() ?? []).flatMap(({ key, value }) => {
    const expr = value === undefined ? undefined : readExpression(r.source, value);
    const place = r.source.place(value);
    return expr === undefined || !checkCalls(r, value, what, expr) ? [] : [{ field: key, expr, place }];
  });
}
