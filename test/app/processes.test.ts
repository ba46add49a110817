/** The roles as separate processes, started as a user starts them; some are killed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let journals = 0;

interface Teardown {
  teardown(run: () => unknown): void;
}

function start(t: Teardown, args: readonly string[], env: Record<string, string> = {}): Gw {
  const gw = new Gw(args, env);
  t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
  return gw;
}

async function register(t: Teardown): Promise<{ gw: Gw; address: string }> {
  const gw = start(t, ['start', lineApp, '--role', 'register', '--register', 'tcp://127.0.0.1:0']);
  return { gw, address: await gw.says(/register listening on (\S+)/) };
}

function role(t: Teardown, name: string, address: string, env: Record<string, string> = {}, more: string[] = []): Gw {
  return start(t, ['start', lineApp, '--role', name, '--register', address, ...more], env);
}

async function client(t: Teardown, address: string): Promise<LineClient> {
  const connected = await LineClient.connect(address);
  t.teardown(() => connected.close());
  return connected;
}

function journal(): { env: Record<string, string>; lines(): string[] } {
  const file = join(folder, `journal-${journals++}`);
  writeFileSync(file, '');
  return { env: { LINE_JOURNAL: file }, lines: () => readFileSync(file, 'utf8').split('\n').filter(Boolean) };
}

t.test('two clients chat through register, gateway and worker', async t => {
  const { gw: registry, address } = await register(t);
  const gateway = role(t, 'gateway', address);
  const listening = await gateway.says(/line listening on (\S+)/);

  await t.test('a heartbeat is answered while no worker runs, and a message waits', async t => {
    const early = await client(t, listening);
    early.send('/ping');
    await early.line('* pong');
    early.send('/login early pass');
    const worker = role(t, 'worker', address);
    await worker.says(/worker ready/);
    await early.line('* welcome early');
    await worker.stop();
    t.equal(worker.exit, 0);
    early.send('/ping');
    await early.line('* pong');
  });

  const worker = role(t, 'worker', address);
  await worker.says(/worker ready/);
  const ann = await client(t, listening);
  const bob = await client(t, listening);
  await ann.login('ann');
  await bob.login('bob');
  ann.send('hello');
  t.equal(await bob.line('<'), '<ann> hello');

  await t.test('without the register everything that stands goes on', async t => {
    registry.kill('SIGKILL');
    await registry.ended();
    bob.send('still here');
    t.equal(await ann.line('<'), '<bob> still here');
  });

  await t.test('each stops with code 0 and tells its clients', async t => {
    await gateway.stop();
    t.equal(gateway.exit, 0);
    await ann.whenClosed();
    await worker.stop();
    t.equal(worker.exit, 0);
  });
});

t.test('a worker that is killed: its events are replayed in order to another', async t => {
  const { env, lines } = journal();
  const { address } = await register(t);
  const gateway = role(t, 'gateway', address);
  const listening = await gateway.says(/line listening on (\S+)/);
  const first = role(t, 'worker', address, env);
  await first.says(/worker ready/);
  const ann = await client(t, listening);
  await ann.login('ann');
  const second = role(t, 'worker', address, env);
  await second.says(/worker ready/);
  const total = 400;
  ann.send(...Array.from({ length: total }, (_, i) => `work ${i}`));
  await until(() => lines().length > 50, 'some work to be done');
  first.kill('SIGKILL');
  await ann.line(`* answer work ${total - 1}`);
  const done = lines()
    .map(line => /^(\d+) work (\d+) (first|again) (\w+)/.exec(line))
    .filter(match => match !== null);
  const byPid = (pid: number) => done.filter(m => Number(m[1]) === pid).map(m => Number(m[2]));
  const [before, after] = [byPid(first.pid), byPid(second.pid)];
  t.ok(before.length >= 49 && after.length > 0);
  for (const list of [before, after])
    t.same(
      list,
      list.toSorted((a, b) => a - b),
      'in order',
    );
  t.equal(new Set([...before, ...after]).size, total, 'none is lost');
  t.equal(after.at(-1), total - 1);
  t.ok(after[0]! <= before.at(-1)! + 1, 'no gap');
  t.ok(
    done.some(m => m[3] === 'again'),
    'replayed events are marked',
  );
  t.ok(
    done.every(m => m[4] === 'ann'),
    'the session came along',
  );
  await gateway.complains(/Lost worker/);
});

t.test('a gateway that is killed: its worker says gateway-lost, once for each client', async t => {
  const { env, lines } = journal();
  const { address } = await register(t);
  const gateway = role(t, 'gateway', address);
  const worker = role(t, 'worker', address, env);
  const listening = await gateway.says(/line listening on (\S+)/);
  await worker.says(/worker ready/);
  const ann = await client(t, listening);
  await ann.login('ann');
  gateway.kill('SIGKILL');
  await until(() => lines().some(l => l.includes('close ann')), 'onClose');
  await worker.stop();
  t.same(
    lines().map(l => l.split(' ').slice(1).join(' ')),
    ['start', 'close ann gateway-lost', 'stop'],
  );
});

t.test('a worker of another build gets no clients, and both sides say so', async t => {
  const { address } = await register(t);
  const gateway = role(t, 'gateway', address);
  const listening = await gateway.says(/line listening on (\S+)/);
  const other = role(t, 'worker', address, { LINE_HASH: 'wire-2' });
  const sentence =
    /Protocol "line" differs between gateway \w+ and worker \w+ \(wire hash wire-1 and wire-2\): no clients/;
  await gateway.complains(sentence);
  await other.complains(sentence);
  const worker = role(t, 'worker', address);
  await worker.says(/worker ready/);
  const ann = await client(t, listening);
  await ann.login('ann');
  ann.send('pid');
  await ann.line(`* answer ${worker.pid}`);
});

t.test('the supervisor', async t => {
  const args = ['start', lineApp, '--gateways', '2', '--workers', '2', '--register', 'tcp://127.0.0.1:0'];
  const supervisor = start(t, args);
  const listening = await supervisor.says(/line listening on (\S+)/);
  const clients: LineClient[] = [];
  for (let i = 0; i < 8; i++) {
    const c = await client(t, listening);
    await c.login(`c${i}`);
    clients.push(c);
  }

  await t.test('clients of all gateways and workers hear one another', async () => {
    clients[0]!.send('hello all');
    for (const c of clients.slice(1)) await c.line('<c0> hello all');
  });

  await t.test('a worker that dies is started again, and nobody notices', async t => {
    const pids = new Set<number>();
    for (const c of clients) {
      c.send('pid');
      pids.add(Number(/\d+/.exec(await c.line(/^\* answer \d+/))![0]));
    }
    t.equal(pids.size, 2, 'both workers have clients');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await supervisor.complains(/The worker-\d \(pid \d+\) was killed by SIGKILL; starting it again now/);
    clients[1]!.send('after');
    for (const c of clients.slice(2)) await c.line('<c1> after');
    for (const c of clients) t.notOk(c.closed);
  });

  await t.test('told to stop it leaves nobody behind', async t => {
    const children = childrenOf(supervisor.pid);
    t.equal(children.length, 5);
    await supervisor.stop();
    t.equal(supervisor.exit, 0);
    for (const pid of children) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    for (const c of clients) await c.whenClosed();
    await t.rejects(LineClient.connect(listening));
  });
});

t.test('with several registers any one is enough: gateways and workers that start later are found', async t => {
  const two = ['--register', 'tcp://127.0.0.1:0', '--register', 'tcp://127.0.0.1:0'];
  const supervisor = start(t, ['start', lineApp, '--gateways', '1', '--workers', '1', ...two]);
  const ann = await client(t, await supervisor.says(/line listening on (\S+)/));
  await ann.login('ann');
  const commands = new Map(childrenOf(supervisor.pid).map(pid => [pid, commandOf(pid)]));
  const of = (role: string) => [...commands].filter(([, args]) => args.includes(`--role ${role}`));
  const [frozen] = of('register')[0]!;
  // It accepts still, and says nothing.
  process.kill(frozen, 'SIGSTOP');
  t.teardown(() => process.kill(frozen, 'SIGCONT'));
  const [[, workerCommand]] = of('worker') as [[number, string]];
  const addresses = workerCommand.match(/--register \S+/g)!.flatMap(given => given.split(' '));
  t.equal(addresses.length, 4);
  for (const [pid, args] of commands) if (args.includes('--role worker')) process.kill(pid, 'SIGKILL');
  await supervisor.complains(/The worker-1 \(pid \d+\) was killed by SIGKILL/);
  ann.send('pid');
  await ann.line(/^\* answer \d+/);
  const late = start(t, ['start', lineApp, '--role', 'worker', ...addresses]);
  await late.says(/worker ready/);
});

t.test('options may stand before the app file, and --listen may be given several times', async t => {
  const gw = start(t, ['start', '--listen', 'tcp://127.0.0.1:0', lineApp]);
  t.ok(await gw.says(/line listening on (\S+)/));
  const twice = start(t, ['start', '--listen', 'tcp://127.0.0.1:0', '--listen', 'tcp://127.0.0.1:1', lineApp]);
  t.equal(await twice.ended(), 1);
  t.match(twice.stderr, 'There is no listener for "tcp://127.0.0.1:1"; the app has 1');
});

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

/** From the system's own list of processes. */
function childrenOf(parent: number): number[] {
  const children: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(ppid) === parent) children.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return children;
}

