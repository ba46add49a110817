/** What befalls a cluster: each seed draws a few kinds of faults, and lets them happen at random times. */
import type { SimRandom } from '../../src/testing/sim/index.js';
import type { Cluster, Place } from './cluster.js';
import type { Device } from './device.js';

type Strike = (storm: Storm) => Promise<void> | void;

/** Each kind of fault, by name. */
export const faultKinds: Readonly<Record<string, Strike>> = {
  'kill worker': storm => storm.killAndBoot(storm.pick(storm.cluster.workers), 3000),
  'kill all workers': async storm => {
    const within = storm.random.chance(0.8) ? 4000 : 9000;
    await Promise.all(storm.cluster.workers.map(w => storm.killAndBoot(w, within)));
  },
  'drain worker': storm => storm.stopAndBoot(storm.pick(storm.cluster.workers)),
  'kill gateway': storm => storm.killAndBoot(storm.pick(storm.cluster.gateways), 15_000),
  'stop gateway': storm => storm.stopAndBoot(storm.pick(storm.cluster.gateways)),
  'kill register': storm => storm.killAndBoot(storm.pick(storm.cluster.registers), 15_000),
  'no register': async storm => {
    await Promise.all(storm.cluster.registers.map(r => storm.killAndBoot(r, 15_000)));
  },
  'full disk': storm => storm.fillDisk(storm.pick([...storm.cluster.workers, ...storm.cluster.gateways])),
  'exchange keys': storm => storm.exchangeKeys(),
  intruder: storm => storm.intrude(),
  'cut links': storm => {
    const [a, b] = storm.pair();
    storm.cut(a, b);
  },
  'cut and kill': async storm => {
    const [a, b] = storm.pair();
    storm.cut(a, b);
    await storm.sleep(storm.random.integer(0, 3000));
    await storm.killAndBoot(a, 15_000);
  },
  'part and kill': storm => storm.partAndKill(storm.pick(storm.cluster.gateways), storm.pick(storm.cluster.workers)),
  'silence one way': storm => storm.silence(...storm.pair(), 12_000),
  'silence the register': storm => {
    const [a] = storm.pair();
    return storm.silence(a, storm.pick(storm.cluster.registers), 25_000);
  },
  'silence a device': storm => storm.silenceDevice(),
  lag: storm => storm.lag(),
  freeze: storm => storm.freeze(storm.pick(storm.cluster.places)),
};

export class Storm {
  readonly cluster: Cluster;
  readonly random: SimRandom;
  readonly #devices: readonly Device[];
  readonly #pending = new Set<Promise<void>>();
  #over = false;

  constructor(cluster: Cluster, devices: readonly Device[]) {
    this.cluster = cluster;
    this.#devices = devices;
    this.random = cluster.world.random('storm');
  }

