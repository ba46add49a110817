export { LastView } from './last-view.js';
export { type Announcement, LEASE, type PeerRecord, type View } from './messages.js';
export { Register, type RegisterOptions } from './register.js';
export { Registers, type RegistersOptions } from './registers.js';
export type { Whereabouts } from './union.js';
