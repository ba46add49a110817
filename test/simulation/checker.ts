/** Judges the history of a simulated cluster: what is promised must have held, whatever has happened. */
import { DEATHS } from '../../src/gateway/suspects.js';
import type { Cluster } from './cluster.js';
import type { CloseSeen, Fault, History, Life, Start, Visit } from './history.js';

/** Milliseconds for which a disturbed register may be wrong about who is there. */
const REGISTERS_FORGET = 30_000;
/** Milliseconds that an acknowledgement needs at most, when nothing is in its way. */
const ON_ITS_WAY = 3000;

/** @param calm how many had the new uid when they left */
export function check(cluster: Cluster, calm: number): void {
  const { history } = cluster;
  for (const visit of history.visits.values()) {
    checkOrder(history, visit);
    checkNothingLost(history, visit);
    checkCloses(history, visit);
    checkPoison(cluster, visit);
  }
  checkPresence(cluster, calm);
  checkMemory(cluster);
}

/** Per client in order, without gaps, one at a time; again only what is marked so. */
function checkOrder(history: History, visit: Visit): void {
  let most = -1;
  const last = new Map<number, Start>();
  const seen = new Set<number>();
  for (const start of visit.starts) {
    const { n, binding, worker, redelivered } = start;
    const what = `${visit.name}: message ${n} at ${worker.name}, binding ${binding},`;
    const before = last.get(binding);
    if (before === undefined ? !reaches(visit, most, n) : !reaches(visit, before.n, n) || n <= before.n) {
      history.violate('order', `${what} begins after ${before?.n ?? most}`);
    }
    if (before !== undefined && (before.settled === undefined || before.settled > start.at)) {
      history.violate('order', `${what} begins before ${before.n} has settled`);
    }
    if (seen.has(n) && visit.sent[n]?.kind === 'once') history.violate('at-most-once', `${what} is handled twice`);
    if (seen.has(n) && !redelivered) history.violate('redelivery', `${what} is delivered again and not marked`);
    seen.add(n);
    last.set(binding, start);
    most = Math.max(most, n);
  }
}

/** Whether `n` may follow on `last`: what is delivered once at most may be missing in between. */
function reaches(visit: Visit, last: number, n: number): boolean {
  return visit.sent.slice(last + 1, Math.max(n, last + 1)).every(({ kind }) => kind === 'once');
}

/** At least once: whoever left in order, or is there to the end, had every message handled and every reply. */
function checkNothingLost(history: History, visit: Visit): void {
  const { gateway, ended, unheard } = visit;
  if (gateway === undefined || gateway.ended !== undefined || unheard) return;
  const handled = new Set(visit.starts.map(s => s.n));
  const isWhole = visit.departure === 'left' && ended?.code === 'client-closed';
  if (!isWhole) return;
  history.count('visits of which every message counts');
  for (const [n, { kind, reply }] of visit.sent.entries()) {
    if (!handled.has(n) && kind !== 'once')
      history.violate('lost', `${visit.name}: message ${n}, "${kind}", was never handled`);
    if (reply !== undefined && visit.stayed && !visit.replies.has(n)) {
      history.violate('replies', `${visit.name}: message ${n}, "${kind}", was never replied to`);
    }
  }
}

/** One close event for each connect that a living worker saw. */
function checkCloses(history: History, visit: Visit): void {
  const { closes, connects, gateway, mourner } = visit;
  if (connects.length === 0 || gateway === undefined) return;
  const isTold = gateway.ended === undefined && visit.ended !== undefined && !visit.unheard;
  const isMourned = gateway.ended !== undefined && mourner !== undefined && mourner.how === undefined;
  if ((isTold || isMourned) && closes.length === 0) {
    const why = isTold ? `its end by ${visit.ended!.code}` : `the death of ${gateway.name}, bound to ${mourner!.name}`;
    history.violate('close', `${visit.name} has no close event after ${why}`);
  }
  for (const [i, close] of closes.entries()) {
    const { binding, at, reason, worker } = close;
    if (reason.code === 'gateway-lost' && !reason.uncertain && livesAt(history, gateway, at)) {
      history.violate('close', `${visit.name} is told by ${worker.name} that ${gateway.name} is lost, which lives`);
    }
    const after = visit.starts.find(s => s.binding === binding && s.at > at);
    if (after !== undefined) history.violate('close', `${visit.name}: message ${after.n} comes behind the close event`);
    if (i > 0) history.count('second close events');
    if (i > 0 && !mayBeSecond(history, visit, closes[i - 1]!, close)) {
      const [a, b] = [closes[i - 1]!, close].map(c => `${c.reason.code} at ${c.worker.name} (${c.at.toFixed(0)} ms)`);
      history.violate('close', `${visit.name} has two close events: ${a}, then ${b}`);
    }
  }
}

