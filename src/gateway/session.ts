/** A client's session, as its gateway keeps it: all writes meet here, in the order in which they come. */
import { Writer } from '../codec/index.js';
import { newsFlags, putValue, type Value } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { GatewayClient } from './client.js';
import { SESSION_BYTES } from './limits.js';

type Values = { readonly [key: string]: Value };

export interface SessionWrite {
  readonly values: Values;
  /** Replace all; else keep the keys that are not given. */
  readonly all: boolean;
  /** Write only if the session still has this version. */
  readonly expected: number | undefined;
  /** By the client's own worker: which version it has. */
  readonly known: number | undefined;
}

/** `current` is null where the writer knows it: it has what was there before, and what it has written. */
export interface SessionAnswer {
  readonly ok: boolean;
  readonly version: number;
  readonly current: Values | null;
}

const scratch = new Writer(1024);
const NOTHING: Values = {};

/** A key whose new value is null is removed. @throws FramegateError `FG_TOO_LARGE` */
export function writeSession(client: GatewayClient, { values, all, expected, known }: SessionWrite): SessionAnswer {
  const before = client.sessionVersion;
  const own = known !== undefined;
  if (expected !== undefined && expected !== before) {
    if (own) client.news &= ~newsFlags.session;
    return { ok: false, version: before, current: client.session ?? NOTHING };
  }
  const next: { [key: string]: Value } = all ? {} : { ...client.session };
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined) delete next[key];
    else next[key] = value;
  }
  scratch.length = 0;
  putValue(scratch, next);
  if (scratch.length > SESSION_BYTES) {
    // What it has written behind this, it has based on a session that there is not.
    if (own) client.news |= newsFlags.session;
    throw new FramegateError(
      'FG_TOO_LARGE',
      `A session may have ${SESSION_BYTES} bytes, this one would have ${scratch.length}; keep what is large elsewhere`,
    );
  }
  client.session = next;
  client.sessionVersion++;
  const foreseen = own && known === before && (client.news & newsFlags.session) === 0;
  if (own) client.news &= ~newsFlags.session;
  else client.news |= newsFlags.session;
  return { ok: true, version: client.sessionVersion, current: foreseen ? null : next };
}
