/** The first time limit that a client meets that does nothing: what the test of a new project is about. */
import type { ProtocolModel } from '../model/model.js';

export interface TimeLimit {
  readonly title: string;
  /** Milliseconds after which it has passed for certain. */
  readonly ms: number;
  /** The reason with which the connection is closed. */
  readonly code: 'auth-timeout' | 'heartbeat-timeout' | 'idle-timeout';
}

export function firstTimeLimit(model: ProtocolModel): TimeLimit {
  const longest = (limits: (number | undefined)[]): number => Math.max(...limits.map(ms => ms ?? 0));
  const { idle } = model.limits;
  const beats = longest(model.messages.map(m => m.heartbeat && m.heartbeat.every * m.heartbeat.miss));
  const auth = model.login ? longest(model.messages.map(m => m.auth?.within)) : 0;
  const silence = beats > 0 ? Math.min(beats, idle) : idle;
  if (auth > 0 && auth <= silence) {
    return { title: `who has not logged in after ${auth / 1000} s is closed`, ms: auth + MARGIN, code: 'auth-timeout' };
  }
  const code = beats > 0 && beats <= idle ? 'heartbeat-timeout' : 'idle-timeout';
  return { title: `who is silent for ${silence / 1000} s is closed`, ms: silence + MARGIN, code };
}

/** Time limits are met a little late. */
const MARGIN = 1000;
