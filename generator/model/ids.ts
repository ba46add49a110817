/** The ids that the frames of a message can have. */
import type { Message } from './model.js';

/** Those that it names, or those of the messages that it answers; none for ids by mask. */
export function idsOf(m: Message, messages: readonly Message[]): readonly number[] {
  return m.sameId ? sameIds(messages, m) : m.ids;
}

/** The ids that an answer with `id: { same: request }` can have: those of the messages that it answers. */
export function sameIds(messages: readonly Message[], answer: Message): number[] {
  const askers = messages.filter(m =>
    [m.auth?.ok, m.auth?.fail, m.heartbeat?.reply, m.reply].some(a => a?.message === answer.name),
  );
  return askers.flatMap(m => m.ids);
}
