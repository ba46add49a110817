export type * from './api.js';
export * from './auth.js';
export { WorkerCore, type WorkerModule, type WorkerOptions } from './core.js';
export type { KnownGateway } from './gateways.js';
export { defaultHandlerLimits, type HandlerLimits, handlerLimits } from './watch.js';
