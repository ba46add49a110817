/** The application of soak runs. All of its processes can be told to collect their garbage, so that what is left is what they hold. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineApp } from '../../src/index.js';
import { soak } from './generated/soak/codec.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
// A signal that means nothing to whoever does not wait for it.
process.on('SIGWINCH', collect);

// Tools take an app file's default export.
export default defineApp({
  name: 'soak',
  listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: soak, events: () => import('./events.js') }],
});
