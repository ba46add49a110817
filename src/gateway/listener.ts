/** One listening address of a gateway, with the protocol that is spoken there. */

import { eventFlags } from '../link/index.js';
import type { Tls, Where } from '../net/index.js';
import type { ProtocolTable } from '../protocol/index.js';
import type { Entrance, ProxyPolicy } from './entrance.js';
import type { ListenerLimits } from './limits.js';
import type { Rates } from './pace.js';
import type { Payer, Rate } from './rate.js';
import type { SlowPolicy } from './slow-policy.js';

export interface ListenerRuntime {
  /** The protocol's id. */
  readonly name: string;
  readonly table: ProtocolTable;
  readonly limits: Required<ListenerLimits>;
  readonly where: Where;
  readonly proxy: ProxyPolicy | undefined;
  readonly tls: Tls | undefined;
  /** Flags of each message's events, by index in `protocol.up`; behind them those of unknown messages. */
  readonly flags: Uint8Array;
  /** What becomes of those who do not read; `undefined`: they are closed with more than `mostQueued` bytes waiting. */
  readonly slow: SlowPolicy | undefined;
  readonly mostQueued: number;
  /** How fast its clients may speak; `undefined`: as fast as they can. */
  readonly rates: Rates | undefined;
  /** How fast they may come, and the moment to which they have paid for that. */
  readonly connects: Rate;
  readonly comers: Payer;
  /** Clients connected now. */
  clients: number;
  /** Connections that are about to become clients. */
  readonly entering: Set<Entrance>;
}

export type Delivery = 'at-least-once' | 'at-most-once';

/** What a listener promises for all, or the schema for some. A login whose worker dies is delivered again in any case. */
export function flagsOf({ protocol }: ProtocolTable, delivery: Delivery | undefined): Uint8Array {
  const all = delivery === 'at-most-once';
  const flags = protocol.up.map(m => {
    const once = m.auth === undefined && (all || m.delivery === 'at-most-once');
    return once ? eventFlags.once : 0;
  });
  return Uint8Array.of(...flags, all ? eventFlags.once : 0);
}