t.test('problems are told in one sentence, without a stack', async t => {
  const fails = async (t: Test, args: string[], code: number, text: RegExp, env = {}) => {
    const gw = start(t, args, env);
    t.equal(await gw.ended(), code);
    t.match(gw.stderr, text);
    t.notMatch(gw.stderr, /\n\s+at /);
    t.equal(gw.stdout, '');
    return gw;
  };
  const blocker = net.createServer();
  await new Promise<void>(resolve => {
    blocker.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => blocker.close());
  const taken = `tcp://127.0.0.1:${(blocker.address() as net.AddressInfo).port}`;
  const inUse = new RegExp(`^gw: Cannot listen on ${taken} \\(EADDRINUSE\\): another process uses this port.*\\n$`);

  await t.test('a port in use', async t => {
    await fails(t, ['start', lineApp, '--listen', taken], 1, inUse);
    await fails(t, ['start', lineApp, '--listen', taken, '--workers', '1'], 1, inUse);
    await fails(t, ['start', lineApp, '--role', 'register', '--register', taken], 1, inUse);
    await fails(t, ['start', lineApp, '--workers', '1', '--register', taken], 1, /Cannot start: register ended/);
  });

  await t.test('an app file that is not there, or no app', async t => {
    await fails(t, ['start', 'nowhere.js'], 1, /^gw: Cannot find the app file "nowhere\.js"\n$/);
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, 'export default {};');
    await fails(t, ['start', empty], 1, /^gw: ".*empty\.mjs" exports no application; it must say.*\n$/);
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'export default {{;');
    await fails(t, ['start', broken], 1, /^gw: Cannot load the app file ".*broken\.mjs": .*\n$/);
    writeFileSync(join(folder, 'app.ts'), '');
    await fails(t, ['start', join(folder, 'app.ts')], 1, /is TypeScript; compile it/);
  });

  await t.test('a register that cannot be reached', async t => {
    const free = net.createServer();
    await new Promise<void>(resolve => {
      free.listen(0, '127.0.0.1', resolve);
    });
    const address = `tcp://127.0.0.1:${(free.address() as net.AddressInfo).port}`;
    await new Promise(resolve => {
      free.close(resolve);
    });
    const gw = await fails(t, ['start', lineApp, '--role', 'worker', '--register', address, '--wait', '1.5'], 1, /./);
    const lines = gw.stderr.trim().split('\n');
    t.equal(lines.length, 2, 'said once');
    t.match(lines[0], `Cannot reach the register at ${address} (ECONNREFUSED); start it with`);
    t.match(lines[1], `gw: Gave up: no register at ${address} within 1.5 s`);
    const two = ['--register', address, '--register', 'tcp://127.0.0.1:9', '--register', address];
    const both = new RegExp(`gw: Gave up: no register at ${address}, tcp://127\\.0\\.0\\.1:9 within 0.2 s\\n$`);
    await fails(t, ['start', lineApp, '--role', 'worker', ...two, '--wait', '0.2'], 1, both);
    const which = /^gw: The app names several registers; say which one this is: --register tcp:\/\/host:port\n$/;
    await fails(t, ['start', lineApp, '--role', 'register', ...two], 1, which);
  });

  await t.test('a fixed list of gateways', async t => {
    const list = ['--gateway', 'tcp://127.0.0.1:9', '--gateway', 'tcp://127.0.0.1:10'];
    const gaveUp = /gw: Gave up: no gateway at tcp:\/\/127\.0\.0\.1:9, tcp:\/\/127\.0\.0\.1:10 within 0\.2 s\n$/;
    await fails(t, ['start', lineApp, '--role', 'worker', ...list, '--wait', '0.2'], 1, gaveUp);
    const where = /^gw: Without a register workers must know where this gateway is: give it --link, .*\n$/;
    await fails(t, ['start', lineApp, '--role', 'gateway', ...list], 1, where);
    const open = /^gw: Nobody can dial tcp:\/\/127\.0\.0\.1:0; a list of gateways needs their ports\n$/;
    await fails(t, ['start', lineApp, '--role', 'worker', '--gateway', 'tcp://127.0.0.1:0'], 1, open);
    const both = ['--gateway', 'tcp://127.0.0.1:9', '--register', 'tcp://127.0.0.1:10'];
    await fails(t, ['start', lineApp, '--role', 'worker', ...both], 2, /cannot be used with/);
  });

  await t.test('addresses that others could reach', async t => {
    const text = /^gw: Cannot use tcp:\/\/0\.0\.0\.0:1236 for the register: without a key.*\n$/;
    await fails(t, ['start', lineApp, '--role', 'register', '--register', 'tcp://0.0.0.0:1236'], 1, text);
    await fails(t, ['start', lineApp, '--listen', 'nonsense'], 1, /^gw: "nonsense" is not an address/);
  });

  await t.test('wrong usage', async t => {
    await fails(t, ['stat', lineApp], 2, /unknown command 'stat'/);
    await fails(t, ['start'], 2, /missing required argument/);
    await fails(t, ['start', lineApp, '--role', 'king'], 2, /Allowed choices/);
    await fails(t, ['start', lineApp, '--workers', 'many'], 2, /whole number/);
    await fails(t, ['start', lineApp, '--role', 'worker', '--workers', '2'], 2, /cannot be used with/);
    for (const [mode, useless] of [
      ['', '--register --gateway --advertise --name --state --wait'],
      ['--workers 1', '--gateway --link --name --wait'],
      ['--gateways 1', '--gateway --link --wait'],
      ['--role register', '--listen --gateway --link --name --state --wait'],
      ['--role worker', '--listen --link --name'],
    ] as const) {
      for (const option of useless.split(' ')) {
        const value = option === '--wait' ? '1' : 'tcp://127.0.0.1:0';
        const args = ['start', lineApp, ...mode.split(' ').filter(Boolean), option, value];
        await fails(t, args, 2, new RegExp(`^error: option '${option}' has no effect .*; leave it out\n`));
      }
    }
  });
});

