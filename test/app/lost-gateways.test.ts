/** Lost gateways in a simulated cluster: whoever loses sight of whom, `onClose` comes once for each client. */
import t from 'tap';
import {
  type App,
  accept,
  type CloseReason,
  defineApp,
  type Events,
  type RoleOptions,
  type Running,
  startGateway,
  startRegister,
  startWorker,
  type Worker,
} from '../../src/index.js';
import { parseAddress } from '../../src/net/index.js';
import { type SimProcess, World } from '../../src/testing/sim/index.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

const REGISTER = 'tcp://127.0.0.1:1236';

/** A role, and the process that it runs in. */
interface Role {
  readonly process: SimProcess;
  readonly running: Running;
}

class Cluster {
  readonly world: World;
  /** What handlers were told: `worker connect client`, `worker close client reason`. */
  readonly told: string[] = [];
  readonly logger = new MemoryLogger();
  readonly workers: Role[] = [];

  constructor(seed = 1) {
    this.world = new World({ seed });
  }

  #app(events: Events<Line> = {}): App {
    const protocol = lineProtocol({ every: 3_600_000, within: 3_600_000, idle: 3_600_000 });
    return defineApp({
      listeners: [{ listen: 'tcp://127.0.0.1:0', protocol, events: () => Promise.resolve(events) }],
    });
  }

  async #start(name: string, start: typeof startGateway, events?: Events<Line>, more: RoleOptions = {}): Promise<Role> {
    const process = this.world.process(name);
    const options = {
      ...more,
      platform: process.platform,
      logger: this.logger,
      register: REGISTER,
      wait: 3_600_000,
    };
    let running: Running | undefined;
    void start(this.#app(events), options).then(started => {
      running = started;
    });
    if (!(await this.world.until(() => running !== undefined, 10_000))) throw new Error(`${name} does not start`);
    return { process, running: running! };
  }

  register(): Promise<Role> {
    return this.#start('register', startRegister);
  }

  gateway(name: string, more: RoleOptions = {}): Promise<Role> {
    return this.#start(name, startGateway, undefined, more);
  }

  async worker(name: string, more: Events<Line> = {}): Promise<Role> {
    const events: Events<Line> = {
      onLogin: (_, message) => accept({ name: message.name }),
      onClose: (client, reason: CloseReason) => {
        const { code, uncertain } = reason;
        this.told.push(`${name}: ${client.uid} ${code}${uncertain ? ' uncertain' : ''}`);
      },
      ...more,
    };
    const role = await this.#start(name, startWorker, events);
    this.workers.push(role);
    return role;
  }

  /** Connects and logs in; returns whether the connection still stands. */
  async client(name: string, gateway: Role): Promise<() => boolean> {
    const process = this.world.process(`client ${name}`);
    let heard = '';
    let open = true;
    const connection = process.dial(parseAddress(gateway.running.listening[0]!.address), {
      data: (b, start, end) => {
        heard += new TextDecoder().decode(b.slice(start, end));
      },
      ended: () => connection.end(),
      closed: () => {
        open = false;
      },
    });
    connection.write(new TextEncoder().encode(`/login ${name} pass\r\n`));
    if (!(await this.world.until(() => heard.includes('welcome'), 10_000))) throw new Error(`${name} cannot log in`);
    return () => open;
  }

  async linked(count: number): Promise<void> {
    const all = () => this.workers.every(w => w.running.worker!.links === count);
    if (!(await this.world.until(all, 20_000))) throw new Error('the workers are not linked');
  }

  /** Nobody hears of the other any more, and what they had is broken. */
  part(a: SimProcess, b: SimProcess): void {
    const { network } = this.world;
    network.silence(a, b);
    network.silence(b, a);
    network.cut(a, b);
  }

  heal(a: SimProcess, b: SimProcess): void {
    this.world.network.heal(a, b);
    this.world.network.heal(b, a);
  }
}

/** What a call has come to: it needs time to pass. */
async function within<T>({ world }: Cluster, call: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  call.then(over, over);
  await world.until(() => isOver, 10_000);
  return call;
}

t.test('a gateway dies, or its machine does: once for each client, and for certain', async t => {
  for (const how of ['exit', 'vanish'] as const) {
    const cluster = new Cluster();
    await cluster.register();
    const [east, west] = [await cluster.gateway('east'), await cluster.gateway('west')];
    await cluster.worker('w1');
    await cluster.worker('w2');
    await cluster.linked(2);
    for (const name of ['a', 'b', 'c', 'd']) await cluster.client(name, east);
    const safe = await cluster.client('safe', west);
    east.process.die(how);
    await cluster.world.run(120_000);
    t.same(
      cluster.told.map(line => line.slice(4)).sort(),
      ['a', 'b', 'c', 'd'].map(name => `${name} gateway-lost`),
      how,
    );
    t.ok(safe());
  }
});

