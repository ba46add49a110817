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
  type ClientRow,
  type CloseOptions,
  type Cluster,
  type Delivery,
  type ErrorContext,
  type Events,
  type Handler,
  type HandlerLimits,
  type HandlerResult,
  type MessageEvent,
  message,
  type Outgoing,
  type ProtocolMessage,
  Refused,
  type RequestOptions,
  type Result,
  refuse,
  type Select,
  type Selection,
  type SendOptions,
  type Sent,
  type Session,
  type SessionCondition,
  type SessionPatch,
  type SessionResult,
  type SessionState,
  type SessionValue,
  type SessionValues,
  type SessionWrite,
  type UnknownMessage,
  type Where,
  type Worker,
} from './worker/index.js';
// Not by name: only so can a program add to it.
export type * from './worker/session-fields.js';