t.test('errors outside of handlers', async t => {
  const { env, lines } = journal();

  await t.test('all in one: reported, and life goes on', async t => {
    const gw = start(t, ['start', lineApp], env);
    const ann = await client(t, await gw.says(/line listening on (\S+)/));
    await ann.login('ann');
    ann.send('reject', 'uncaught', 'crash');
    await until(() => lines().filter(l => l.includes(' error ')).length === 3, 'three errors');
    for (const error of ['unhandledRejection nobody awaits this', 'uncaughtException from a timer', 'say crashed']) {
      t.ok(
        lines().some(l => l.includes(error)),
        error,
      );
    }
    ann.send('object');
    await gw.complains(/Uncaught exception: \{ reason: 'no error', deep: \{ deeper: \{\} \} \}\n/);
    t.equal(gw.stderr.match(/from a timer/g)?.length, 1, 'said once');
    t.match(gw.stderr, /Uncaught exception: from a timer \(at \S+line-events\.[jt]s:\d+\)/);
    ann.send('pid');
    await ann.line(`* answer ${gw.pid}`);
    ann.send('careless');
    const careless = () => lines().filter(l => /error unhandledRejection (?!nobody)/.test(l));
    await until(() => careless().length === 3, 'what failed and was not awaited');
    await ann.whenClosed();
    await gw.stop();
    t.equal(gw.exit, 0);
    t.same(
      careless().map(l => l.replace(/^.*unhandledRejection (.{40}).*$/, '$1')),
      [
        'An id, a uid, or the name of a group, ha',
        'An id, a uid, or the name of a group, ha',
        'A session may have 65536 bytes, this one',
      ],
      'that a client is gone is no mistake',
    );
  });

  await t.test('a worker of its own lets its handlers finish and ends; its clients go to another', async t => {
    const { address } = await register(t);
    const gateway = role(t, 'gateway', address);
    const worker = role(t, 'worker', address, env);
    const ann = await client(t, await gateway.says(/line listening on (\S+)/));
    await worker.says(/worker ready/);
    await ann.login('ann');
    ann.send('uncaught');
    t.equal(await worker.ended(), 1);
    const next = role(t, 'worker', address);
    ann.send('pid');
    await ann.line(`* answer ${next.pid}`);
  });
});