t.test(
  'a client that a worker may have seen is owed a close event, also when that worker has said nothing',
  async t => {
    const cluster = new Cluster();
    await cluster.register();
    const east = await cluster.gateway('east');
    const { address } = east.running.listening[0]!;
    const connect = (): void =>
      void cluster.world.process('client').dial(parseAddress(address), { data() {}, ended() {}, closed() {} });
    const known = (): boolean[] => {
      const [peer] = [...cluster.workers.at(-1)!.running.worker!.gateways.ready()];
      return peer!.clients.map(c => c!.known);
    };
    connect();
    const first = await cluster.worker('w1', { onConnect: () => new Promise(() => {}) });
    await cluster.linked(1);
    t.same(known(), [false], 'it is the first');
    first.process.die();
    await cluster.world.run(1000);
    cluster.workers.pop();
    connect();
    await cluster.world.run(1000);
    await cluster.worker('w2', { onConnect: () => new Promise(() => {}) });
    await cluster.linked(1);
    t.same(known(), [true, false]);
  },
);

t.test('a worker that alone has lost sight of a gateway says nothing: another one has the clients', async t => {
  const cluster = new Cluster();
  await cluster.register();
  const east = await cluster.gateway('east');
  const first = await cluster.worker('w1');
  await cluster.linked(1);
  const ann = await cluster.client('ann', east);
  await cluster.worker('w2');
  await cluster.linked(1);
  cluster.part(first.process, east.process);
  await cluster.world.run(60_000);
  t.same(cluster.told, []);
  t.ok(ann());
  east.process.die();
  await cluster.world.run(60_000);
  t.same(cluster.told, ['w2: ann gateway-lost'], 'and only that one');
});

t.test(
  'a link is cut, and a moment later the gateway dies: the worker that it had turned to says so, and no other',
  async t => {
    for (const [when, moment] of [20, 200, 1000, 1900, 4000].entries()) {
      const cluster = new Cluster(when + 1);
      await cluster.register();
      const east = await cluster.gateway('east');
      const first = await cluster.worker('w1');
      await cluster.linked(1);
      await cluster.client('ann', east);
      await cluster.worker('w2');
      await cluster.linked(1);
      await cluster.world.run(10_000);
      cluster.part(first.process, east.process);
      await cluster.world.run(moment);
      east.process.die();
      await cluster.world.run(120_000);
      t.same(cluster.told, ['w2: ann gateway-lost'], `${moment} ms later`);
    }
  },
);

t.test(
  'while a register has just started, a client of a gateway that nobody has named yet is not called gone',
  async t => {
    const cluster = new Cluster();
    const old = await cluster.register();
    const east = await cluster.gateway('east');
    await cluster.worker('w1');
    await cluster.linked(1);
    await cluster.client('ann', east);
    const [id] = east.running.gateway!.tables.byId.keys();
    old.process.die();
    const register = await cluster.register();
    cluster.part(east.process, register.process);
    await cluster.gateway('west');
    let worker: Worker<Line> | undefined;
    const { running } = await cluster.worker('w2', {
      onWorkerStart(w) {
        worker = w;
      },
    });
    await cluster.world.until(() => running.worker!.links === 1, 10_000);
    await t.rejects(worker!.isOnline(id!), { code: 'FG_UNREACHABLE' });
    await cluster.world.run(10_000);
    t.equal(await worker!.isOnline(id!), false, 'by now it would have come back');
  },
);

t.test('a gateway that registers forget while it is dialled, and name again, is linked once', async t => {
  const cluster = new Cluster();
  await cluster.register();
  const east = await cluster.gateway('east');
  const { process, running } = await cluster.worker('w1');
  await cluster.linked(1);
  const { id, bootEpoch: epoch, peers } = east.running.gateway!;
  const named = [{ id, epoch, link: parseAddress(east.running.inner) }];
  cluster.world.network.weather = { ...cluster.world.network.weather, latency: [30, 30] };
  cluster.world.network.cut(process, east.process);
  await cluster.world.run(120);
  t.equal(running.worker!.links, 0, 'it is being dialled');
  running.worker!.setView([]);
  running.worker!.setView(named);
  await cluster.world.run(10_000);
  t.equal(running.worker!.links, 1);
  t.equal(peers.size, 1);
});

