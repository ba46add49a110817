/** The ids that the frames of a message can have. */
import type { Message } from './model.js';

/** Those that it names, or those of the messages that it answers; none for ids by mask. */
export function idsOf(m: Message, messages: readonly Message[]): readonly number[] {
  return m.sameId ? sameIds(messages, m) : m.ids;
}

/** The ids that an answer with `id: { same: request }` can have: those of the messages that it answers. */
export function sameIds(messages: readonly Message[], answer: Message): number[] {
  return [...new Set(askersOf(messages, answer).flatMap(m => m.ids))];
}

/** The masks by which frames of a message are known, beside {@link idsOf}: its own, or those of the messages that it answers. */
export function masksOf(m: Message, messages: readonly Message[]): readonly { mask: number; equals: number }[] {
  const masked = m.sameId ? askersOf(messages, m) : [m];
  return masked.flatMap(x => (x.masked === undefined ? [] : [x.masked]));
}

function askersOf(messages: readonly Message[], answer: Message): Message[] {
  return messages.filter(m =>
    [m.auth?.ok, m.auth?.fail, m.heartbeat?.reply, m.reply].some(a => a?.message === answer.name),
  );
}
