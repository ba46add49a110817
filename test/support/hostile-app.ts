/** An application with strict limits, for tests of clients that mean no good. */
import { defineApp } from '../../src/index.js';
import { lineProtocol } from './line-protocol.js';

const protocol = lineProtocol({ within: 1500, every: 1000, miss: 2, frame: 16_384 });
const events = () => import('./hostile-events.js');
const listen = 'tcp://127.0.0.1:0';
const limits = { clients: 12_000, badFrames: 20, sendBuffer: 256 * 1024, handshake: 1000, framesPerSecond: 200 };
const { HOSTILE_CERT: cert = '', HOSTILE_KEY: key = '' } = process.env;

export default defineApp({
  listeners: [
    { listen, protocol, events, limits },
    { listen, protocol, events, limits: { ...limits, over: 'close' } },
    { listen, protocol, events, limits, proxy: { trusted: ['127.0.0.0/8'] } },
    ...(cert === '' ? [] : [{ listen: 'tls://127.0.0.1:0', protocol, events, limits, tls: { cert, key } }]),
  ],
});
