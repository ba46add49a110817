/** What messages mean to one another: ids that clash, answers that do not exist, a protocol without login. */

import type { Mapping } from '../schema/mapping.js';
import { isMap, type Node } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { checkAnswer, checkWhole } from './check-answers.js';
import { checkEnds } from './check-end.js';
import { checkGivenSizes } from './check-sizes.js';
import { checkStarts } from './check-start.js';
import { idsOf, masksOf } from './ids.js';
import type { Answer, Frame, Message } from './model.js';
import type { Resolver } from './resolver.js';

export function checkConversation(
  r: Resolver,
  messages: readonly Message[],
  frames: readonly Frame[],
  login: boolean,
  map: Mapping | undefined,
  unknown: Mapping | undefined,
): void {
  checkFrames(r, messages, frames);
  checkStarts(r, messages, frames);
  checkEnds(r, messages, frames);
  checkUnknown(r, messages, unknown);
  checkIds(r, messages);
  checkMasks(r, messages);
  checkGivenSizes(r, messages);
  checkOtherwise(r, messages);
  for (const message of messages) {
    const { auth, heartbeat, reply, expects } = message;
    const answers: [string, Answer | undefined][] = [
      ['auth.ok', auth?.ok],
      ['auth.fail', auth?.fail],
      ['auth.early', auth?.early],
      ['heartbeat.reply', heartbeat?.reply],
      ['reply.send', reply],
    ];
    for (const [key, answer] of answers) if (answer !== undefined) checkAnswer(r, messages, message, key, answer);
    if (auth !== undefined && message.dir === 'down')
      r.source.error('BAD_VALUE', message.place, `"${message.name}" goes down, so it cannot log in a client`);
    if (heartbeat !== undefined && message.dir === 'down')
      r.source.error('BAD_VALUE', message.place, `"${message.name}" goes down, so it is no heartbeat of a client`);
    if (message.atMostOnce && (auth !== undefined || heartbeat !== undefined || message.dir === 'down')) {
      const why =
        auth !== undefined ? 'is a login' : heartbeat !== undefined ? 'is answered by the gateway' : 'goes down';
      r.source.error(
        'BAD_VALUE',
        message.place,
        `"${message.name}" ${why}, so delivery: at-most-once means nothing for it`,
      );
    }
    for (const name of expects?.messages ?? []) checkExpected(r, messages, message, name);
    if (message.echoSerial && !message.frame.layout.some(f => f.role === 'serial')) {
      r.source.error(
        'UNKNOWN_NAME',
        message.place,
        `serial: echo, but the layout has no element with role: serial`,
        'sequence: { type: u16, role: serial }',
      );
    }
    if (message.sameId && idsOf(message, messages).length + masksOf(message, messages).length === 0) {
      r.source.error(
        'NO_MESSAGE',
        message.place,
        `id: { same: request }, but no message names "${message.name}" as its answer`,
      );
    }
  }
  if (login && !messages.some(m => m.auth !== undefined)) {
    r.source.warning(
      'NO_LOGIN',
      map?.node,
      'no message has auth:, so every connection is trusted',
      'session: { auth: none } if that is meant',
    );
  }
}

/** The messages that shapes name, and the answers to frames that are refused. */
function checkFrames(r: Resolver, messages: readonly Message[], frames: readonly Frame[]): void {
  const names = messages.map(m => m.name);
  const all = r.root('frames');
  const shapes = isMap(all) ? all : undefined;
  for (const frame of frames) {
    const place = messages.find(m => m.frame === frame)?.place;
    // Messages that name no shape are of the first that can carry them.
    if (place === undefined && frame.message === undefined && frames.length > 1)
      r.source.warning(
        'NO_MESSAGE',
        shapes?.get(frame.name, true) as Node | undefined,
        `frame ${frame.name}: no message is of this shape, so none is cut by it`,
        'message: name, for the message that it carries',
      );
    if (frame.message !== undefined && !names.includes(frame.message))
      r.source.error(
        'NO_MESSAGE',
        r.root('frames'),
        `frame ${frame.name}: there is no message "${frame.message}"`,
        nearest(frame.message, names),
      );
    for (const name of frame.when.awaiting ?? []) {
      if (!names.includes(name))
        r.source.error(
          'NO_MESSAGE',
          r.root('frames'),
          `frame ${frame.name}: awaiting "${name}", which is no message`,
          nearest(name, names),
        );
    }
    for (const { bad, place: at } of [
      ...frame.layout,
      ...messages.filter(m => m.frame === frame).flatMap(m => m.fields),
    ]) {
      if (typeof bad !== 'object') continue;
      const answer = messages.find(m => m.name === bad.message && m.dir !== 'up');
      if (answer === undefined)
        r.source.error(
          'NO_MESSAGE',
          at ?? place,
          `bad: reply "${bad.message}" is not a down message`,
          nearest(bad.message, names),
        );
      else if (bad.value !== undefined && answer.fields[0] === undefined)
        r.source.error(
          'BAD_VALUE',
          at,
          `bad: reply "${bad.message}" has no field for ${bad.value}`,
          `reply(${bad.message})`,
        );
      else {
        const given = bad.value === undefined ? [] : answer.fields.slice(0, 1).map(f => f.name);
        checkWhole(r, 'bad: reply', at ?? place, given, answer);
      }
    }
  }
}

