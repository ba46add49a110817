/**
 * Finds the message that kills its workers. Suspect is the first event that a lost worker had not acknowledged, of each
 * client: most are innocent, they were only on the same worker. From its second redelivery on such an event runs alone on its
 * worker, which says so before it begins (the `started` record); so a death with that record open is the event's own doing.
 *
 *     suspect, delivered again -> alone, delivered again -> started and died, three times -> quarantined
 *
 * A worker that dies while its output jams leaves nothing behind of what it had just settled, so the event may stand further
 * back: more of them run alone each time.
 */
import { eventFlags } from '../link/index.js';
import type { GatewayClient } from './client.js';

/** Redelivery from which on a suspect runs alone. */
const ALONE_FROM = 2;
/** How many times as many events run alone as the time before. */
const MORE_EACH_TIME = 8;
/** Proven deaths after which a message is given up. */
export const DEATHS = 3;

export interface Suspicion {
  /** The first event that was not acknowledged. */
  seq: number;
  /** The last event that all these workers had been handed. */
  readonly to: number;
  redeliveries: number;
  deaths: number;
  /** A worker has said that it begins with the event, alone. */
  started: boolean;
  /** Boot epoch of the worker whose loss was counted last, and whether it counted as a proven death. */
  blamed: string;
  proven: boolean;
}

export class Suspects {
  readonly #clients = new Set<GatewayClient>();

  /**
   * The client's worker is lost, and what it had not acknowledged is about to be delivered again.
   * @param unsent number of the first event that it had not been handed
   * @param counts it was neither draining nor told to stop
   * @returns whether the client's first event is to be given up
   */
  lost(client: GatewayClient, unsent: number, worker: string, counts: boolean): boolean {
    const { backlog, suspicion: known } = client;
    if (known !== undefined && !counts) known.started = false;
    if (backlog === undefined || !counts) return false;
    const seq = backlog.seqAt(backlog.head);
    if (seq >= unsent) return false;
    const last = Math.min(unsent - 1, client.seq);
    const suspicion = known !== undefined && seq <= known.to ? known : this.#suspect(client, seq, last);
    this.#look(suspicion, seq);
    suspicion.redeliveries++;
    suspicion.proven = suspicion.started;
    if (suspicion.started) suspicion.deaths++;
    suspicion.started = false;
    suspicion.blamed = worker;
    if (suspicion.deaths >= DEATHS) return true;
    const times = suspicion.redeliveries - ALONE_FROM;
    if (times >= 0) backlog.mark(eventFlags.alone, MORE_EACH_TIME ** times, suspicion.to);
    return false;
  }

  /** A worker that was lost is back, in the same life: only its link was cut. */
  back(worker: string): void {
    for (const { suspicion } of this.#clients) {
      if (suspicion?.blamed !== worker) continue;
      suspicion.redeliveries--;
      if (suspicion.proven) suspicion.deaths--;
      suspicion.blamed = '';
    }
  }

  started(client: GatewayClient, seq: number): void {
    const { suspicion } = client;
    if (suspicion?.seq === seq) suspicion.started = true;
  }

  /** Events up to `seq` are settled: the next one is suspect now, if the dead workers had it too. */
  acknowledged(client: GatewayClient, suspicion: Suspicion, seq: number): void {
    if (seq >= suspicion.to) this.clear(client);
    else if (seq >= suspicion.seq) this.#look(suspicion, seq + 1);
  }

  #look(suspicion: Suspicion, seq: number): void {
    if (suspicion.seq === seq) return;
    suspicion.seq = seq;
    suspicion.deaths = 0;
    suspicion.started = false;
    suspicion.proven = false;
  }

  /** The client is given up, or forgotten. */
  clear(client: GatewayClient): void {
    client.suspicion = undefined;
    this.#clients.delete(client);
  }

  #suspect(client: GatewayClient, seq: number, to: number): Suspicion {
    const suspicion = { seq, to, redeliveries: 0, deaths: 0, started: false, blamed: '', proven: false };
    client.suspicion = suspicion;
    this.#clients.add(client);
    return suspicion;
  }
}
