/** `framegate/codec`: what generated code imports. Runs in Node and in browsers. */
export * from './bcd.js';
export * from './check-sums.js';
export * from './conn-context.js';
export * from './contract.js';
export * from './cursor.js';
export * from './ints.js';
export * from './line.js';
export * from './problem.js';
export * from './scale.js';
export * from './splitter.js';
export * from './text.js';
export * from './time.js';
export * from './varint.js';
export * from './writer.js';
