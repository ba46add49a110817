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
    // Whoever slept when it was put away may have been handed it before.
    const slept = (s: Start): boolean => isFrozen(history, s.worker, at);
    if (starts.some(s => s.n === n && s.at > at && !slept(s)))
      history.violate('poison', `${name}: message ${n} comes back`);
    // Whoever is killed from outside between saying that it begins with the message and beginning has not begun it.
    const strikes = history.faults.filter(
      f => f.kind !== 'worker crashed' && f.at >= visit.began && f.at <= at && f.whom.some(isWorker),
    ).length;
    const deaths = starts.filter(s => s.n === n).slice(-DEATHS);
    const alone = deaths.filter(death => !hasAnotherBeside(history, visit, death));
    if (alone.length + strikes >= DEATHS) continue;
    const blame = `${deaths.length} workers had begun it, ${alone.length} of them alone, and ${strikes} were struck`;
    history.violate('poison', `${name}: "${message}" is put away; ${blame}`);
  }
}

function isWorker(place: string): boolean {
  return place.startsWith('worker');
}

function isFrozen({ faults }: History, { place }: Start['worker'], at: number): boolean {
  return faults.some(f => f.kind === 'frozen' && f.whom.includes(place) && f.at <= at && f.until >= at);
}

/** Who is suspected runs alone on its worker, or its death proves nothing. */
function hasAnotherBeside({ visits, faults }: History, visit: Visit, { at, settled, worker }: Start): boolean {
  const end = worker.ended;
  if (end === undefined || settled !== undefined) return false;
  // With the link its place was lost: what has followed was not about this message.
  const isBroken = faults.some(f => f.whom.length > 1 && f.whom.includes(worker.place) && f.at <= end && f.until >= at);
  if (isBroken) return false;
  const isBeside = (s: Start): boolean => s.worker === worker && s.at <= end && isRunning(s, at);
  return [...visits.values()].some(other => other !== visit && other.starts.some(isBeside));
}
