export { type GatewayRecord, LEASE, type View } from './messages.js';
export { Register, type RegisterOptions } from './register.js';
export { RegisterClient, type RegisterClientOptions } from './register-client.js';
