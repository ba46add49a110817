/** The application of the echo benchmark; its address comes from the command line. */
import { defineApp } from '../../src/index.js';
import { echo } from '../generated/echo/codec.js';

// The `gw` command takes an app file's default export.
export default defineApp({
  name: 'echo',
  listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: echo, events: () => import('./events.js') }],
});
