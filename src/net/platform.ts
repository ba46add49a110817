/** All that the runtime may reach of the world outside, in one bundle that is handed down. */
import { type Clock, realClock } from './clock.js';
import { type Disk, realDisk } from './disk.js';
import type { Net } from './net.js';
import { type Random, realRandom } from './random.js';
import { realNet } from './real-net.js';
import { createTurn, type Turn } from './turn.js';

export interface Platform {
  readonly clock: Clock;
  readonly net: Net;
  readonly random: Random;
  readonly turn: Turn;
  readonly disk: Disk;
}

/** The real world: one per process. */
export function realPlatform(): Platform {
  return { clock: realClock, net: realNet, random: realRandom, turn: createTurn(), disk: realDisk };
}
