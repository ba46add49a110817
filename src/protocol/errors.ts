/** Errors of the runtime: one class, one stable code each, and a sentence that says what to try. */

import { inspect } from 'node:util';

export const errorCodes = {
  FG_ADDRESS: 'an address cannot be understood',
  FG_APP: 'the app file cannot be used',
  FG_BACKPRESSURE: 'a client has sent more than may wait while it is asked something',
  FG_BAD_ANSWER: 'the answer to a request cannot be decoded',
  FG_BUSY: 'a client has too many unanswered requests',
  FG_CLOSED: 'the connection or link is closed',
  FG_CONFIG: 'the application is configured wrongly',
  FG_CONTROL: 'a process cannot be asked over its control socket',
  FG_DISK: 'a file cannot be read or written',
  FG_EVENTS: 'the events module does not fit its protocol',
  FG_FORBIDDEN: 'the role of this program does not allow it',
  FG_HANDLER_TIMEOUT: 'a handler did not settle in time',
  FG_INTERNAL: 'a fault in Framegate itself',
  FG_KEY: 'a key is missing, malformed or not accepted',
  FG_KEY_REQUIRED: 'an inner port may not be reachable from outside without a key',
  FG_LINK: 'the peer on a link is not one',
  FG_LISTEN: 'a port cannot be listened on',
  FG_NOT_IN_EVENT: 'a call belongs inside an event handler',
  FG_REFUSED: 'a request was answered with an error',
  FG_REGISTER: 'the register cannot be reached',
  FG_REPLY: 'an event has no such reply, or has it already',
  FG_REQUEST: 'a message cannot be sent as a request',
  FG_TIMEOUT: 'a request was not answered in time',
  FG_TLS: 'a certificate or a key for TLS cannot be used',
  FG_TOO_LARGE: 'a value is larger than its limit',
  FG_UNKNOWN_MESSAGE: 'the protocol has no such message',
  FG_UNREACHABLE: 'a gateway did not answer',
  FG_VALUE: 'a value cannot be kept or sent',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Whatever the runtime throws or rejects with.
 * @example
 * try { await worker.isOnline(id); } catch (e) { if (e instanceof FramegateError && e.code === 'FG_UNREACHABLE') ... }
 */
export class FramegateError extends Error {
  override readonly name = 'FramegateError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The device has answered a request with a message that the schema calls an error. */
export class RequestRefused extends FramegateError {
  /** Name and value of that message. */
  readonly answer: { readonly name: string; readonly value: { readonly [field: string]: unknown } };

  constructor(text: string, answer: RequestRefused['answer']) {
    super('FG_REFUSED', text);
    this.answer = answer;
  }
}

/** The sentence of any thrown value. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  if (typeof error === 'string') return error;
  const shown = inspect(error, { depth: 1, maxArrayLength: 10, maxStringLength: 100, breakLength: Infinity });
  return shown.length <= 200 ? shown : `${shown.slice(0, 200)}...`;
}
