/** A worker that stops in order, in a simulated world: there its process is gone in the very moment in which it has stopped. */
import t from 'tap';
import {
  accept,
  type Client,
  defineApp,
  type Events,
  type Running,
  startGateway,
  startRegister,
  startWorker,
} from '../../src/index.js';
import { type SimProcess, World } from '../../src/testing/sim/index.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

interface Said {
  readonly process: SimProcess;
  readonly client: Client<Line>;
  readonly line: string;
  readonly redelivered: boolean;
}

type Handler = (said: Said) => void | Promise<void>;

const register = ['tcp://127.0.0.1:1236'];

class Cluster {
  readonly world: World;
  readonly #logger = new MemoryLogger();
  #workers = 0;

  constructor(latency: number, room: number) {
    this.world = new World({ weather: { latency: [latency, latency], room } });
  }

  async worker(say: Handler): Promise<{ readonly process: SimProcess; readonly running: Running }> {
    const process = this.world.process(`worker${++this.#workers}`, '127.0.2.1');
    const events: Events<Line> = {
      onLogin: (_, { name }) => accept({ name }),
      onSay: (client, { line }, { redelivered }) => say({ process, client, line, redelivered }),
    };
    const running = await this.#start(startWorker(app(events), this.#options(process)));
    await this.world.until(() => running.worker!.links === 1, 5000);
    return { process, running };
  }

  async gateway(): Promise<SimProcess> {
    const first = this.world.process('register', '127.0.0.1');
    await this.#start(startRegister(app(), this.#options(first)));
    const process = this.world.process('gateway', '127.0.1.1');
    const options = this.#options(process);
    const listen = ['tcp://127.0.1.1:9000'];
    await this.#start(startGateway(app(), { ...options, listen, link: 'tcp://127.0.1.1:7000' }));
    return process;
  }

  /** Logs in and says these lines. @returns what it hears */
  device(...lines: string[]): { heard: string } {
    const hears = { heard: '' };
    const connection = this.world.process('device', '127.0.3.1').dial(
      { host: '127.0.1.1', port: 9000 },
      {
        data(b, start, end) {
          hears.heard += Buffer.from(b.subarray(start, end)).toString();
        },
        ended: () => connection.end(),
        closed() {},
      },
    );
    connection.write(Buffer.from(['/login ann x', ...lines, ''].join('\r\n')));
    return hears;
  }

  /** As `gw` does: what has not left the process when it has stopped never will. */
  async stop({ process, running }: { readonly process: SimProcess; readonly running: Running }): Promise<void> {
    let stopped = false;
    void running.stop().then(() => {
      stopped = true;
      process.die();
    });
    await this.world.until(() => stopped, 30_000);
  }

  async #start(starting: Promise<Running>): Promise<Running> {
    let running: Running | undefined;
    void starting.then(it => {
      running = it;
    });
    await this.world.until(() => running !== undefined, 5000);
    return running!;
  }

  #options({ platform }: SimProcess) {
    return { platform, logger: this.#logger, register };
  }
}

function app(events: Events<Line> = {}) {
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: () => Promise.resolve(events) };
  return defineApp({ listeners: [listener] });
}

t.test('what a worker has said and done is heard before it is gone, however much that is', async t => {
  // A system that takes little at a time, so that most of it is still in the process.
  const cluster = new Cluster(20, 2048);
  await cluster.gateway();
  const begun: string[] = [];
  const first = await cluster.worker(async ({ process, client, line }) => {
    begun.push(line);
    await process.sleep(200);
    for (let i = 1; i <= 50; i++) client.send('answer', { text: `${line} ${i} ${'.'.repeat(200)}` });
  });
  const device = cluster.device('one');
  await cluster.world.until(() => begun.length === 1, 5000);
  await cluster.stop(first);
  const again: string[] = [];
  await cluster.worker(({ line }) => void again.push(line));
  await cluster.world.run(5000);
  t.same(again, [], 'nothing is handled again');
  t.match(device.heard, 'one 50', 'and all of it reaches the device');
});

t.test('a worker that stops handles what was delivered to it again, to the last', async t => {
  const cluster = new Cluster(1, 64 * 1024);
  await cluster.gateway();
  const begun: string[] = [];
  const dead = await cluster.worker(({ line }) => {
    begun.push(line);
    return new Promise(() => {});
  });
  const lines = Array.from({ length: 10 }, (_, i) => `line ${i}`);
  cluster.device(...lines);
  await cluster.world.until(() => begun.length > 0, 5000);
  dead.process.die();
  const handled: string[] = [];
  const second = await cluster.worker(async ({ process, line, redelivered }) => {
    t.ok(redelivered);
    await process.sleep(30);
    handled.push(line);
  });
  await cluster.world.until(() => handled.length > 0, 5000);
  await cluster.stop(second);
  t.same(handled, lines);
  const again: string[] = [];
  await cluster.worker(({ line }) => void again.push(line));
  await cluster.world.run(5000);
  t.same(again, []);
});

t.test('a worker that stops takes no link any more: it would be given clients of whom it has taken leave', async t => {
  const cluster = new Cluster(200, 64 * 1024);
  const gateway = await cluster.gateway();
  const begun: string[] = [];
  const worker = await cluster.worker(({ line }) => {
    begun.push(line);
    return new Promise(() => {});
  });
  cluster.device('one');
  await cluster.world.until(() => begun.length === 1, 10_000);
  cluster.world.network.cut(worker.process, gateway);
  await cluster.world.until(() => cluster.world.network.between(worker.process, gateway).length === 1, 5000);
  const stopping = cluster.stop(worker);
  t.notOk(await cluster.world.until(() => worker.running.worker!.links > 0, 5000), 'the one that was under way');
  await stopping;
});
