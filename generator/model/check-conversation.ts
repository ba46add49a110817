/** What messages mean to one another: ids that clash, answers that do not exist, a protocol without login. */

import { namesIn } from '../schema/expression.js';
import type { Mapping } from '../schema/mapping.js';
import { nearest } from '../schema/suggest.js';
import type { Answer, Message } from './model.js';
import type { Resolver } from './resolver.js';

export function checkConversation(
  r: Resolver,
  messages: readonly Message[],
  login: boolean,
  map: Mapping | undefined,
): void {
  checkIds(r, messages);
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
    for (const name of expects?.messages ?? []) checkExpected(r, messages, message, name);
    if (message.echoSerial && !message.frame.layout.some(f => f.role === 'serial')) {
      r.source.error('UNKNOWN_NAME', message.place, `serial: echo, but the layout has no element with role: serial`);
    }
    if (message.sameId && sameIds(messages, message).length === 0) {
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

/** The ids that an answer with `id: { same: request }` can have: those of the messages that it answers. */
export function sameIds(messages: readonly Message[], answer: Message): number[] {
  const askers = messages.filter(m =>
    [m.auth?.ok, m.auth?.fail, m.heartbeat?.reply, m.reply].some(a => a?.message === answer.name),
  );
  return askers.flatMap(m => m.ids);
}

function checkIds(r: Resolver, messages: readonly Message[]): void {
  for (const dir of ['up', 'down'] as const) {
    const taken = new Map<number, Message>();
    for (const message of messages.filter(m => m.dir === dir || m.dir === 'both')) {
      for (const id of message.sameId ? sameIds(messages, message) : message.ids) {
        const owner = taken.get(id);
        if (owner !== undefined && owner !== message) {
          const text = `id 0x${id.toString(16).padStart(2, '0')} (${dir}) is taken by "${owner.name}" at ${r.source.lineColumn(owner.place)}`;
          r.source.error('DUPLICATE_ID', message.place, text, 'list both ids in one message, or give it another id');
        }
        taken.set(id, message);
      }
    }
  }
}

function checkOtherwise(r: Resolver, messages: readonly Message[]): void {
  for (const dir of ['up', 'down'] as const) {
    const [first, second] = messages.filter(m => m.otherwise && (m.dir === dir || m.dir === 'both'));
    if (first !== undefined && second !== undefined) {
      r.source.error(
        'DUPLICATE_ID',
        second.place,
        `only one message can be tried last (${dir}); "${first.name}" is it already`,
      );
    }
  }
}

function checkAnswer(r: Resolver, messages: readonly Message[], asker: Message, key: string, answer: Answer): void {
  const down = messages.filter(m => m.dir !== 'up');
  const found = down.find(m => m.name === answer.message);
  if (found === undefined) {
    const near = nearest(
      answer.message,
      down.map(m => m.name),
    );
    r.source.error('NO_MESSAGE', asker.place, `${key} "${answer.message}" is not a down message`, near);
    return;
  }
  for (const { field, expr } of answer.with) {
    const fields = [...found.frame.layout, ...found.fields].map(f => f.name);
    if (!fields.includes(field)) r.unknownName(asker.place, `field of ${found.name}`, field, fields);
    if (key === 'auth.early') continue;
    const known = [...asker.frame.layout, ...asker.fields].map(f => f.name);
    for (const [name] of namesIn(expr)) {
      if (!known.includes(name!) && !r.enums.has(name!))
        r.unknownName(asker.place, `field of ${asker.name}`, name!, known);
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
