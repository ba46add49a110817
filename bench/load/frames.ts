/** The frames of the loads: what the echo protocol makes of them is checked once, here. */
import { Writer } from '../../src/codec/index.js';
import { echo } from '../generated/echo/codec.js';

/** Bytes of a frame. */
export const FRAME = 64;
/** Where its payload begins. */
export const PAYLOAD = 7;
/** In what asks for broadcasts, where the number of them stands; in an echo, a zero. */
export const TIMES = 3;

/** An echo. */
export function echoFrame(): Buffer {
  const w = new Writer(FRAME);
  const payload = Uint8Array.from({ length: FRAME - PAYLOAD }, (_, i) => i);
  echo.up.find(m => m.name === 'echo')!.write(w, { seq: 7, payload });
  if (w.length !== FRAME) throw new Error(`the frame has ${w.length} bytes`);
  return Buffer.from(w.slice());
}

/** What asks a server to send {@link echoFrame} to all its clients, so many times. */
export function shoutFrame(times: number): Buffer {
  const w = new Writer(FRAME);
  echo.up.find(m => m.name === 'shout')!.write(w, { times });
  if (w.bytes[TIMES] !== times) throw new Error('a bare server would not find how often it is asked');
  return Buffer.from(w.slice());
}
