/** Clients that come, say one thing, and have arrived when it is answered. */
import * as net from 'node:net';
import { Writer } from '../../src/codec/index.js';
import { crowd } from '../generated/crowd/codec.js';
import { echoFrame, FRAME } from './frames.js';

/** What a client says first: to an application it logs in, to a bare server anything. Each answers with {@link FRAME} bytes. */
export type First = 'login' | 'echo';

const echo = echoFrame();
const buffer = Buffer.allocUnsafeSlow(65536);

function loginFrame(index: number): Uint8Array {
  const w = new Writer(FRAME);
  crowd.up.find(m => m.name === 'login')!.write(w, { name: `device-${index}` });
  return w.slice();
}

/** Connects, says it, and resolves when the answer is there. @throws Error when the connection ends before that */
export function arrive(port: number, first: First, index: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    let left = FRAME;
    const onread = {
      buffer,
      callback: (size: number): boolean => {
        left -= size;
        if (left === 0) resolve(socket);
        return true;
      },
    };
    const socket: net.Socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.write(first === 'echo' ? echo : loginFrame(index));
  });
}
