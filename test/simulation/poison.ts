/** Judges what was put away because workers died of it. */
import { DEATHS } from '../../src/gateway/suspects.js';
import type { History, Start, Visit } from './history.js';
import { isRunning } from './order.js';

/** That which takes its workers down and nothing else; its client is closed, and it does not come back. */
export function checkPoison(history: History, visit: Visit): void {
  const { name, ended, putAway, starts } = visit;
  if (ended?.code === 'quarantined' && putAway.length === 0) {
    history.violate('poison', `${name} is closed for a message that nobody has kept`);
  }
  for (const { at, message, n } of putAway) {
    if (ended === undefined) history.violate('poison', `${name} lives on, and its "${message}" is put away`);
    // That somebody has connected, or is gone, has no number.
    if (n === undefined) continue;
    if (starts.some(s => s.n === n && s.at > at)) history.violate('poison', `${name}: message ${n} comes back`);
    const deaths = starts.filter(s => s.n === n).slice(-DEATHS);
    if (deaths.length < DEATHS) {
      history.violate('poison', `${name}: "${message}" is put away, and only ${deaths.length} workers had begun it`);
    }
    for (const death of deaths) {
      const other = anotherBeside(history, visit, death);
      if (other === undefined) continue;
      history.violate('poison', `${name}: "${message}" is blamed for the death of ${death.worker.name}, like ${other}`);
    }
  }
}

/** Who is suspected runs alone on its worker, or its death proves nothing. */
function anotherBeside({ visits, faults }: History, visit: Visit, { at, settled, worker }: Start): string | undefined {
  const end = worker.ended;
  if (end === undefined || settled !== undefined) return undefined;
  // With the link its place was lost: what has followed was not about this message.
  const isBroken = faults.some(f => f.whom.length > 1 && f.whom.includes(worker.place) && f.at <= end && f.until >= at);
  if (isBroken) return undefined;
  for (const other of visits.values()) {
    if (other === visit) continue;
    const beside = other.starts.find(s => s.worker === worker && s.at <= end && isRunning(s, at));
    if (beside !== undefined) return `message ${beside.n} of ${other.name}`;
  }
  return undefined;
}
