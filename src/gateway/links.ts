/** The links of a gateway, as operators look at them: who is at the other end, and what waits on the way there. */
import type { Gateway } from './gateway.js';
import type { WorkerPeer } from './worker-peer.js';

/** One link. */
export interface LinkRow {
  /** Id of the peer. */
  readonly peer: string;
  readonly role: 'worker' | 'program';
  readonly address: string;
  /** `draining`: it takes no more clients. */
  readonly stage: 'ready' | 'draining';
  readonly clients: number;
  /** Events of its clients that have not been sent, as there is no credit. */
  readonly waiting: number;
  /** Events that it has not acknowledged. */
  readonly unsettled: number;
  /** Bytes on their way out. */
  readonly buffered: number;
  /** What it may still be sent. */
  readonly credit: { readonly events: number; readonly bytes: number };
}

/** Looks at every client once: some milliseconds for 100,000 of them. */
export function linkRows(gateway: Gateway): LinkRow[] {
  const waiting = new Map<WorkerPeer, { waiting: number; unsettled: number }>();
  for (const client of gateway.clients) {
    if (client?.peer === undefined) continue;
    const sums = waiting.get(client.peer) ?? { waiting: 0, unsettled: 0 };
    const { backlog } = client;
    const unsent = backlog?.waiting === true ? client.seq - backlog.seqAt(backlog.next) + 1 : 0;
    sums.waiting += unsent;
    sums.unsettled += client.seq - client.acknowledged - unsent;
    waiting.set(client.peer, sums);
  }
  return [...gateway.peers].map(peer => ({
    peer: peer.id,
    role: peer.stage === 'guest' ? 'program' : 'worker',
    address: peer.link.peer,
    stage: peer.stage === 'draining' ? 'draining' : 'ready',
    clients: peer.clients,
    ...(waiting.get(peer) ?? { waiting: 0, unsettled: 0 }),
    buffered: peer.link.queued,
    credit: peer.creditLeft,
  }));
}
