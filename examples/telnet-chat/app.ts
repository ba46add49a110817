/** A chat for people with telnet: rooms, names, private messages. */
import { defineApp } from 'framegate';
import { chat } from './chat/codec.js';

export default defineApp({
  name: 'telnet-chat',
  listeners: [{ listen: 'tcp://127.0.0.1:8282', protocol: chat, events: () => import('./chat/events.js') }],
});
