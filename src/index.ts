/** `framegate`: what applications import. */

export * from './app/index.js';
export type { Protocol, ProtocolTypes } from './codec/index.js';
export type { BadFrame, ListenerLimits } from './gateway/index.js';
export {
  type CloseReason,
  type CloseReasonCode,
  closeReasons,
  type ErrorCode,
  errorCodes,
  FramegateError,
  type Logger,
  type LogLevel,
  RequestRefused,
  stderrLogger,
} from './protocol/index.js';
export {
  Accepted,
  type AcceptOptions,
  type AuthResult,
  accept,
  type Client,
  type ErrorContext,
  type Events,
  type Handler,
  type HandlerLimits,
  type HandlerResult,
  type MessageEvent,
  Refused,
  type RequestOptions,
  type Result,
  refuse,
  type SendOptions,
  type Session,
  type SessionResult,
  type SessionValue,
  type SessionValues,
  type SessionWrite,
  type UnknownMessage,
  type Worker,
} from './worker/index.js';
