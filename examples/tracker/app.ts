/** A server for GPS trackers that speak gt06: logs them in, answers their heartbeats, prints where they are. */
import { defineApp } from 'framegate';
import { gt06 } from './gt06/codec.js';

export default defineApp({
  name: 'tracker',
  listeners: [{ listen: 'tcp://127.0.0.1:5023', protocol: gt06, events: () => import('./gt06/events.js') }],
});
