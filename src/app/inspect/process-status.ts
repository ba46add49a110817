/** What a process says of itself when `gw status` asks. Numbers, names and reasons: nothing that clients or handlers have said. */
import type { LinkRow } from '../../gateway/index.js';
import { linkRows } from '../../gateway/index.js';
import { formatAddress } from '../../net/index.js';
import type { GatewayState } from '../../worker/index.js';
import type { OwnProcess, ProcessInfo } from '../control-calls.js';
import type { Status } from '../status.js';
import type { LoopDelay, LoopMonitor } from './loop-delay.js';

/** What is looked at of a process, by itself. */
export interface Inspected extends Pick<OwnProcess, 'name' | 'role' | 'startedAt' | 'running' | 'ready'> {
  /** Ends it in order. */
  stop(within: undefined): unknown;
}

/** Whether it can do its work. */
export interface Health {
  readonly ready: boolean;
  /** Why not, each in a few words. */
  readonly problems: readonly string[];
}

/** A gateway's link, as its worker sees it. */
export interface GatewayLinkRow extends GatewayState {
  /** Clients that are bound over it. */
  readonly clients: number;
  /** Bytes on their way out. */
  readonly buffered: number;
}

export interface ListenerStatus {
  readonly protocol: string;
  readonly address: string;
  readonly clients: number;
  /** `null`: any number. */
  readonly most: number | null;
  /** `false`: it accepts nobody any more. */
  readonly open: boolean;
}

/** Times in milliseconds, sizes in bytes. */
export interface ProcessStatus extends Health {
  readonly name: string;
  readonly role: ProcessInfo['role'];
  readonly pid: number;
  readonly uptime: number;
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly heapTotal: number };
  /** Since it was last asked for its status. */
  readonly loop: LoopDelay | null;
  readonly listeners: readonly ListenerStatus[];
  /** Where workers, or peers of a register, dial in; empty if nowhere. */
  readonly inner: string;
  /** Of a gateway: its workers, and programs. */
  readonly links: readonly LinkRow[];
  /** Of a worker. */
  readonly gateways: readonly GatewayLinkRow[];
  readonly counters: Status;
}

export function processStatus(own: Inspected, monitor: LoopMonitor | undefined): ProcessStatus {
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const { name, role, running } = own;
  const { gateway } = running ?? {};
  return {
    name,
    role,
    pid: process.pid,
    uptime: Date.now() - own.startedAt,
    ...processHealth(own),
    memory: { rss, heapUsed, heapTotal },
    loop: monitor?.look() ?? null,
    listeners: (gateway?.listenerStates() ?? []).map(({ address, most, ...rest }) => ({
      ...rest,
      address: formatAddress(address),
      most: Number.isFinite(most) ? most : null,
    })),
    inner: running?.inner ?? '',
    links: gateway === undefined ? [] : linkRows(gateway),
    gateways: gatewayLinks(own),
    counters: running?.status() ?? {},
  };
}

/** Looks at links only, so it may be asked often. */
export function processHealth({ role, running, ready }: Inspected): Health {
  const problems: string[] = [];
  if (!ready) problems.push('it is still starting');
  else if (running !== undefined) {
    const { gateway, worker } = running;
    if (gateway?.draining === true) problems.push('it drains: it accepts no clients');
    if (gateway !== undefined && ![...gateway.peers].some(({ stage }) => stage === 'ready'))
      problems.push('no worker is linked');
    if (worker !== undefined && worker.links === 0) problems.push('no gateway is linked');
    for (const { id, foreign } of worker?.gateways.states() ?? []) {
      if (foreign.length === 0) continue;
      problems.push(
        `gateway ${id} has ${foreign.join(', ')} in another version: start one of the two from the build of the other`,
      );
    }
  }
  return { ready: problems.length === 0, problems: role === 'app' ? [...new Set(problems)] : problems };
}

function gatewayLinks({ running }: Inspected): GatewayLinkRow[] {
  const worker = running?.worker;
  if (worker === undefined) return [];
  const rows = new Map<string, GatewayLinkRow>();
  for (const state of worker.gateways.states()) rows.set(state.id, { ...state, clients: 0, buffered: 0 });
  for (const peer of worker.gateways.ready()) {
    const known = rows.get(peer.id) ?? {
      id: peer.id,
      address: peer.link.peer,
      linked: true,
      why: '',
      foreign: [...(peer.foreign ?? [])],
    };
    const clients = peer.clients.reduce(n => n + 1, 0);
    rows.set(peer.id, { ...known, clients, buffered: peer.link.queued });
  }
  return [...rows.values()];
}
