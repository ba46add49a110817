export * from './address.js';
export * from './clock.js';
export * from './net.js';
export * from './platform.js';
export * from './random.js';
export { createRealNet, listenError, realNet } from './real-net.js';
export * from './timer-wheel.js';
export * from './turn.js';