t.test('a stop that has to wait says for what, and a second signal does not wait', async t => {
  for (const more of [[], ['--workers', '2', '--register', 'tcp://127.0.0.1:0']]) {
    const gw = start(t, ['start', lineApp, ...more]);
    const ann = await client(t, await gw.says(/line listening on (\S+)/));
    await ann.login('ann');
    ann.send('forever');
    await new Promise(resolve => setTimeout(resolve, 100));
    gw.kill('SIGINT');
    await gw.complains(/ warn {2}\S+ stopping: waiting for handlers \(say\); Ctrl-C again to stop at once$/m, 3000);
    gw.kill('SIGINT');
    t.equal(await gw.ended(3000), 130);
  }
});

t.test('help and version', async t => {
  const help = start(t, ['--help']);
  t.equal(await help.ended(), 0);
  t.match(help.stdout, /Examples:\n.*gw start app\.js/);
  const version = start(t, ['--version']);
  t.equal(await version.ended(), 0);
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});

t.test(
  'a gateway that is dead: uid and group sends reach the others, and the result says who was not reached',
  async t => {
    const { address } = await register(t);
    const gateways = [role(t, 'gateway', address), role(t, 'gateway', address)];
    const listening = await Promise.all(gateways.map(gateway => gateway.says(/line listening on (\S+)/)));
    const worker = role(t, 'worker', address, {}, ['--log-level', 'debug']);
    await until(() => worker.stderr.split('Linked to gateway').length === 3, 'both links');
    const [ann, bob, cat] = [
      await client(t, listening[0]!),
      await client(t, listening[0]!),
      await client(t, listening[1]!),
    ];
    await ann.login('ann');
    await bob.login('bob');
    await cat.login('cat');
    ann.send('tell group before');
    await ann.line('* answer before 3 true 0');
    await cat.line('<all> before');
    gateways[1]!.kill('SIGKILL');
    await gateways[1]!.ended();
    ann.send('tell group g', 'tell ann,bob,cat u');
    await bob.line('<all> g');
    await bob.line('<all> u');
    await ann.line('* answer g 2 false 1');
    await ann.line('* answer u 2 false 1');
    // Once its lease is over nobody waits for it any more.
    let told = '';
    await until(
      async () => {
        ann.send('tell group again');
        told = await ann.line('* answer again');
        return told.endsWith('true 0');
      },
      'the register to forget the gateway',
      30_000,
    );
    t.equal(told, '* answer again 2 true 0');
  },
);