t.test('a gateway that starts again where it was is linked once, whoever finds it first', async t => {
  const cluster = new Cluster();
  await cluster.register();
  const link = 'tcp://127.0.0.1:7100';
  const east = await cluster.gateway('east', { link });
  await cluster.worker('w1');
  await cluster.linked(1);
  east.process.die();
  const again = await cluster.gateway('east again', { link });
  await cluster.world.run(60_000);
  t.equal(cluster.workers[0]!.running.worker!.links, 1);
  t.equal(again.running.gateway!.peers.size, 1);
  cluster.world.network.cut(cluster.workers[0]!.process, again.process);
  await cluster.world.run(1000);
  t.equal(again.running.gateway!.peers.size, 1, 'and found again');
});

t.test('who had a client at a gateway that has another boot by now is gone, before a register has said so', async t => {
  const cluster = new Cluster();
  const register = await cluster.register();
  const link = 'tcp://127.0.0.1:7100';
  const east = await cluster.gateway('east', { link });
  let worker!: Worker<Line>;
  const onWorkerStart = (started: Worker<Line>): void => {
    worker = started;
  };
  const { running } = await cluster.worker('w1', { onWorkerStart });
  await cluster.linked(1);
  await cluster.client('ann', east);
  const [id = ''] = (await within(cluster, worker.getClientIdsByUid('ann'))).value;
  register.process.die();
  await cluster.world.run(100);
  east.process.die();
  await cluster.world.run(10);
  await t.rejects(within(cluster, worker.isOnline(id)), { code: 'FG_UNREACHABLE' }, 'it may come back');
  void cluster.gateway('east again', { link }).catch(() => {});
  await cluster.linked(1);
  t.equal(running.worker!.links, 1);
  t.equal(await within(cluster, worker.isOnline(id)), false);
  t.same(cluster.told, ['w1: ann gateway-lost']);
});

t.test('the only worker loses sight of a gateway that lives on, and it dies later', async t => {
  const cluster = new Cluster();
  await cluster.register();
  const east = await cluster.gateway('east');
  const worker = await cluster.worker('w1');
  await cluster.linked(1);
  await cluster.client('ann', east);
  cluster.part(worker.process, east.process);
  await cluster.world.run(60_000);
  t.same(cluster.told, [], 'nobody else can have them');
  east.process.die();
  await cluster.world.run(60_000);
  t.same(cluster.told, ['w1: ann gateway-lost']);
});

t.test('a gateway that was given up and turns up again ends the connections, and nothing is said twice', async t => {
  const cluster = new Cluster();
  const register = await cluster.register();
  const east = await cluster.gateway('east');
  const worker = await cluster.worker('w1');
  await cluster.linked(1);
  const ann = await cluster.client('ann', east);
  cluster.part(worker.process, east.process);
  cluster.part(register.process, east.process);
  await cluster.world.run(30_000);
  t.same(cluster.told, ['w1: ann gateway-lost']);
  t.ok(ann(), 'it lives, and cannot know');
  cluster.heal(worker.process, east.process);
  cluster.heal(register.process, east.process);
  await cluster.world.run(120_000);
  t.equal(worker.running.worker!.links, 1);
  t.notOk(ann());
  t.same(cluster.told, ['w1: ann gateway-lost']);
  await cluster.client('ben', east);
});

t.test('no register to ask: uncertain, after two leases', async t => {
  const cluster = new Cluster();
  const register = await cluster.register();
  const east = await cluster.gateway('east');
  await cluster.worker('w1');
  await cluster.linked(1);
  await cluster.client('ann', east);
  register.process.die();
  await cluster.world.run(20_000);
  t.same(cluster.told, [], 'a dead register changes nothing');
  east.process.die();
  await cluster.world.run(9_900);
  t.same(cluster.told, []);
  await cluster.world.run(1_500);
  t.same(cluster.told, ['w1: ann gateway-lost uncertain']);
});

t.test('a worker that stops in between says it before it goes', async t => {
  const cluster = new Cluster();
  await cluster.register();
  const east = await cluster.gateway('east');
  const worker = await cluster.worker('w1');
  await cluster.linked(1);
  await cluster.client('ann', east);
  east.process.die();
  await cluster.world.run(1000);
  let stopped = false;
  void worker.running.stop().then(() => {
    stopped = true;
  });
  t.ok(await cluster.world.until(() => stopped, 30_000));
  t.same(cluster.told, ['w1: ann gateway-lost uncertain']);
});
