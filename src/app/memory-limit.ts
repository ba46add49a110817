/**
 * How much of the memory that its container or unit may have a gateway lets pile up. Whoever needs more than that limit is killed by
 * the kernel, with all of its connections, and a default that is made for whole machines is reached only after that.
 */
import { totalmem } from 'node:os';
import { BUFFERS } from '../gateway/index.js';
import type { App } from './define-app.js';
import { bytesText } from './inspect/units.js';

/** Of that memory: clients are closed only at twice the bound, and there are the process itself and the kernel's buffers of its sockets. */
const PART = 5;
/** Of that memory, beyond which a bound that the app names can hardly be reached. */
const REACHED = 2;

/**
 * Bytes that the processes of this container or unit may have together; `Infinity` where that is all of the machine.
 * @param told what Node has found; figures beyond the machine, or none, stand for no limit
 */
export function memoryLimit(told: number | undefined = process.constrainedMemory(), machine = totalmem()): number {
  return told === undefined || told <= 0 || told >= machine ? Number.POSITIVE_INFINITY : told;
}

/** Bytes that may pile up in a gateway: those that the app names, or what fits into this memory. */
export function buffersOf({ gateway }: App, memory: number): number {
  return gateway.buffers ?? Math.min(BUFFERS, Math.floor(memory / PART));
}

/** What is to be said where the app names more than fits; `undefined`: nothing. */
export function tooLittleMemory({ gateway: { buffers = 0 } }: App, memory: number): string | undefined {
  if (buffers * REACHED <= memory) return undefined;
  const fitting = Math.floor(memory / PART);
  return (
    `A gateway lets ${buffers === Number.POSITIVE_INFINITY ? 'anything' : bytesText(buffers)} pile up, and closes clients at twice as much, but it may have ${bytesText(memory)} of ` +
    `memory here, and is killed beyond that: give it more, or lower "buffers" to ${fitting}`
  );
}
