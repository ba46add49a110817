/** Register, gateway and workers on hosts of their own, whose cables are pulled out and put in again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createKey } from '../../src/link/index.js';
import { realRandom } from '../../src/net/index.js';
import { lineApp } from '../support/gw.js';
import { Hosts, noHosts } from '../support/hosts.js';
import { LineClient } from '../support/line-client.js';
import { sleep, until } from '../support/wait.js';

const impossible = noHosts();
/** Longer than a link may be silent. */
const NOTICED = 30_000;

t.test('several hosts', { skip: impossible }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-hosts-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, createKey(realRandom), { mode: 0o600 });
  const file = join(folder, 'journal');
  writeFileSync(file, '');
  const hosts = new Hosts(t, ['register', 'gateway', 'one', 'two']);
  const register = ['--register', `tcp://${hosts.address('register')}:1236`];
  const clients = `tcp://${hosts.address('gateway')}:8282`;

  await t.test('without a key nobody is let in from another host', async t => {
    const refused = hosts.start('register', [lineApp, '--role', 'register', ...register]);
    t.equal(await refused.ended(), 1);
    t.match(refused.stderr, /key/);
  });

  const start = (host: string, role: string, ...more: string[]) =>
    hosts.start(host, [lineApp, '--role', role, ...register, '--key-file', keyFile, ...more], { LINE_JOURNAL: file });
  await start('register', 'register').says(/register listening on (\S+)/);
  const gateway = start('gateway', 'gateway', '--link', `tcp://${hosts.address('gateway')}:7000`, '--listen', clients);
  await gateway.says(/line listening on (\S+)/);
  const workers = { one: start('one', 'worker'), two: start('two', 'worker') };
  for (const worker of Object.values(workers)) await worker.says(/worker ready/);

  const all: LineClient[] = [];
  const connect = async (name: string): Promise<LineClient> => {
    const client = await LineClient.connect(clients);
    t.teardown(() => client.close());
    await client.login(name);
    all.push(client);
    return client;
  };
  for (const name of ['ann', 'bob', 'cleo', 'dan', 'eve', 'fay']) await connect(name);
  const pidOf = async (client: LineClient): Promise<number> => {
    client.send('pid');
    return Number(/\d+$/.exec(await client.line(/^\* answer \d+$/, NOTICED))![0]);
  };
  let said = 0;
  /** Everybody says some more. */
  const work = (): void => {
    for (let i = 0; i < 20; i++) {
      said++;
      for (const client of all) client.send(`work ${said}`);
    }
  };
  /** What each client said was handled, whole and in order; what was said again comes where it came before. */
  const allDone = async (within: number): Promise<void> => {
    await Promise.all(all.map(client => client.line(`* answer work ${said}`, within)));
    const handled = new Map<string, Set<number>>();
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const match = /^\d+ work (\d+) (?:first|again) (\w+)$/.exec(line);
      if (match === null) continue;
      const list = handled.get(match[2]!) ?? new Set();
      list.add(Number(match[1]));
      handled.set(match[2]!, list);
    }
    const wanted = Array.from({ length: said }, (_, i) => i + 1);
    for (const [name, numbers] of handled) {
      t.same(
        [...numbers],
        wanted.filter(n => n >= Math.min(...numbers)),
        name,
      );
    }
    t.notOk(
      all.some(client => client.closed),
      'nobody is disconnected',
    );
  };

  await t.test('a worker whose cable is pulled out: others go on with its clients, from where it was', async () => {
    const before = await Promise.all(all.map(pidOf));
    t.same([...new Set(before)].sort(), [workers.one.pid, workers.two.pid].sort());
    work();
    hosts.unplug('one');
    work();
    await allDone(NOTICED);
    t.same([...new Set(await Promise.all(all.map(pidOf)))], [workers.two.pid]);
  });

  await t.test('put in again, it gets clients again', async () => {
    hosts.plug('one');
    let met = 0;
    const isBack = async (): Promise<boolean> => (await pidOf(await connect(`g${++met}`))) === workers.one.pid;
    await until(isBack, 'the worker to come back', NOTICED);
    work();
    await allDone(NOTICED);
  });

  await t.test(
    'the register is out of sight for longer than its lease: nobody notices, and newcomers are served',
    async () => {
      hosts.unplug('register');
      const from = performance.now();
      while (performance.now() - from < 8000) {
        work();
        await allDone(NOTICED);
        await sleep(100);
      }
      await connect('newcomer');
      hosts.plug('register');
      const third = start('two', 'worker');
      await third.says(/worker ready/, NOTICED);
      work();
      await allDone(NOTICED);
    },
  );

  await t.test('the gateway is cut off from everybody for a while: what was said arrives, in order', async () => {
    hosts.unplug('gateway');
    work();
    await new Promise(resolve => setTimeout(resolve, 4000));
    hosts.plug('gateway');
    await allDone(NOTICED);
  });

  t.notOk(/close \w+ gateway-lost/.test(readFileSync(file, 'utf8')), 'no gateway was taken for dead');
});
