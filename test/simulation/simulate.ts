/** One seed: a cluster, its devices, a storm, and the calm after it, in which all that is owed must come. */
import { SimRandom, World } from '../../src/testing/sim/index.js';
import { check } from './checker.js';
import { Cluster } from './cluster.js';
import { CALM, Device, type Phase } from './device.js';
import { History, type Violation } from './history.js';
import { Keys } from './keys.js';
import { faultKinds, Storm } from './storm.js';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<string, number>>;
  /** Of everything that happened: two runs of a seed are the same if their hashes are. */
  readonly hash: string;
  /** The last lines of the trace, if asked for. */
  readonly trace: readonly string[];
  /** Simulated milliseconds. */
  readonly time: number;
}

export interface SimulateOptions {
  /** Lines of the trace to keep. */
  readonly keep?: number;
}

const CALM_WITHIN = 300_000;
/** Handlers that hang may have to be waited for one after the other, where they are suspects. */
const EMPTY_WITHIN = 600_000;
/** Two leases, and what it takes to notice. */
const ORPHANS_WITHIN = 40_000;

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const draw = new SimRandom(seed, 'shape');
  const weather = {
    latency: draw.pick([
      [0, 0],
      [0, 3],
      [5, 40],
    ] as const),
    shreds: draw.pick([0, 0, 0.1, 0.5]),
    room: 64 * 1024,
    patience: 20_000,
  };
  const world = new World({ seed, weather, keep: options.keep ?? 0 });
  const history = new History(world);
  const [registers, gateways, workers] = [draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)];
  const concurrent = draw.pick([1, 1, 1, 2, 4, 16]);
  const cluster = new Cluster(world, history, { registers, gateways, workers, concurrent });
  if (concurrent > 1) history.count('clusters with several handlers for a client');
  let phase: Phase = 'storm';
  const devices = Array.from({ length: draw.integer(2, 8) }, (_, i) => new Device(cluster, i + 1, () => phase));
  const kinds = Object.keys(faultKinds).filter(() => draw.chance(0.35));
  const ms = draw.integer(5000, 30_000);
  if (draw.chance(0.5)) cluster.keys = new Keys(world.random('keys'));

  for (const place of cluster.places) cluster.boot(place);
  for (const device of devices) void device.live();
  cluster.watch();
  const storm = new Storm(cluster, devices);
  // Where one promise is broken, what follows proves nothing.
  const failed = () => history.violations.length > 0;
  let raging = true;
  void storm.rage(kinds, ms).then(() => {
    raging = false;
  });
  await world.until(() => !raging || failed(), Number.POSITIVE_INFINITY);

  phase = 'calm';
  const isCalm = () => devices.every(d => d.content) && cluster.isWhole;
  if (!(await world.until(() => cluster.isLinked || failed(), CALM_WITHIN))) {
    history.violate('recovery', 'not every worker has found every gateway again');
  } else if (!(await world.until(() => isCalm() || failed(), CALM_WITHIN))) {
    const names = devices.filter(d => !d.content).map(d => d.visit?.name ?? d.name);
    const wait = names.length > 0 ? `${names.join(', ')} wait in vain` : 'a gateway counts on a worker that is gone';
    history.violate('recovery', wait);
  }
  for (const device of devices) if (device.visit !== undefined) device.visit.stayed = true;
  cluster.wholeSince = world.now;
  await world.run(3000);

  const calm = cluster.holdersOf(CALM).length;
  phase = 'over';
  const over = world.now;
  const isEmpty = () => cluster.gateways.every(g => g.running?.gateway?.clients.every(c => c === undefined) ?? true);
  await world.until(() => isEmpty() || failed(), EMPTY_WITHIN);
  if (!failed()) {
    await world.run(ORPHANS_WITHIN);
    check(cluster, calm, over);
  }
  return {
    seed,
    violations: history.violations,
    counts: history.counts,
    hash: world.trace.hash,
    trace: world.trace.lines,
    time: world.now,
  };
}
