/** Judges in which order, and how often, the messages of a client were handled. */
import type { History, Start, Visit } from './history.js';

/** Milliseconds for which a broken link may be unheard of, where nothing is silent. */
const UNHEARD = 5000;

/** Milliseconds that a worker waits for its handlers when it stops. */
const STOPS_WITHIN = 10_000;

/**
 * Per client they begin in order and without gaps, no more at a time than may be, and nothing beside logins and what is
 * delivered again. Only that is handled again which is marked so.
 */
export function checkOrder(history: History, visit: Visit, most: number): void {
  const last = new Map<number, Start>();
  const running = new Map<number, Start[]>();
  const settled = new Settled();
  for (const start of visit.starts) {
    const { at, n, binding, epoch, worker, redelivered } = start;
    const what = `${visit.name}: message ${n} at ${worker.name}, binding ${binding},`;
    const before = last.get(binding);
    const isOwed = (m: number): boolean => {
      if (visit.sent[m]?.kind === 'once' || isPutAway(visit, m)) return false;
      // One at a time the same binding has them all.
      return (before !== undefined && most === 1) || !settled.has(m, at);
    };
    const missing = numbers((before?.n ?? -1) + 1, n).find(isOwed);
    if (missing !== undefined) history.violate('order', `${what} begins, and ${missing} has not been handled`);
    if (before !== undefined && n <= before.n) history.violate('order', `${what} begins after ${before.n}`);
    const beside = (running.get(binding) ?? []).filter(other => isRunning(other, at));
    if (beside.length > 0) {
      history.count('messages that begin beside others');
      const alone = [start, ...beside].find(s => s.redelivered || visit.sent[s.n]?.kind === 'hello');
      const others = beside.map(s => s.n).join(', ');
      if (beside.length >= most) history.violate('order', `${what} begins before ${others} have settled`);
      if (alone !== undefined) history.violate('order', `${what} begins beside ${others}: ${alone.n} must be alone`);
    }
    const isSecond = settled.of(n).length > 0;
    // Of who does not know yet that its clients are elsewhere, what was handed out first may come last.
    const isNewer = settled.of(n).some(other => other.epoch <= epoch);
    if (isSecond && visit.sent[n]?.kind === 'once') history.violate('at-most-once', `${what} is handled twice`);
    if (isNewer && !redelivered) history.violate('redelivery', `${what} is delivered again and not marked`);
    settled.add(start);
    last.set(binding, start);
    running.set(binding, [...beside, start]);
  }
}

/** At least once: whoever left in order, or is there to the end, had every message handled and every reply. */
export function checkNothingLost(history: History, visit: Visit): void {
  const { gateway, ended, unheard } = visit;
  if (gateway === undefined || gateway.ended !== undefined || unheard) return;
  // To the end: a handler that has gone down with its worker does not count.
  const handled = new Set(visit.starts.filter(s => s.settled !== undefined).map(s => s.n));
  const isWhole = visit.departure === 'left' && ended?.code === 'client-closed';
  if (!isWhole) return;
  history.count('visits of which every message counts');
  for (const [n, { kind, reply }] of visit.sent.entries()) {
    if (!handled.has(n) && kind !== 'once' && !isPutAway(visit, n))
      history.violate('lost', `${visit.name}: message ${n}, "${kind}", was never handled`);
    if (reply !== undefined && visit.stayed && !visit.replies.has(n)) {
      history.violate('replies', `${visit.name}: message ${n}, "${kind}", was never replied to`);
    }
  }
}

/** What a worker has done before it has stopped in order is done, as long as nothing else befell it or its link. */
export function checkReload(history: History, { name, gateway, starts }: Visit): void {
  for (const { at, n, binding, settled, worker } of starts) {
    if (worker.how !== 'stop' || worker.stopping === undefined || worker.ended === undefined) continue;
    // Whoever does not stop in time stops all the same.
    if (settled === undefined || worker.ended - worker.stopping >= STOPS_WITHIN) continue;
    if (history.parted(worker.place, gateway?.place ?? '', at - UNHEARD, worker.ended, 'worker stopped')) continue;
    history.count('messages of which it counts that they are done');
    const again = starts.find(s => s.n === n && s.binding !== binding && s.at > at);
    if (again === undefined) continue;
    const why = `${worker.name} has handled it and stopped in order`;
    history.violate('reload', `${name}: message ${n} is handled again by ${again.worker.name}, and ${why}`);
  }
}

/** Its handler had not settled at that time. */
export function isRunning({ settled }: Start, at: number): boolean {
  return settled === undefined || settled > at;
}

function isPutAway({ putAway }: Visit, n: number): boolean {
  return putAway.some(message => message.n === n);
}

/** When the messages of one client have begun, and settled. */
class Settled {
  readonly #starts = new Map<number, Start[]>();

  add(start: Start): void {
    const known = this.#starts.get(start.n);
    if (known === undefined) this.#starts.set(start.n, [start]);
    else known.push(start);
  }

  of(n: number): readonly Start[] {
    return this.#starts.get(n) ?? [];
  }

  has(n: number, at: number): boolean {
    return this.of(n).some(start => !isRunning(start, at));
  }
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
