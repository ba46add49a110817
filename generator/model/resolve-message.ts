/** Messages: ids or templates, fields, and what they mean to one another. */
import { answerKeys, authKeys, expectsKeys, heartbeatKeys, messageKeys, replyKeys } from '../schema/keys.js';
import { type Entry, kindOf, Mapping, readExpression, readNames, scalarText } from '../schema/mapping.js';
import { isMap, isScalar, isSeq } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { handlerOf } from './handler-name.js';
import { type Answer, type Dir, type Field, type Frame, isText, type Message, type TemplatePart } from './model.js';
import { isName, pascal } from './names.js';
import { resolveFields } from './resolve-fields.js';
import type { Resolver } from './resolver.js';

/** Handlers that every events module may have: a message of such a name would share its handler. */
const LIFE = ['onWorkerStart', 'onConnect', 'onUnknown', 'onClose', 'onError', 'onWorkerStop'];

const LATER = ['when', 'derive', 'rules', 'fragments', 'error'] as const;

export function resolveMessages(r: Resolver, map: Mapping, frame: Frame): Message[] {
  const messages: Message[] = [];
  for (const entry of map.entries()) {
    const message = resolveMessage(r, entry, frame);
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

function resolveMessage(r: Resolver, entry: Entry, frame: Frame): Message | undefined {
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
  const map = Mapping.known(r.source, value, label, messageKeys);
  if (map === undefined) return undefined;
  for (const key of LATER) {
    if (map.has(key))
      r.source.error('UNSUPPORTED', map.at(key), `"${key}" of a message is not supported by this version`);
  }
  if (!map.has('dir')) map.missing('dir', 'up (client to server), down, or both');
  const dir: Dir = map.choice('dir', ['up', 'down', 'both'] as const) ?? 'up';
  const text = isText(frame);
  const fieldsMap = map.has('fields') ? Mapping.of(r.source, map.at('fields'), label, 'field') : undefined;
  const fields = fieldsMap === undefined ? [] : resolveFields(r, fieldsMap, pascal(name), frame.layout);
  const ids = text ? { ids: [], sameId: false } : resolveIds(r, map, frame);
  const template = text ? resolveTemplate(r, map, fields ?? []) : undefined;
  if (text && map.has('id'))
    r.source.error('BAD_VALUE', map.at('id'), 'a message in lines has a text, not an id', 'text: "/join {room}"');
  if (!text && map.has('text'))
    r.source.error('BAD_VALUE', map.at('text'), 'text is for messages in lines; this frame has a layout', 'id: 0x01');
  if (fields === undefined || ids === undefined || (text && template === undefined)) return undefined;
  checkLayoutCollisions(r, fields, frame);
  if (!text) checkPlaces(r, fields);
  const all = [...frame.layout, ...fields];
  const auth = authOf(r, map, all);
  const heartbeat = heartbeatOf(r, map);
  const reply = replyOf(r, map);
  const expects = expectsOf(r, map);
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
    ...(template === undefined ? {} : { template }),
    otherwise: map.flag('otherwise'),
    echoSerial: echo,
    anyAccess: map.has('access') && map.choice('access', ['any'] as const) === 'any',
    closes: map.flag('close'),
    ...(auth === undefined ? {} : { auth }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(reply === undefined ? {} : { reply }),
    ...(expects === undefined ? {} : { expects }),
  };
}

function resolveIds(r: Resolver, map: Mapping, frame: Frame): Pick<Message, 'ids' | 'sameId'> | undefined {
  const node = map.at('id');
  const element = frame.layout.find(f => f.role === 'id');
  if (node === undefined) {
    map.missing('id', 'id: 0x01');
    return undefined;
  }
  if (isMap(node)) {
    const id = new Mapping(r.source, node, `id of ${map.label}`);
    if (id.text('same') === 'request') return { ids: [], sameId: true };
    r.source.error(
      'UNSUPPORTED',
      node,
      'ids by mask are not supported by this version',
      'a number, a list of numbers, or { same: request }',
    );
    return undefined;
  }
  const ids: number[] = [];
  for (const item of isSeq(node) ? node.items.map(i => r.source.resolve(i as typeof node)) : [node]) {
    if (!isScalar(item) || typeof item.value !== 'number' || !Number.isSafeInteger(item.value) || item.value < 0) {
      r.source.error('SHAPE', item ?? node, `an id must be a whole number, got ${kindOf(item)}`);
      continue;
    }
    const width = element?.type.kind === 'int' ? element.type.bytes : 8;
    if (item.value >= 256 ** width) {
      r.source.error(
        'ID_WIDTH',
        item,
        `id ${scalarText(item)} does not fit u${width * 8} (layout.${element!.name}, ${r.source.lineColumn(element!.place)})`,
      );
    } else ids.push(item.value);
  }
  return ids.length === 0 ? undefined : { ids, sameId: false };
}

/** `/login {name} {pass}` into literals and fields. */
function resolveTemplate(r: Resolver, map: Mapping, fields: readonly Field[]): TemplatePart[] | undefined {
  const text = map.requiredText('text');
  if (text === undefined) return undefined;
  const node = map.at('text');
  if (text === '') {
    r.source.error('BAD_VALUE', node, `text of ${map.label} cannot be empty`);
    return undefined;
  }
  const parts: TemplatePart[] = [];
  const used: Field[] = [];
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    if (!piece.startsWith('{')) {
      if (/[\r\n]/.test(piece)) r.source.error('BAD_VALUE', node, 'a template cannot have a line end');
      parts.push({ literal: piece });
      continue;
    }
    const name = piece.slice(1, -1);
    const field = fields.find(f => f.name === name);
    if (field === undefined) {
      r.source.error(
        'UNKNOWN_NAME',
        node,
        `the text names "${name}", which is no field of this message`,
        nearest(
          name,
          fields.map(f => f.name),
        ) ?? `fields: { ${name}: word }`,
      );
      continue;
    }
    if (field.type.kind !== 'word' && field.type.kind !== 'rest') {
      r.source.error('UNSUPPORTED', field.place, `"${name}" must be a word or rest in a text of this version`);
      continue;
    }
    const before = parts.at(-1);
    if (before !== undefined && 'field' in before) {
      r.source.error(
        'BAD_VALUE',
        node,
        `nothing stands between "${before.field.name}" and "${name}"`,
        'put a space or another literal between them',
      );
    }
    parts.push({ field });
    used.push(field);
  }
  const middle = parts.filter((p, i) => 'field' in p && p.field.type.kind === 'rest' && i < parts.length - 1);
  if (middle.length > 1) {
    const hint = 'make the others words: a rest in the middle ends at the last of what follows it';
    r.source.error('BAD_VALUE', node, 'only one rest can stand in the middle of a text', hint);
  }
  for (const field of fields) {
    if (used.filter(f => f === field).length === 1) continue;
    const times = used.includes(field) ? 'more than once' : 'nowhere';
    r.source.error('UNKNOWN_NAME', field.place, `field "${field.name}" stands ${times} in the text`, `{${field.name}}`);
  }
  return parts;
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
    field.auto === undefined
  );
}

