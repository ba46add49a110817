/** What the checker judges by: each rule is a promise, and for each there is a breakage of the runtime that violates it. */

export const rules = {
  'at-most-once': 'what is declared so is handled once, or not at all',
  bytes: 'devices get whole frames and nothing else',
  close: 'each connect has its close event, once, behind the last message, and for the right reason',
  errors: 'nothing is logged as an error but what is one',
  fencing: 'what a worker says about a client that it no longer has is dropped',
  innocent: 'a device that goes on speaking is not closed for its silence, nor one that logs in for not doing so',
  keys: 'who has no key is not linked, and who has one is, also while keys are exchanged',
  links: 'a link breaks only where something befalls it, or one of its ends',
  lost: 'what a gateway has read is handled',
  memory: 'nothing piles up, and nothing is left of who is gone',
  order: 'the messages of a client begin in order, one at a time or as many as may, and some have none beside them',
  parts: 'what comes in parts is handled as a whole, each part once and in its place',
  poison: 'what takes its workers down is put away after a few, and nothing else is',
  presence: 'that the last connection of a uid is gone is said by one worker',
  queries: 'an answer that lacks something says so',
  'read-your-writes': 'what a worker has written it sees',
  reach: 'when all is whole, what is sent to many reaches all of them',
  recovery: 'when all is whole again, all find one another, and nobody waits in vain',
  redelivery: 'what comes again is marked',
  reload: 'what a worker has done that stops in order nobody does again',
  replies: 'no message is replied to twice, and none that must be replied to is forgotten',
  requests: 'the answer is to the request, and by whom it was asked of',
  sessions: 'no confirmed write is lost, and none appears that was not made',
  single: 'a uid that is claimed has one connection, the one that claimed it last',
  start: 'a process that can start does',
  stranger: 'a message reaches those whom it is for',
  timeouts: 'a handler past its time is heard no more',
  twice: 'what is sent to many reaches nobody twice',
} as const;

export type Rule = keyof typeof rules;
