export * from './bytes.js';
export * from './hello.js';
export * from './link.js';
export { memoryLink } from './memory-link.js';
export * from './records.js';
export { dialLink, SocketLink } from './socket-link.js';
export * from './values.js';