/** The gateway is there, and no register can have thought otherwise: nothing has come between them for a while. */
function livesAt(history: History, gateway: Life, at: number): boolean {
  // One that stops has said so.
  if (
    (gateway.stopping !== undefined && gateway.stopping <= at) ||
    (gateway.ended !== undefined && gateway.ended <= at)
  )
    return false;
  return !registersDisturbed(history, at - REGISTERS_FORGET, at);
}

function registersDisturbed(history: History, from: number, to: number): boolean {
  const isApart = (f: Fault): boolean => f.whom.some(place => place.startsWith('register'));
  return history.faults.some(f => isApart(f) && f.at <= to && f.until >= from);
}

function mayBeSecond(history: History, visit: Visit, first: CloseSeen, second: CloseSeen): boolean {
  if (first.reason.uncertain || second.reason.uncertain) return true;
  const gateway = visit.gateway!;
  const from = first.at - ON_ITS_WAY;
  const to = (first.settled ?? history.world.now) + ON_ITS_WAY;
  // The first may not have been acknowledged: its gateway then says that it has told somebody before.
  if (history.disturbed([first.worker.place, gateway.place], from, to)) {
    const isLost = [first, second].some(close => close.reason.code === 'gateway-lost');
    return isLost || second.reason.redelivered;
  }
  // The gateway had no time, or no register, to tell that another worker has the client.
  if (gateway.ended === undefined) return false;
  const [a, b] = [first.worker.place, second.worker.place];
  if (history.disturbed([a, b], gateway.ended - ON_ITS_WAY, gateway.ended + ON_ITS_WAY)) return true;
  return registersDisturbed(history, gateway.ended - REGISTERS_FORGET, Math.max(first.at, second.at));
}

/** What takes its workers down is put away after a while, that and nothing else; its client is closed, and nobody besides. */
function checkPoison({ history, workers }: Cluster, visit: Visit): void {
  const { name, ended, putAway, starts } = visit;
  const deathsBy = (n: number | undefined): Start[] => starts.filter(s => s.n === n && s.worker.ended === s.at);
  if (ended?.code === 'quarantined' && putAway === undefined) {
    history.violate('poison', `${name} is closed for a message that nobody has kept`);
  }
  if (putAway === undefined) return;
  const { at, message, n } = putAway;
  if (ended === undefined) history.violate('poison', `${name} lives on, and its "${message}" is put away`);
  if (starts.some(s => s.n === n && s.at > at)) history.violate('poison', `${name}: message ${n} comes back`);
  const places = workers.map(w => w.name);
  const strikes = history.strikes(
    places,
    ['worker killed', 'worker vanished', 'links cut', 'silence'],
    visit.began,
    at,
  );
  const deaths = deathsBy(n).length;
  if (deaths + strikes >= DEATHS) return;
  history.violate('poison', `${name}: "${message}" is put away, and ${deaths} workers died of it`);
}

/** A uid that is new comes and goes in turns, however many have it, and one worker is told. */
function checkPresence({ history, wholeSince }: Cluster, calm: number): void {
  // Around the death of a worker it may be told twice or not at all.
  if (calm === 0 || history.faults.some(f => f.kind === 'worker crashed' && f.at > wholeSince)) return;
  history.count('uids of whom it counts who is told');
  const inTurns = history.said.every((online, i) => online === (i % 2 === 0));
  if (inTurns && history.said.length > 0 && history.said.at(-1) === false) return;
  const said = history.said.map(online => (online ? 'online' : 'offline')).join(', ');
  history.violate('presence', `of the uid that ${calm} clients had it is said: ${said}`);
}

/** When all have left, nothing is left. */
function checkMemory(cluster: Cluster): void {
  const { history } = cluster;
  for (const place of cluster.gateways) {
    const gateway = place.running?.gateway;
    if (gateway === undefined) continue;
    const { byId, byUid, byGroup } = gateway.tables;
    const left = gateway.clients.filter(c => c !== undefined).length;
    const sizes = [left, byId.size, byUid.size, byGroup.size, ...Array.from(gateway.peers, p => p.clients)];
    if (sizes.some(size => size !== 0)) history.violate('memory', `${place.name} keeps something: ${sizes.join(', ')}`);
  }
  for (const place of cluster.workers) {
    for (const peer of place.running?.worker?.gateways.ready() ?? []) {
      const left = peer.clients.filter(c => c !== undefined).length;
      if (left > 0) history.violate('memory', `${place.name} keeps ${left} clients`);
    }
    const handling = place.running?.worker?.handling() ?? [];
    if (handling.length > 0) history.violate('memory', `${place.name} still handles ${handling.join(', ')}`);
  }
  const { registers, gateways, workers } = cluster;
  const links = gateways.length * workers.length + registers.length * (gateways.length + workers.length);
  const ends = cluster.world.network.open;
  if (ends > 2 * links) history.violate('memory', `${ends} ends of connections are open, for ${links} links`);
}