  /** Lets faults of these kinds happen for so many milliseconds; resolves when all that was broken is whole again. */
  async rage(kinds: readonly string[], ms: number): Promise<void> {
    const { world } = this.cluster;
    const end = world.now + ms;
    const pause = this.random.integer(300, 4000);
    for (;;) {
      await this.sleep(this.random.integer(1, pause));
      if (world.now >= end || kinds.length === 0) break;
      const strike = Promise.resolve(faultKinds[this.random.pick(kinds)]!(this));
      this.#pending.add(strike);
      void strike.then(() => this.#pending.delete(strike));
      this.cluster.look();
    }
    await this.sleep(Math.max(0, end - world.now));
    this.#over = true;
    await Promise.all(this.#pending);
    for (const place of this.cluster.places) this.cluster.boot(place);
  }

  // What strikes are made of.

  pick(places: readonly Place[]): Place {
    return this.random.pick(places);
  }

  /** A gateway and a worker, in either order. */
  pair(): [Place, Place] {
    const pair: [Place, Place] = [this.pick(this.cluster.gateways), this.pick(this.cluster.workers)];
    return this.random.chance(0.5) ? pair : [pair[1], pair[0]];
  }

  async killAndBoot(place: Place, within: number): Promise<void> {
    if (!place.alive) return;
    this.cluster.kill(place, this.random.chance(0.7) ? 'exit' : 'vanish');
    await this.sleep(this.random.integer(50, within));
    this.cluster.boot(place);
  }

  async stopAndBoot(place: Place): Promise<void> {
    await this.cluster.stop(place);
    await this.sleep(this.random.integer(0, 1000));
    this.cluster.boot(place);
  }

  cut(a: Place, b: Place): void {
    if (!a.alive || !b.alive) return;
    this.cluster.history.fault('links cut', [a.name, b.name]);
    this.cluster.world.network.cut(a.process!, b.process!);
  }

  /** The worker cannot come back to its clients, others have them, and then their gateway dies. */
  async partAndKill(gateway: Place, worker: Place): Promise<void> {
    const [a, b] = [gateway.process, worker.process];
    if (a?.alive !== true || b?.alive !== true) return;
    const { network } = this.cluster.world;
    this.cluster.history.fault('links parted', [gateway.name, worker.name]);
    network.silence(a, b);
    network.silence(b, a);
    network.cut(a, b);
    await this.sleep(this.random.integer(3500, 9000));
    await this.killAndBoot(gateway, 15_000);
    network.heal(a, b);
    network.heal(b, a);
  }

  async silence(from: Place, to: Place, most: number): Promise<void> {
    const [a, b] = [from.process, to.process];
    if (a === undefined || b === undefined) return;
    const { network } = this.cluster.world;
    const fault = this.cluster.history.fault('silence', [from.name, to.name], Number.POSITIVE_INFINITY);
    network.silence(a, b);
    await this.sleep(this.random.integer(100, most));
    network.heal(a, b);
    fault.until = this.cluster.world.now;
  }

  async exchangeKeys(): Promise<void> {
    const { history, keys, places } = this.cluster;
    if (keys === undefined) return;
    const fault = history.fault(
      'keys exchanged',
      places.map(p => p.name),
      Number.POSITIVE_INFINITY,
    );
    const pause = this.random.integer(0, 200);
    await keys.exchange(places, () => this.sleep(pause));
    fault.until = this.cluster.world.now;
  }

  async intrude(): Promise<void> {
    if (this.cluster.keys === undefined) return;
    this.cluster.history.count('fault: intruder');
    const process = this.cluster.intrude(this.random.chance(0.5));
    await this.sleep(this.random.integer(1000, 5000));
    process.die();
  }

  /** It stands still, perhaps for so long that others take it for dead, and then goes on as if nothing had been. */
  async freeze(place: Place): Promise<void> {
    const { process } = place;
    if (process?.alive !== true || process.frozen) return;
    const fault = this.cluster.history.fault('frozen', [place.name], Number.POSITIVE_INFINITY);
    process.freeze();
    await this.sleep(this.random.integer(100, this.random.pick([2000, 10_000, 45_000])));
    process.thaw();
    fault.until = this.cluster.world.now;
  }

  async fillDisk(place: Place): Promise<void> {
    this.cluster.history.count('fault: disk full');
    place.disk.broken = 'ENOSPC';
    await this.sleep(this.random.integer(1000, 20_000));
    place.disk.broken = undefined;
  }

  async silenceDevice(): Promise<void> {
    const { name, process: device } = this.random.pick(this.#devices);
    const gateway = this.pick(this.cluster.gateways).process;
    if (gateway === undefined) return;
    const { network } = this.cluster.world;
    const [from, to] = this.random.chance(0.5) ? [device, gateway] : [gateway, device];
    const fault = this.cluster.history.fault('device silenced', [name], Number.POSITIVE_INFINITY);
    network.silence(from, to);
    await this.sleep(this.random.integer(100, 18_000));
    network.heal(from, to);
    fault.until = this.cluster.world.now;
  }

  async lag(): Promise<void> {
    const { network } = this.cluster.world;
    const { weather } = network;
    if (weather.latency[1] > 100) return;
    const fault = this.cluster.history.fault('lag', [], Number.POSITIVE_INFINITY);
    network.weather = { ...weather, latency: [0, this.random.integer(100, 800)] };
    await this.sleep(this.random.integer(500, 5000));
    network.weather = weather;
    fault.until = this.cluster.world.now;
  }

  /** Shorter when the storm is over: what was broken is mended soon. */
  async sleep(ms: number): Promise<void> {
    const { world } = this.cluster;
    const end = world.now + ms;
    while (world.now < end && !this.#over) {
      await new Promise<void>(resolve => {
        world.after(Math.min(200, end - world.now), resolve);
      });
    }
  }
}
