export { type App, type AppConfig, defineApp, type ListenerConfig } from './define-app.js';
export { type RoleOptions, type Running, startAll, startGateway, startRegister, startWorker } from './roles.js';
