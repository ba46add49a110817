/**
 * What whoever looks for gateways can rely on, however they are found: each way of finding them must pass. Real roles in a
 * simulated network; two gateways, at addresses that stay the same.
 */
import type { Test } from 'tap';
import { type Connection, type ConnectOptions, connect } from '../../src/client/index.js';
import {
  accept,
  defineApp,
  type Events,
  type RoleOptions,
  type Running,
  startGateway,
  startRegister,
  startWorker,
  type Worker,
} from '../../src/index.js';
import { type Disk, parseAddress } from '../../src/net/index.js';
import { type SimProcess, World } from '../../src/testing/sim/index.js';
import { type Line, lineProtocol } from './line-protocol.js';
import { MemoryLogger } from './memory-logger.js';

/** One way of finding gateways. */
export interface Finding {
  readonly gateway: RoleOptions;
  readonly worker: RoleOptions;
  /** Of the machine that workers run on. */
  readonly disk?: Disk;
  /** For programs beside the workers; `undefined`: they cannot find gateways that way. */
  readonly program?: ConnectOptions;
  /** A gateway that is gone is forgotten in time; else it is missed until it is back. */
  readonly forgets: boolean;
}

/** A client that writes down what it hears, line by line. */
interface Listener {
  readonly lines: readonly string[];
  readonly isClosed: boolean;
}

interface Role {
  readonly process: SimProcess;
  readonly running: Running;
}

const protocol = lineProtocol({ every: 3_600_000, within: 3_600_000, idle: 3_600_000 });

/** Where gateways let workers dial in. */
export const links = ['tcp://127.0.0.1:7000', 'tcp://127.0.0.1:7001'] as const;

/** The network, and what may be started in it. */
export class Scene {
  readonly world = new World();
  readonly logger = new MemoryLogger();
  readonly closes: string[] = [];
  #count = 0;

  register(at: string): Promise<Role> {
    return this.#start('register', startRegister, { register: at });
  }

  gateway(at: number, { gateway }: Finding): Promise<Role> {
    const options = { ...gateway, name: `g${at}`, link: links[at]!, listen: [`tcp://127.0.0.1:${1000 + at}`] };
    return this.#start('gateway', startGateway, options);
  }

  worker({ worker, disk }: Finding): Promise<Role> {
    return this.#start('worker', startWorker, worker, disk);
  }

  /** Lets time pass until the promise has settled. */
  async settled<V>(work: Promise<V>): Promise<V> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    work.then(end, end);
    if (!(await this.world.until(() => over, 30_000))) throw new Error('nothing came of it in half a minute');
    return work;
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (await condition()) return;
      await this.world.run(100);
    }
    throw new Error(`Waited in vain for ${what}; ${this.logger.lines.join('\n')}`);
  }

  /** Connects to a gateway, and logs in. */
  async client(name: string, at: number): Promise<Listener> {
    const listener = { lines: [] as string[], isClosed: false };
    const { net } = this.world.process(`client ${name}`).platform;
    const connection = net.connect(parseAddress(`tcp://127.0.0.1:${1000 + at}`), {
      data: (b, start, end) => {
        listener.lines.push(...new TextDecoder().decode(b.slice(start, end)).trimEnd().split('\r\n'));
      },
      ended: () => connection.end(),
      closed: () => {
        listener.isClosed = true;
      },
    });
    connection.write(new TextEncoder().encode(`/login ${name} pass\r\n`));
    await this.until(() => listener.lines.includes(`* welcome ${name}`), `the login of ${name}`);
    return listener;
  }

  program(options: ConnectOptions): Promise<Connection> {
    const { platform } = this.world.process(`program ${++this.#count}`);
    return this.settled(connect({ ...options, platform, logger: this.logger }));
  }

  async #start(name: string, start: typeof startGateway, options: RoleOptions, disk?: Disk): Promise<Role> {
    const process = this.world.process(`${name} ${++this.#count}`, '127.0.0.1', disk);
    const events: Events<Line> = {
      onLogin: (_, { name }) => accept({ name }),
      onClose: (client, { code }) => void this.closes.push(`${client.uid} ${code}`),
    };
    const app = defineApp({
      listeners: [{ listen: 'tcp://127.0.0.1:0', protocol, events: () => Promise.resolve(events) }],
    });
    const more = { platform: process.platform, logger: this.logger, wait: 3_600_000 };
    return { process, running: await this.settled(start(app, { ...options, ...more })) };
  }
}

/** @param begin prepares the network: starts what gateways are to be found by. */
export function discoveryContract(t: Test, begin: (scene: Scene) => Promise<Finding>): void {
  t.test('all gateways are linked, whoever starts first, and by programs beside the workers too', async t => {
    const scene = new Scene();
    const finding = await begin(scene);
    await scene.gateway(0, finding);
    const early = await scene.worker(finding);
    await scene.until(() => early.running.worker!.links === 1, 'the first');
    await scene.gateway(1, finding);
    const late = await scene.worker(finding);
    for (const { running } of [early, late]) await scene.until(() => running.worker!.links === 2, 'both');
    const [ann, bob] = [await scene.client('ann', 0), await scene.client('bob', 1)];
    const asking = [early, late].map(({ running }) => running.worker!.handleFor('line') as unknown as Worker<Line>);
    const clusters: Pick<Worker<Line>, 'sendToAll'>[] = asking;
    if (finding.program !== undefined) {
      const program = await scene.program(finding.program);
      t.same(
        program.gateways.map(({ linked }) => linked),
        [true, true],
      );
      clusters.push(program.use(protocol));
    }
    for (const [i, cluster] of clusters.entries()) {
      const sent = cluster.sendToAll('answer', { text: `n${i}` }, { confirm: true });
      t.same(await scene.settled(sent), { value: 2, skipped: 0, complete: true, missing: [] });
    }
    await scene.world.run(100);
    for (const { lines } of [ann, bob]) {
      t.same(
        lines.slice(1),
        clusters.map((_, i) => `* answer n${i}`),
        'once each',
      );
    }
  });

  t.test('one that dies is missed, and is found again when it is back; the others go on', async t => {
    const scene = new Scene();
    const finding = await begin(scene);
    const [, doomed] = [await scene.gateway(0, finding), await scene.gateway(1, finding)];
    const { running } = await scene.worker(finding);
    const worker = running.worker!.handleFor('line') as unknown as Worker<Line>;
    await scene.until(() => running.worker!.links === 2, 'both');
    const [ann] = [await scene.client('ann', 0), await scene.client('bob', 1)];
    const count = () => scene.settled(worker.getAllClientCount());
    t.same(await count(), { value: 2, complete: true, missing: [] });

    doomed.process.die();
    await scene.until(() => running.worker!.links === 1, 'the loss to be noticed');
    const missed = await count();
    t.same([missed.value, missed.complete, missed.missing.length], [1, false, 1]);
    await scene.world.run(60_000);
    const later = await count();
    t.same([later.value, later.complete], [1, finding.forgets], finding.forgets ? 'forgotten' : 'missed still');

    await scene.gateway(1, finding);
    await scene.until(() => running.worker!.links === 2, 'both again');
    const cat = await scene.client('cat', 1);
    t.same(await count(), { value: 2, complete: true, missing: [] });
    worker.sendToAll('answer', { text: 'all' });
    await scene.world.run(60_000);
    for (const { lines } of [ann, cat]) t.same(lines.slice(1), ['* answer all'], 'over one link');
    t.equal(running.worker!.links, 2);
    t.same(scene.closes, ['bob gateway-lost'], 'once, and nobody else');
    t.notOk(ann.isClosed);
  });
}
