/** What is in effect in a gateway as a whole, beside its listeners. */
import { type AddressLimits, addressLimits, type BanPolicy, banPolicy } from '../../gateway/index.js';
import type { App } from '../define-app.js';
import { buffersOf } from '../memory-limit.js';
import { numberOrNull } from './findings.js';

type Bounds<T> = { readonly [K in keyof T]-?: number | null };

/** Times in milliseconds, sizes in bytes; `null` where there is no bound. */
export interface GatewayReport {
  /** Of all listeners together. */
  readonly clients: number | null;
  readonly buffers: number | null;
  /** `function`: one of the app's own. */
  readonly route: string;
  readonly perAddress: Bounds<AddressLimits>;
  /** How many are named in the app, and the file that names more. */
  readonly denied: { readonly addresses: number; readonly uids: number; readonly file: string | null };
  /** `null`: nobody is banned. */
  readonly ban: Bounds<BanPolicy> | null;
}

/**
 * @param memory that the gateway may have
 * @throws FramegateError `FG_CONFIG`
 */
export function gatewayReport(app: App, memory: number): GatewayReport {
  const { clients, route = 'least-connections', perAddress, deny = [], denyUids = [], denyFile, ban } = app.gateway;
  return {
    clients: numberOrNull(clients ?? Number.POSITIVE_INFINITY),
    buffers: numberOrNull(buffersOf(app, memory)),
    route: typeof route === 'function' ? 'function' : route,
    perAddress: bounds(addressLimits(perAddress)),
    denied: { addresses: deny.length, uids: denyUids.length, file: denyFile ?? null },
    ban: ban === undefined ? null : bounds(banPolicy(ban)),
  };
}

function bounds<T extends Readonly<Record<keyof T, number>>>(values: T): Bounds<T> {
  const all = Object.entries<number>(values).map(([name, value]) => [name, numberOrNull(value)]);
  return Object.fromEntries(all) as Bounds<T>;
}
