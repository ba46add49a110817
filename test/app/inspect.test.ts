/** What operators see of running processes, and what they can do to clients: through real processes and their sockets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ProcessInfo } from '../../src/app/control-calls.js';
import { type AppStatus, appStatus, healthOf } from '../../src/app/inspect/app-status.js';
import { inspectCalls } from '../../src/app/inspect/calls.js';
import { Topmost } from '../../src/app/inspect/sorting.js';
import { statusText } from '../../src/app/inspect/status-text.js';
import { tableText } from '../../src/app/inspect/table.js';
import { bytesText, counted, countText, durationText } from '../../src/app/inspect/units.js';
import type { ControlClient } from '../../src/control/index.js';
import { startAll } from '../../src/index.js';
import { Gw, lineApp } from '../support/gw.js';
import app from '../support/line-app.js';
import { LineClient } from '../support/line-client.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { newRunDir } from '../support/run-dir.js';
import { until } from '../support/wait.js';

/** Secrets that must not be shown anywhere. */
const PASS = 'PLANTEDpassword';
const KEY = `fgk-cluster-${'PLANTEDkey'.repeat(5).slice(0, 43)}`;

const folder = mkdtempSync(join(tmpdir(), 'framegate-inspect-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const keyFile = join(folder, 'cluster.key');
writeFileSync(keyFile, `${KEY}\n`);

/** All that commands have printed. */
let printed = '';

class Place {
  readonly env: Record<string, string> = { GW_RUN_DIR: newRunDir() };
  readonly #t: Test;

  constructor(t: Test) {
    this.#t = t;
  }

  start(...args: string[]): Gw {
    const gw = new Gw(['start', lineApp, ...args], this.env);
    this.#t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
    return gw;
  }

  /** Runs a command to its end. */
  async run(
    ...[command, ...args]: [string, ...string[]]
  ): Promise<{ exit: number | string; out: string; err: string }> {
    const gw = new Gw([command, lineApp, ...args], this.env);
    this.#t.teardown(() => gw.kill());
    const exit = await gw.ended();
    printed += gw.stdout + gw.stderr;
    return { exit, out: gw.stdout, err: gw.stderr };
  }

  async client(address: string, name: string): Promise<LineClient> {
    const client = await LineClient.connect(address);
    this.#t.teardown(() => client.close());
    client.send(`/login ${name} ${PASS}`);
    await client.line('* welcome');
    return client;
  }
}

t.test('one cluster, looked at and emptied', async t => {
  const place = new Place(t);
  const several = ['--gateways', '2', '--workers', '2', '--register', 'tcp://127.0.0.1:0', '--key-file', keyFile];
  const supervisor = place.start(...several);
  const address = await supervisor.says(/line listening on (\S+)/);
  const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const clients = await Promise.all(names.map(name => place.client(address, name)));
  clients[0]!.send('\x01', 'hello');
  const json = async () => JSON.parse((await place.run('status', '--json')).out) as AppStatus;

  await t.test('status has all processes, listeners and links', async t => {
    await until(async () => (await json()).ready, 'all to be ready');
    const { processes } = await json();
    const named = (name: string) => processes.find(p => p.name === name)!;
    for (const name of ['gateway-1', 'gateway-2', 'worker-1', 'worker-2', 'register']) {
      t.match(named(name), { ready: true, answers: true, pid: Number, uptime: Number, memory: { rss: Number } }, name);
    }
    const gateways = processes.flatMap(p => (p.answers && p.counters.gateway !== undefined ? [p] : []));
    t.equal(gateways.length, 2);
    t.equal(
      gateways.reduce((sum, p) => sum + p.listeners[0]!.clients, 0),
      clients.length,
    );
    for (const { links, loop, listeners } of gateways) {
      t.match(links, [
        { role: 'worker', stage: 'ready' },
        { role: 'worker', stage: 'ready' },
      ]);
      t.match(listeners, [{ protocol: 'line', address, most: 50_000, open: true }]);
      t.ok(loop !== null && loop.p50 <= loop.p99 && loop.p99 <= loop.max);
    }
    t.match(named('worker-1'), { gateways: [{ linked: true }, { linked: true }] });
    const { out, exit } = await place.run('status');
    t.equal(exit, 0);
    t.match(out, /(?:^|\n)PROCESS +PID +UPTIME +STATE +CLIENTS.*\ngateway-1 +\d+ .* ready /);
    t.match(out, /\nLISTENS[\s\S]*\nGATEWAY +LINKED TO[\s\S]*\nWORKER +LINKED TO[\s\S]*\n\nready\n$/);
  });

  await t.test('with --watch the second look has rates', async t => {
    const watch = new Gw(['status', lineApp, '--watch', '0.3'], place.env);
    t.teardown(() => watch.kill());
    await watch.says(/IN\/S +OUT\/S/);
    watch.kill('SIGINT');
    await watch.ended();
    t.equal(watch.stdout.match(/^PROCESS/gm)!.length >= 2, true);
  });

  await t.test('connections: who is there, by what is asked', async t => {
    const rows = async (...args: string[]) => {
      const { out } = await place.run('connections', '--json', ...args);
      return out
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as { uid: string; framesIn: number });
    };
    const [all, c3, nobody, none, most] = await Promise.all([
      rows(),
      rows('--uid', 'c3'),
      rows('--address', '192.0.2.0/24'),
      rows('--protocol', 'other'),
      rows('--sort', 'frames', '--limit', '1'),
    ]);
    t.same(all.map(r => r.uid).sort(), names.toSorted());
    t.match(c3, [{ uid: 'c3', state: 'open', protocol: 'line', address: /^127\.0\.0\.1:\d+$/, worker: /^w/ }]);
    t.same([nobody, none], [[], []]);
    t.match(most, [{ uid: 'c0', framesIn: 3 }]);
    const { out, err } = await place.run('connections', '--limit', '5');
    t.equal(out.trim().split('\n').length, 6);
    t.match(err, /more than 5 clients; see --limit/);
    t.match(await place.run('connections', '--address', 'somewhere'), {
      exit: 1,
      err: /"somewhere" in --address is no network/,
    });
  });

  await t.test('what could not be understood, without bytes that may be secret', async t => {
    const { out } = await place.run('connections', '--bad', '--json');
    t.match(JSON.parse(out), { protocol: 'line', code: 'GARBAGE', field: 'line', size: 1, hex: null });
    t.match((await place.run('connections', '--bad')).out, /GARBAGE +line +1 +not kept: the protocol has secrets\n$/);
  });

  await t.test('kick says how many, and fails when it was nobody', async t => {
    t.match(await place.run('kick', '--uid', 'c1', '--reason', 'too loud'), { exit: 0, out: 'kicked 1 client\n' });
    await clients[1]!.whenClosed();
    t.match(await place.run('kick', '--uid', 'c1'), { exit: 1, out: 'kicked 0 clients\n' });
    t.match(await place.run('kick'), { exit: 2, err: /nobody is named/ });
    t.match(await place.run('kick', 'no-such-id', '--json'), { exit: 1, out: /^\{"kicked":0,/ });
  });

  await t.test('a process that stands still is shown as such, and keeps nobody else', async t => {
    const { pid } = (await json()).processes.find(p => p.name === 'worker-1') as unknown as { pid: number };
    process.kill(pid, 'SIGSTOP');
    t.teardown(() => process.kill(pid, 'SIGCONT'));
    const [status, live] = await Promise.all([place.run('status'), place.run('status', '--live')]);
    t.match(status, {
      exit: 1,
      out: /\nworker-1 +- +- +silent .*[\s\S]*not ready: worker-1: .*within 2 s; its event loop may be blocked\n/,
    });
    t.match(status.out, /\nworker-2 +\d+ +\S+ +.*ready /);
    t.match(live, { exit: 1, err: /worker-1: .*did not answer/ });
    t.match(await place.run('status', '--live', '--process', 'worker-2'), { exit: 0, out: 'live\n' });
    process.kill(pid, 'SIGCONT');
    await until(async () => (await place.run('status', '--ready')).exit === 0, 'it to be ready again');
  });

  await t.test('a gateway that drains is left by its clients, and others take who calls', async t => {
    const { exit, out } = await place.run(
      'drain',
      '--gateway',
      'gateway-1',
      '--deadline',
      '20',
      '--message',
      'bye',
      '--values',
      '{"text":"back soon"}',
    );
    t.equal(exit, 0);
    t.match(out, /^gateway-1: drained of \d+ clients? in \S+\n$/);
    const left = clients.filter(c => !c.closed);
    await until(() => clients.every(c => c.closed || left.includes(c)), 'the others to go');
    for (const gone of clients.filter((c, i) => c.closed && i !== 1)) t.ok(gone.lines.includes('* bye back soon'));
    left[0]?.send('/ping');
    await left[0]?.line('* pong');
    for (let i = 0; i < 5; i++) await place.client(address, `late${i}`);
    t.match(await place.run('drain', '--gateway', 'gateway-7'), {
      exit: 1,
      err: /There is no gateway "gateway-7"; there is gateway-/,
    });
    t.match(await place.run('drain', '--message', 'farewell'), {
      exit: 1,
      err: /no message "farewell" that the server sends/,
    });
  });
});

t.test('not ready is said with why; where nothing runs, that', async t => {
  const place = new Place(t);
  t.match(await place.run('status'), {
    exit: 1,
    err: /^gw: Nothing of ".*line-app\.js" runs here: there is no process in /,
  });
  const register = place.start('--role', 'register', '--register', 'tcp://127.0.0.1:0', '--key-file', keyFile);
  const at = await register.says(/register listening on (\S+)/);
  const gateway = place.start('--role', 'gateway', '--register', at, '--key-file', keyFile);
  const address = await gateway.says(/line listening on (\S+)/);
  await until(
    async () => (await place.run('status', '--ready')).err.includes('no worker is linked'),
    'the gateway to start',
  );
  const ready = await place.run('status', '--ready');
  t.match(ready, { exit: 1, err: `gw: gateway-${gateway.pid}: no worker is linked\n` });
  t.match(await place.run('status', '--live', '--json'), { exit: 0, out: '{"live":true,"problems":[]}\n' });
  const worker = place.start('--role', 'worker', '--register', at, '--key-file', keyFile);
  await worker.says(/worker ready/);
  t.match(await place.run('status', '--ready'), { exit: 0, out: 'ready\n' });
  const ann = await place.client(address, 'ann');
  t.match(await place.run('drain', '--json'), { exit: 0, out: /"clients":1,"closed":1,"insisted":0,"took":/ });
  await ann.whenClosed();
  t.equal(await gateway.ended(), 0, 'nobody would start it again, so it ends');
  t.match(await place.run('drain'), { exit: 1, err: 'gw: No gateway runs here\n' });
});

t.test('nothing that was printed has a secret in it', async t => {
  t.ok(printed.length > 5000);
  t.notMatch(printed, 'PLANTED');
});

t.test('a process refuses what it is asked wrongly', async t => {
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const rest = {
    registers: [],
    program: '',
    fds: [],
    whenReady: Promise.resolve(),
    stop: async () => [],
    rename() {},
    reloadKeys() {},
    showCounters() {},
  };
  const own = { name: 'app', role: 'app' as const, startedAt: 0, running, ready: true, ...rest };
  const calls = inspectCalls(own);
  const asked = (call: string, args: Record<string, unknown>) => Promise.resolve().then(() => calls[call]!(args));
  await t.rejects(asked('kick', { reason: 'x' }), { message: /Nobody is named/ });
  await t.rejects(asked('kick', { uid: 7 }), { message: '"uid" is a text' });
  await t.rejects(asked('connections', { after: -1 }), { message: '"after" is a number, 0 or more' });
  await t.rejects(asked('connections', { address: '10.0.0.0/99' }), { code: 'FG_CONFIG' });
  await t.rejects(asked('drain', { values: 7 }), { message: /fields of the last message are an object/ });
  t.match(await asked('health', {}), { ready: true, problems: [] });
  const worker = inspectCalls({ ...own, running: { ...running, gateway: undefined } as never });
  await t.rejects(
    Promise.resolve().then(() => worker.connections!({})),
    { message: 'The process is no gateway' },
  );
  const early = inspectCalls({ ...own, running: undefined, ready: false });
  t.match(await early.health!({}), { ready: false, problems: ['it is still starting'] });
  await t.rejects(
    Promise.resolve().then(() => early.kick!({ uid: 'x' })),
    { message: 'The process is still starting' },
  );
});

t.test('what a supervisor knows stands beside what a process says, also of one that does not run', async t => {
  const from = (name: string) => ({ name }) as ControlClient;
  const children = [
    {
      name: 'worker-1',
      role: 'worker' as const,
      state: 'running' as const,
      pid: 7,
      restarts: 2,
      lastError: 'was killed by SIGKILL',
    },
    {
      name: 'worker-2',
      role: 'worker' as const,
      state: 'waiting' as const,
      pid: null,
      restarts: 5,
      lastError: 'ended with code 1',
    },
  ];
  const retired = { ...children[1]!, name: 'gateway-1', state: 'ending' as const };
  const info = { name: 'supervisor', role: 'supervisor' as const, pid: 5, startedAt: 1000, ready: true };
  const hello = { from: from('supervisor'), value: info as ProcessInfo };
  const silent = [{ from: from('worker-1'), error: 'It did not answer' }];
  const status = appStatus(silent, { hello, children: [...children, retired] }, 61_000);
  t.match(status, {
    ready: false,
    problems: ['worker-1: It did not answer', 'worker-2: it does not run: it ended with code 1'],
    supervisor: { pid: 5, uptime: 60_000 },
  });
  t.match(
    status.processes.map(p => [p.name, p.answers, p.restarts]),
    [
      ['worker-1', false, 2],
      ['worker-2', false, 5],
    ],
    'who was told to end is not missed',
  );
  t.match(
    statusText(status),
    /^supervisor: pid 5, up 1m\n\nPROCESS .*RESTARTS +LAST ERROR\nworker-1 .* silent .* 2 +was killed by SIGKILL\nworker-2 /,
  );
  const starting = { from: from('supervisor'), value: { ...info, ready: false } as ProcessInfo };
  t.same(appStatus([], { hello: starting, children: [] }).problems, ['supervisor: it is still starting its processes']);
  t.match(healthOf([]), { ready: false });
});

t.test('numbers as people read them, in columns that nothing from outside can break', async t => {
  t.same([0, 1023, 1024, 1536, 10_240, 5 * 1024 ** 3].map(bytesText), [
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '10 KiB',
    '5 GiB',
  ]);
  t.same([0, 12.4, 999, 1500, 10_000, 60_000, 90_000, 3_600_000, 3_660_000, 90_061_000].map(durationText), [
    '0ms',
    '12ms',
    '999ms',
    '1.5s',
    '10s',
    '1m',
    '1m 30s',
    '1h',
    '1h 1m',
    '1d 1h',
  ]);
  t.same(
    [countText(50_000), countText(0.25), counted(1, 'client'), counted(2000, 'client')],
    ['50,000', '0.3', '1 client', '2,000 clients'],
  );
  const columns = [
    { name: 'uid', of: (row: string) => row },
    { name: 'n', of: (row: string) => String(row.length), right: true },
  ];
  t.equal(
    tableText(columns, ['a', '\x1b[2J\u202e', 'x'.repeat(100)])
      .split('\n')
      .map(line => line.length)
      .every(n => n <= 70),
    true,
  );
  t.match(tableText(columns, ['\x1b[2J\nb']), /^UID +N\n\\u001b\[2J\\u000ab +6$/);
  const top = new Topmost<number>(3, (a, b) => b - a);
  for (let i = 0; i < 1000; i++) top.add((i * 7919) % 1000);
  t.same(top.rows(), [999, 998, 997]);
  t.ok(top.overfull);
});
