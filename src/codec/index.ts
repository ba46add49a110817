/** `framegate/codec`: what generated code imports. Runs in Node and in browsers. */
export * from './conn-context.js';
export * from './contract.js';
export * from './problem.js';
export * from './splitter.js';
export * from './writer.js';
