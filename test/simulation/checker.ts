/** Judges the history of a simulated cluster: what is promised must have held, whatever has happened. */
import type { Cluster } from './cluster.js';
import { CALM } from './device.js';
import type { CloseSeen, Fault, History, Life, Sending, Visit } from './history.js';
import { checkNothingLost, checkOrder, checkReload, isRunning } from './order.js';
import { checkPoison } from './poison.js';

/** Milliseconds for which a disturbed register may be wrong about who is there. */
const REGISTERS_FORGET = 30_000;
/** Milliseconds that an acknowledgement needs at most, when nothing is in its way. */
const ON_ITS_WAY = 3000;
/** `within` of the story's login. */
const LOGIN = 10_000;
/** What a standstill may cost: what counts of it, and a tick. */
const STANDSTILL = 1050;

/** Milliseconds after which a device is taken for silent, and a few on the way. */
const SILENCE = 20_000;

/** @param calm how many had the new uid when they left @param over when that was */
export function check(cluster: Cluster, calm: number, over: number): void {
  const { history } = cluster;
  for (const visit of history.visits.values()) {
    checkOrder(history, visit, cluster.concurrent);
    checkNothingLost(history, visit);
    checkReload(history, visit);
    checkCloses(history, visit);
    checkInnocence(history, visit);
    checkPoison(history, visit);
  }
  checkReach(cluster, over);
  checkPresence(cluster, calm);
  checkMemory(cluster);
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
    const beside = visit.starts.find(s => s.binding === binding && s.at <= at && isRunning(s, at));
    if (beside !== undefined) history.violate('close', `${visit.name} is closed while message ${beside.n} is handled`);
    if (i > 0) history.count('second close events');
    if (i > 0 && !mayBeSecond(history, visit, closes[i - 1]!, close)) {
      const [a, b] = [closes[i - 1]!, close].map(c => `${c.reason.code} at ${c.worker.name} (${c.at.toFixed(0)} ms)`);
      history.violate('close', `${visit.name} has two close events: ${a}, then ${b}`);
    }
  }
}

/** It beats as long as it is there, whatever else it does. */
function checkInnocence(history: History, visit: Visit): void {
  const { name, ended, over } = visit;
  if (ended?.code === 'auth-timeout') checkLogin(history, visit);
  if (ended?.code !== 'heartbeat-timeout') return;
  const { at } = ended;
  if (over !== undefined && over < at) return;
  const [device] = name.split('.');
  const isSilenced = (f: Fault): boolean => f.kind === 'device silenced' && f.whom.includes(device!);
  if (history.faults.some(f => isSilenced(f) && f.at <= at && f.until >= at - SILENCE)) return;
  history.violate('innocent', `${name} is closed for its silence at ${at.toFixed(0)} ms, and has beaten`);
}

/** It has had its time in a gateway that could hear it: of a standstill a second counts. */
function checkLogin(history: History, { name, ended, began, gateway }: Visit): void {
  const { at } = ended!;
  let heard = at - began;
  for (const fault of history.faults) {
    if (fault.kind !== 'frozen' || !fault.whom.includes(gateway?.place ?? '')) continue;
    heard -= Math.max(0, Math.min(at, fault.until) - Math.max(began, fault.at) - STANDSTILL);
  }
  if (heard >= LOGIN) return;
  history.violate('innocent', `${name} is closed at ${at.toFixed(0)} ms, after ${heard.toFixed(0)} ms for its login`);
}

/** The gateway is there, and no register can have thought otherwise: nothing has come between them for a while. */
function livesAt(history: History, gateway: Life, at: number): boolean {
  // One that stops has said so.
  if (
    (gateway.stopping !== undefined && gateway.stopping <= at) ||
    (gateway.ended !== undefined && gateway.ended <= at)
  )
    return false;
  const isFrozen = (f: Fault): boolean => f.kind === 'frozen' && f.whom.includes(gateway.place);
  if (history.faults.some(f => isFrozen(f) && f.at <= at && f.until >= at - REGISTERS_FORGET)) return false;
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
  // Who has slept comes last with the one that was delivered first, and to which another has answered by now.
  const hasSlept = (f: Fault): boolean => f.kind === 'frozen' && f.whom.includes(second.worker.place);
  if (first.reason.redelivered && history.faults.some(f => hasSlept(f) && f.at <= second.at && f.until >= from)) {
    return true;
  }
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

/** What was sent when all was whole reaches whoever was one of those then, and has stayed. */
function checkReach({ history, wholeSince }: Cluster, over: number): void {
  if (history.faults.some(f => f.kind === 'worker crashed' && f.at > wholeSince)) return;
  // With the last keys all links are made anew.
  const keys = history.faults.filter(f => f.kind === 'keys exchanged');
  const earliest = Math.max(wholeSince, ...keys.map(f => f.until + ON_ITS_WAY / 2));
  const latest = over - ON_ITS_WAY / 6;
  const visits = [...history.visits.values()].filter(
    v => v.stayed && v.calmSince < latest && (v.ended?.at ?? 0) > over,
  );
  for (const sending of history.sendings.values()) {
    if (sending.at < earliest || sending.at > latest) continue;
    for (const visit of visits) {
      if (!isAmong(visit, sending)) continue;
      history.count('sends of which it counts whom they reach');
      if (visit.heard.has(sending.id)) continue;
      history.violate(
        'reach',
        `${visit.name} has not heard send ${sending.id} to ${sending.to} ${sending.names.join()}`,
      );
    }
  }
}

function isAmong(visit: Visit, { at, to, names, without }: Sending): boolean {
  if (visit === without || visit.calmSince > at) return false;
  if (to === 'all') return true;
  if (to === 'uid') return names.includes(CALM) && visit.renamed < at;
  return names.some(group => (visit.joined.get(group) ?? Number.POSITIVE_INFINITY) < at);
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
    const { unfinished, held } = gateway.buffers;
    const sizes = [
      left,
      byId.size,
      byUid.size,
      byGroup.size,
      unfinished,
      held,
      ...Array.from(gateway.peers, p => p.clients),
    ];
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
