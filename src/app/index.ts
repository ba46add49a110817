export type { LinkTlsFiles } from '../link/index.js';
export { type App, type AppConfig, defineApp, type ListenerConfig, type WorkerSettings } from './define-app.js';
export type { ProxyConfig } from './proxy-config.js';
export { type RoleOptions, type Running, startAll, startGateway, startRegister, startWorker } from './roles.js';
export type { Status } from './status.js';
export type { TlsFiles } from './tls-files.js';
