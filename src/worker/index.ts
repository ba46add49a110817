export type * from './api.js';
export * from './auth.js';
export { type KnownGateway, WorkerCore, type WorkerModule, type WorkerOptions } from './core.js';
