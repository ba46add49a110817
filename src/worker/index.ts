export type * from './api.js';
export * from './auth.js';
export { WorkerCore, type KnownGateway, type WorkerModule, type WorkerOptions } from './core.js';
