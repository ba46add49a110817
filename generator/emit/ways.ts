/** The two ways that frames go: `up` is from client to server. */
import type { Message, ProtocolModel } from '../model/model.js';

export type Way = 'up' | 'down';

export const WAYS: readonly Way[] = ['up', 'down'];

/** Messages that go this way, in the order of their numbers in generated code. */
export function messagesOf(model: ProtocolModel, way: Way): Message[] {
  return model.messages.filter(m => goes(m, way));
}

/** Whether a message goes this way. */
export function goes({ dir }: Pick<Message, 'dir'>, way: Way): boolean {
  return dir === way || dir === 'both';
}
