/** `framegate/client`: for programs that are no workers, such as a web server or a job that runs at night. */
export type { Protocol, ProtocolTypes } from '../codec/index.js';
export { type LogFormat, type StderrOptions, stderrLogger } from '../log/index.js';
export {
  type ErrorCode,
  FramegateError,
  type LogFacts,
  type Logger,
  type LogLevel,
  RequestRefused,
} from '../protocol/index.js';
export {
  type BindOptions,
  type Bound,
  type ClientRow,
  type CloseOptions,
  type Cluster,
  type Delivery,
  type GatewayState,
  type KickOptions,
  message,
  type Outgoing,
  type ProtocolMessage,
  type RequestOptions,
  type Result,
  type Select,
  type Selection,
  type SendOptions,
  type Sent,
  type SessionCondition,
  type SessionPatch,
  type SessionResult,
  type SessionState,
  type SessionValue,
  type SessionValues,
  type SessionWrite,
  type Where,
} from '../worker/index.js';
export { type Connection, type ConnectOptions, connect, type Flushed } from './connect.js';
