/** The application of the benchmarks of many clients; its address comes from the command line. */
import { defineApp } from '../../src/index.js';
import { crowd } from '../generated/crowd/codec.js';

// The `gw` command takes an app file's default export.
export default defineApp({
  name: 'crowd',
  listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: crowd, events: () => import('./events.js') }],
});