function checkUnknown(r: Resolver, messages: readonly Message[], unknown: Mapping | undefined): void {
  const name = unknown?.text('reply');
  if (name === undefined) return;
  const down = messages.filter(m => m.dir !== 'up').map(m => m.name);
  const at = r.source.place(unknown?.at('reply'));
  const found = messages.find(m => m.name === name && m.dir !== 'up');
  if (found !== undefined) checkWhole(r, 'unknown.reply', at, [], found);
  else r.source.error('NO_MESSAGE', at, `unknown.reply "${name}" is not a down message`, nearest(name, down));
}

function checkIds(r: Resolver, messages: readonly Message[]): void {
  for (const dir of ['up', 'down'] as const) {
    const taken = new Map<number | string, Message>();
    for (const message of messages.filter(m => m.dir === dir || m.dir === 'both')) {
      for (const id of [...idsOf(message, messages), ...(message.textIds ?? [])]) {
        const owner = taken.get(id);
        if (
          owner !== undefined &&
          owner !== message &&
          owner.frame === message.frame &&
          !areToldApart(owner, message) &&
          !(message.otherwise && message.textIds !== undefined)
        ) {
          const shown = typeof id === 'string' ? id : `0x${id.toString(16).padStart(2, '0')}`;
          const text = `id ${shown} (${dir}) is taken by "${owner.name}" at ${r.source.lineColumn(owner.place)}`;
          const apart =
            message.textIds === undefined
              ? 'add when: to tell them apart'
              : 'otherwise: true, where that one does not fit';
          r.source.error(
            'DUPLICATE_ID',
            message.place,
            text,
            `${apart}, list both ids in one message, or give it another id`,
          );
        }
        taken.set(id, message);
      }
    }
  }
}

/** Two masks that one id can satisfy tell nothing apart. */
function checkMasks(r: Resolver, messages: readonly Message[]): void {
  const masked = messages.flatMap(message => masksOf(message, messages).map(a => ({ message, a })));
  for (const [i, { message, a }] of masked.entries()) {
    for (const { message: other, a: b } of masked.slice(0, i)) {
      const meets = message.dir === other.dir || message.dir === 'both' || other.dir === 'both';
      if (!meets || message === other || message.frame !== other.frame) continue;
      if ((a.mask & b.mask & (a.equals ^ b.equals)) !== 0) continue;
      const text = `an id can be one of "${message.name}" and of "${other.name}" at ${r.source.lineColumn(other.place)}`;
      r.source.error('DUPLICATE_ID', message.place, text, 'masks that have a bit in common in which they differ');
    }
  }
}

/** At least one of two messages with the same id says when it is meant; where both say the same, neither can be told. */
function areToldApart(a: Message, b: Message): boolean {
  if (a.when === undefined && b.when === undefined) return false;
  return JSON.stringify(a.when) !== JSON.stringify(b.when);
}

function checkOtherwise(r: Resolver, messages: readonly Message[]): void {
  for (const [i, m] of messages.entries()) {
    if (!m.otherwise || m.textIds === undefined) continue;
    const before = messages.slice(0, i).flatMap(other => (other.frame === m.frame ? (other.textIds ?? []) : []));
    if (m.textIds.some(id => before.includes(id))) continue;
    const text = `otherwise: no message in front of "${m.name}" has its id`;
    r.source.error('BAD_VALUE', m.place, text, 'put it behind the message that is tried first');
  }
  for (const dir of ['up', 'down'] as const) {
    const [first, second] = messages.filter(
      m => m.otherwise && m.template !== undefined && (m.dir === dir || m.dir === 'both'),
    );
    if (first !== undefined && second !== undefined) {
      r.source.error(
        'DUPLICATE_ID',
        second.place,
        `only one message can be tried last (${dir}); "${first.name}" is it already`,
      );
    }
  }
}

function checkExpected(r: Resolver, messages: readonly Message[], asker: Message, name: string): void {
  const answerDir = asker.dir === 'up' ? 'down' : 'up';
  const candidates = messages.filter(m => m.dir === answerDir || m.dir === 'both' || asker.dir === 'both');
  const answer = candidates.find(m => m.name === name);
  if (answer === undefined) {
    r.source.error(
      'NO_MESSAGE',
      asker.place,
      `expects "${name}", which is no message that goes ${answerDir}`,
      nearest(
        name,
        candidates.map(m => m.name),
      ),
    );
    return;
  }
  for (const { answer: a, request } of asker.expects!.match) {
    for (const [field, owner] of [
      [a, answer],
      [request, asker],
    ] as const) {
      if ([...owner.frame.layout, ...owner.fields].some(f => f.name === field)) continue;
      r.source.error(
        'UNKNOWN_NAME',
        asker.place,
        `match ${a}: message "${owner.name}" has no field or element "${field}"`,
      );
    }
  }
}
