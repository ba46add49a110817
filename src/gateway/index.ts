export { type BadFrame, BadFrames } from './bad-frames.js';
export type { GatewayClient } from './client.js';
export { type GatewayCounters, gatewayCounters } from './counters.js';
export type { ProxyPolicy, Refusal } from './entrance.js';
export { Gateway, type GatewayListener, type GatewayOptions, type GatewaySettings } from './gateway.js';
export { checkAmount, checkLimits, defaultLimits, type ListenerLimits } from './limits.js';
export type { Delivery } from './listener.js';
export type { QuarantinedMessage } from './quarantine.js';
export { checkRoute, type RoutableWorker, type Route, type RoutedClient, type RouteFunction } from './route.js';