function authOf(r: Resolver, message: Mapping, all: readonly Field[]): Message['auth'] {
  const map = section(r, message, 'auth', authKeys);
  if (map === undefined) return undefined;
  const identity = map.requiredText('identity');
  const field = all.find(f => f.name === identity);
  if (identity !== undefined && field === undefined)
    r.unknownName(
      map.at('identity'),
      'field',
      identity,
      all.map(f => f.name),
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

function heartbeatOf(r: Resolver, message: Mapping): Message['heartbeat'] {
  const map = section(r, message, 'heartbeat', heartbeatKeys);
  if (map === undefined) return undefined;
  const name = map.text('reply');
  const miss = map.number('miss') ?? 2;
  if (!map.has('every')) map.missing('every', 'every: 60s');
  if (!Number.isInteger(miss) || miss < 1)
    r.source.error('BAD_VALUE', map.at('miss'), `miss cannot be ${miss}`, 'a whole number from 1');
  const reply = name === undefined ? undefined : { message: name, with: withOf(r, map) };
  return { ...(reply === undefined ? {} : { reply }), every: map.duration('every') ?? 60_000, miss };
}

function replyOf(r: Resolver, message: Mapping): Message['reply'] {
  const map = section(r, message, 'reply', replyKeys);
  const send = map?.requiredText('send');
  if (map === undefined || send === undefined) return undefined;
  return {
    message: send,
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

function section(
  r: Resolver,
  message: Mapping,
  key: string,
  keys: Readonly<Record<string, string>>,
): Mapping | undefined {
  return message.has(key) ? Mapping.known(r.source, message.at(key), `${key} of ${message.label}`, keys) : undefined;
}

function answerOf(r: Resolver, map: Mapping, key: string): Answer | undefined {
  const node = map.at(key);
  if (node === undefined) return undefined;
  if (!isMap(node)) {
    const message = map.text(key);
    return message === undefined ? undefined : { message, with: [] };
  }
  const answer = Mapping.known(r.source, node, `${key} of ${map.label}`, answerKeys);
  const message = answer?.requiredText('message');
  return answer === undefined || message === undefined ? undefined : { message, with: withOf(r, answer) };
}

function withOf(r: Resolver, map: Mapping): Answer['with'] {
  if (!map.has('with')) return [];
  const fields = Mapping.of(r.source, map.at('with'), `with of ${map.label}`);
  return (fields?.entries() ?? []).flatMap(({ key, value }) => {
    const expr = value === undefined ? undefined : readExpression(r.source, value);
    return expr === undefined ? [] : [{ field: key, expr }];
  });
}
