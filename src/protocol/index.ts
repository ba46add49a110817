export type * from '../codec/contract.js';
export * from './check-keys.js';
export * from './counted.js';
export * from './error-log.js';
export * from './errors.js';
export * from './hash.js';
export * from './logger.js';
export * from './protocol-table.js';
export * from './reasons.js';
