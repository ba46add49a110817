export type * from './api.js';
export * from './auth.js';
export type {
  BindOptions,
  Bound,
  ClientRow,
  CloseOptions,
  Cluster,
  Delivery,
  KickOptions,
  Result,
  Select,
  Selection,
  SendOptions,
  Sent,
  SessionCondition,
  SessionState,
  Where,
} from './cluster.js';
export { concurrentHandlers } from './concurrent.js';
export { WorkerCore, type WorkerModule, type WorkerOptions } from './core.js';
export { type WorkerCounters, workerCounters } from './counters.js';
export { GatewayLink } from './gateway-link.js';
export { type GatewayState, Gateways, type KnownGateway, unknownEpoch } from './gateways.js';
export { WorkerHandle } from './handle.js';
export { message, type Outgoing, type ProtocolMessage } from './outgoing.js';
export type { TimerOptions, TimerTick, WorkerTimer } from './timers.js';
export { defaultHandlerLimits, type HandlerLimits, handlerLimits } from './watch.js';
