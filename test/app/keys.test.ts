/** Keys from the outside: processes that are given them, programs that connect with them, and their exchange while all runs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type Connection, type ConnectOptions, connect } from '../../src/client/index.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

const line = lineProtocol();
const folder = mkdtempSync(join(tmpdir(), 'framegate-keys-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

interface Teardown {
  teardown(run: () => unknown): void;
}

function gw(t: Teardown, args: readonly string[], env: Record<string, string> = {}): Gw {
  const started = new Gw(args, env);
  t.teardown(() => (started.exit === undefined ? started.stop().catch(() => started.kill()) : undefined));
  return started;
}

function role(t: Teardown, name: string, register: string, more: readonly string[] = [], env = {}): Gw {
  return gw(t, ['start', lineApp, '--role', name, '--register', register, ...more], env);
}

/** What `gw key` prints. */
async function key(...args: string[]): Promise<string> {
  const made = new Gw(['key', ...args]);
  if ((await made.ended()) !== 0) throw new Error(made.stderr);
  return made.stdout.trim();
}

async function open(t: Teardown, options: ConnectOptions): Promise<Connection> {
  const connection = await connect({ logger: new MemoryLogger(), ...options });
  t.teardown(() => connection.close());
  return connection;
}

t.test('with a key, inner ports may be open to others, and whoever has none is not let in', async t => {
  const file = join(folder, 'cluster.key');
  const cluster = await key();
  writeFileSync(file, `# of the test\n${cluster}\n`);
  const [pusher, reader] = [
    await key('--for', 'pusher', '--key-file', file),
    await key('--for', 'reader', '--key-file', file),
  ];
  const stranger = await key();
  const all: Gw[] = [];
  const keep = (started: Gw): Gw => {
    all.push(started);
    return started;
  };
  const registry = keep(role(t, 'register', 'tcp://0.0.0.0:0', ['--key-file', file]));
  const port = /:(\d+)$/.exec(await registry.says(/register listening on (\S+)/))![1]!;
  const register = `tcp://127.0.0.1:${port}`;
  const link = ['--link', 'tcp://0.0.0.0:0', '--advertise', 'tcp://127.0.0.1:0'];
  const gateway = keep(role(t, 'gateway', register, [...link, '--log-level', 'debug'], { FRAMEGATE_KEY: cluster }));
  const listening = await gateway.says(/line listening on (\S+)/);
  t.match(await gateway.says(/links on (\S+)/), /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/, 'what workers are told');
  await keep(role(t, 'worker', register, ['--key-file', file])).says(/worker ready/);
  const ann = await LineClient.connect(listening);
  t.teardown(() => ann.close());
  await ann.login('ann');

  await t.test('programs with the right key', async t => {
    for (const [options, may] of [
      [{ key: cluster }, true],
      [{ key: pusher }, true],
      [{ key: reader, role: 'reader' }, false],
      [{ keyFile: file, role: 'reader' }, false],
    ] as const) {
      const calls = (await open(t, { register, ...options })).use(line);
      t.equal(await calls.isUidOnline('ann'), true);
      if (!may) continue;
      calls.sendToUid('ann', 'said', { from: 'cron', line: 'with a key' });
      await ann.line('<cron> with a key');
    }
  });

  await t.test('programs without', async t => {
    const refused = async (options: ConnectOptions, message: RegExp) => {
      await t.rejects(open(t, { wait: 600, register, ...options }), { code: 'FG_KEY', message });
    };
    await refused({}, /refused: it wants a key; give this side one, with FRAMEGATE_KEY or --key-file/);
    await refused({ key: stranger }, /refused: it has none of the keys that this side has/);
    await refused({ key: reader }, /^A pusher needs a pusher key; the one that was given is for lesser roles$/);
    await refused({ key: 'guess' }, /^A key cannot be understood \(it is not shown here\)/);
    await refused({ keyFile: join(folder, 'none') }, /^There is no key file ".*none"; make one with: gw key > /);
    writeFileSync(join(folder, 'empty'), '# nothing\n');
    await refused({ keyFile: join(folder, 'empty') }, /has no key in it/);
    await t.rejects(open(t, { key: reader, keyFile: file }), { code: 'FG_CONFIG' });
    ann.send('/ping');
    await ann.line('* pong');
  });

  await t.test('processes without', async t => {
    const alien = keep(role(t, 'worker', register, ['--wait', '1'], { FRAMEGATE_KEY: stranger }));
    t.equal(await alien.ended(), 1);
    t.match(alien.stderr, 'Cannot reach the register at');
    t.match(alien.stderr, 'refused: it has none of the keys that this side has');
    const lesser = keep(role(t, 'worker', register, [], { FRAMEGATE_KEY: pusher }));
    t.equal(await lesser.ended(), 1);
    t.equal(lesser.stderr, 'gw: A worker needs a cluster key; the one that was given is for lesser roles\n');
  });

  await t.test('what cannot be, is said at the start', async t => {
    for (const [args, text] of [
      [
        ['--role', 'gateway', '--link', 'tcp://0.0.0.0:0', '--key-file', file],
        /^gw: Nobody can dial tcp:\/\/0\.0\.0\.0:0; say/,
      ],
      [
        ['--role', 'gateway', '--link', 'tcp://0.0.0.0:0'],
        /^gw: Cannot use tcp:\/\/0\.0\.0\.0:0 for links: without a key.*make a key with `gw key/,
      ],
      [['--link', 'tcp://0.0.0.0:0'], /^gw: Cannot use tcp:\/\/0\.0\.0\.0:0 for links: without a key/],
      [['--key-file', join(folder, 'none')], /^gw: There is no key file/],
    ] as const) {
      const started = gw(t, ['start', lineApp, ...args]);
      t.equal(await started.ended(), 1);
      t.match(started.stderr, text);
    }
    const derive = gw(t, ['key', '--for', 'pusher']);
    t.equal(await derive.ended(), 1);
    t.match(derive.stderr, /^gw: A pusher key follows from a greater one; name its file with --key-file\n$/);
  });

  for (const started of all) {
    for (const secret of [cluster, pusher, reader, stranger]) {
      t.notMatch(started.stdout + started.stderr, secret.slice(-43), 'no key is said anywhere');
    }
  }
});

t.test('all in one process: other programs dial in where they are told', async t => {
  const file = join(folder, 'one.key');
  writeFileSync(file, await key());
  const one = gw(t, ['start', lineApp, '--link', 'tcp://127.0.0.1:0', '--key-file', file]);
  const listening = await one.says(/line listening on (\S+)/);
  const inner = await one.says(/links on (\S+)/);
  const ann = await LineClient.connect(listening);
  t.teardown(() => ann.close());
  await ann.login('ann');
  const calls = (await open(t, { gateways: [inner], keyFile: file })).use(line);
  calls.sendToAll('said', { from: 'cron', line: 'hello' });
  await ann.line('<cron> hello');
  t.same((await calls.getAllUids()).value, ['ann']);
});

t.test('keys are exchanged while everything runs: no client is closed, nothing is lost', async t => {
  const file = join(folder, 'rotated.key');
  const [before, after] = [await key(), await key()];
  writeFileSync(file, before);
  const supervisor = gw(t, [
    'start',
    lineApp,
    '--gateways',
    '2',
    '--workers',
    '2',
    '--register',
    'tcp://127.0.0.1:0',
    '--key-file',
    file,
  ]);
  const listening = await supervisor.says(/line listening on (\S+)/);
  const register = await new Promise<string>(resolve => {
    execFile('ps', ['-o', 'args=', '--ppid', String(supervisor.pid)], (_, out) => {
      resolve(/--role gateway .*--register (\S+)/.exec(out)![1]!);
    });
  });
  const connection = await open(t, { register, keyFile: file });
  const cluster = connection.use(line);
  const clients: LineClient[] = [];
  for (let i = 0; i < 6; i++) {
    const client = await LineClient.connect(listening);
    t.teardown(() => client.close());
    await client.login(`c${i}`);
    clients.push(client);
  }
  let going = true;
  const counts = clients.map(async client => {
    let n = 0;
    for (; going; n++) {
      client.send(`work ${n}`);
      await client.line(`* answer work ${n}`);
      await sleep(2);
    }
    return n;
  });
  let read = 0;
  const reread = async (keys: string) => {
    writeFileSync(file, keys);
    supervisor.kill('SIGHUP');
    await connection.reloadKeys();
    read += 5;
    await until(
      () => supervisor.stderr.match(/The keys have been read again/g)?.length === read,
      'all to have read',
      20_000,
    );
    await until(() => connection.gateways.length === 2 && connection.gateways.every(g => g.linked), 'links to be back');
    await sleep(300);
  };
  await reread(`${before}\n${after}`);
  await reread(`${after}\n${before}`);
  await reread(after);
  t.same(await cluster.getAllClientCount(), { value: 6, complete: true, missing: [] });
  await t.rejects(
    open(t, { register, key: before, wait: 500 }),
    { code: 'FG_KEY' },
    'the old one is worth nothing now',
  );
  const fresh = (await open(t, { register, key: after })).use(line);
  t.equal((await fresh.getAllClientCount()).value, 6);
  going = false;
  for (const n of await Promise.all(counts)) t.ok(n > 0);
  for (const client of clients) t.notOk(client.closed);

  await t.test('a file that is no good changes nothing', async t => {
    writeFileSync(file, 'oops');
    supervisor.kill('SIGHUP');
    await supervisor.complains(/What was read before stays in use: A key cannot be understood/);
    await t.rejects(connection.reloadKeys(), { code: 'FG_KEY' });
    t.equal((await cluster.getAllClientCount()).complete, true);
    clients[0]!.send('/ping');
    await clients[0]!.line('* pong');
  });
});
