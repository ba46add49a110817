export { SimConnection } from './connection.js';
export type { Weather } from './network.js';
export { SimNetwork } from './network.js';
export { type Death, SimProcess } from './process.js';
export { hashText, SimRandom } from './random.js';
export { settlePromises, World, type WorldOptions } from './world.js';
