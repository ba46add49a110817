export {
  type AddressLimits,
  Admission,
  type AdmissionSettings,
  addressLimits,
  type BanPolicy,
  banPolicy,
} from './admission.js';
export { type BadFrame, BadFrames } from './bad-frames.js';
export type { GatewayClient } from './client.js';
export {
  type ConnectionRow,
  connectionsPage,
  type Kick,
  kickPage,
  type Page,
  type Whom,
} from './connections.js';
export { type GatewayCounters, gatewayCounters } from './counters.js';
export { DenyList } from './deny-list.js';
export type { Refusal } from './door.js';
export type { Drained, DrainOptions, Farewell } from './drain.js';
export type { ProxyPolicy } from './entrance.js';
export {
  Gateway,
  type GatewayListener,
  type GatewayOptions,
  type GatewaySettings,
  type ListenerState,
} from './gateway.js';
export { BUFFERS, checkAmount, checkLimits, defaultLimits, type ListenerLimits, withDefaults } from './limits.js';
export { type LinkRow, linkRows } from './links.js';
export type { Delivery } from './listener.js';
export type { QuarantinedMessage } from './quarantine.js';
export { checkRoute, type RoutableWorker, type Route, type RoutedClient, type RouteFunction } from './route.js';
export type { SlowClient } from './slow-policy.js';
