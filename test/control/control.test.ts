/** The control channel: who may open it, what goes over it, and who is found in a run dir. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  type ControlCalls,
  type ControlClient,
  ControlServer,
  connectAll,
  connectTo,
  leaveLastWords,
  makeRunDir,
  runDirOf,
  socketPath,
  takeLastWords,
} from '../../src/control/index.js';
import { Lines } from '../../src/control/lines.js';
import { realPlatform, removeStaleSocket } from '../../src/net/index.js';
import { Gw, lineApp } from '../support/gw.js';
import { newRunDir } from '../support/run-dir.js';
import { until } from '../support/wait.js';

const platform = realPlatform();

async function serve(t: Test, dir: string, name: string, calls: ControlCalls): Promise<ControlServer> {
  const server = await ControlServer.open(socketPath(dir, name), calls, platform.net);
  t.teardown(() => server.close());
  return server;
}

async function ask(t: Test, dir: string, name: string): Promise<ControlClient> {
  const client = (await connectTo(dir, name, platform))!;
  t.teardown(() => client.close());
  return client;
}

t.test('lines are cut at every place alike, and none is longer than allowed', async t => {
  const bytes = Buffer.from('{"a":"é"}\n\nx\nrest');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines = new Lines(10);
    const borrowed = Uint8Array.from(bytes);
    const first = lines.push(borrowed, 0, cut)!;
    const second = lines.push(borrowed, cut, bytes.length)!;
    t.same([...first, ...second], ['{"a":"é"}', '', 'x'], `cut at ${cut}`);
  }
  const lines = new Lines(3);
  t.same(lines.push(Buffer.from('abc\nab'), 0, 6), ['abc']);
  t.equal(lines.push(Buffer.from('cd'), 0, 2), undefined, 'limit + 1');
});

t.test('calls are answered by name, in any order, with a value or with a sentence', async t => {
  const dir = newRunDir();
  let release = (_: string): void => {};
  await serve(t, dir, 'gateway-1', {
    echo: args => args,
    later: () =>
      new Promise(resolve => {
        release = resolve;
      }),
    nothing: () => undefined,
    fails: () => {
      throw new Error('Cannot do that');
    },
  });
  const client = await ask(t, dir, 'gateway-1');
  const later = client.ask('later');
  t.same(await client.ask('echo', { n: 1, text: 'ü\n' }), { n: 1, text: 'ü\n' });
  t.equal(await client.ask('nothing'), null);
  await t.rejects(client.ask('fails'), { code: 'FG_CONTROL', message: 'Cannot do that' });
  await t.rejects(client.ask('toString'), { code: 'FG_CONTROL', message: 'This process knows no call "toString"' });
  release('now');
  t.equal(await later, 'now');
  await t.rejects(client.ask('later', {}, 20), {
    code: 'FG_CONTROL',
    message: 'The gateway-1 did not answer "later" within 0.02 s; its event loop may be blocked',
  });
});

t.test('a process that ends rejects what it has not answered, and says so by "closed"', async t => {
  const dir = newRunDir();
  const server = await serve(t, dir, 'worker-1', { never: () => new Promise(() => {}) });
  const client = await ask(t, dir, 'worker-1');
  const never = client.ask('never', {}, Infinity);
  const rejected = t.rejects(never, { message: 'The worker-1 has ended before it answered "never"' });
  void server.close();
  await rejected;
  await client.closed;
  t.notOk(client.isOpen);
  await t.rejects(client.ask('never'), { code: 'FG_CONTROL' });
});

t.test('a peer that sends nonsense costs its own connection only', async t => {
  const dir = newRunDir();
  await serve(t, dir, 'worker-1', { echo: args => args });
  const client = await ask(t, dir, 'worker-1');
  for (const nonsense of [
    '\0\xff\n',
    'null\n',
    '[]\n',
    '{"id":"1","call":"echo"}\n',
    'x'.repeat(70_000),
    '{"id":1}\n',
  ]) {
    const closed = new Promise(resolve => {
      const socket = net.connect(socketPath(dir, 'worker-1'), () => socket.write(nonsense));
      socket
        .on('error', () => {})
        .on('close', resolve)
        .resume();
    });
    await closed;
    t.same(await client.ask('echo', { still: 'here' }), { still: 'here' });
  }
});

t.test('whoever asks and ends its half is answered all the same', async t => {
  const dir = newRunDir();
  await serve(t, dir, 'worker-1', { soon: () => new Promise(resolve => setImmediate(resolve, 'done')) });
  const text = await new Promise<string>(resolve => {
    let said = '';
    const socket = net.connect({ path: socketPath(dir, 'worker-1'), allowHalfOpen: true }, () => {
      socket.end('{"id":7,"call":"soon"}\n');
    });
    socket.on('data', b => {
      said += b;
    });
    socket.on('end', () => resolve(said));
  });
  t.equal(text, '{"id":7,"value":"done"}\n');
});

t.test('the run dir', async t => {
  await t.test('is of the real path of the app file, unless it is given', async t => {
    const home = newRunDir();
    const env = { XDG_RUNTIME_DIR: home };
    const [app, other, link] = ['app.js', 'other.js', 'link.js'].map(name => join(home, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(app, '');
    writeFileSync(other, '');
    symlinkSync(app, link);
    t.match(runDirOf(app, { env }), new RegExp(`^${home}/framegate-${process.getuid!()}/[0-9a-f]{12}$`));
    t.equal(runDirOf(link, { env }), runDirOf(app, { env }));
    t.not(runDirOf(other, { env }), runDirOf(app, { env }));
    t.equal(runDirOf('nowhere.js', { given: '/run/x' }), '/run/x');
    t.throws(() => runDirOf('nowhere.js', { env }), { code: 'FG_APP' });
    makeRunDir(runDirOf(app, { env }), true);
    makeRunDir(runDirOf(app, { env }), true);
    t.equal(statSync(runDirOf(app, { env })).mode & 0o777, 0o700);
  });

  await t.test('is nobody else’s: one that others may enter, or that is no folder, is refused', async t => {
    const home = newRunDir();
    const open = join(home, 'open');
    mkdirSync(open);
    chmodSync(open, 0o750);
    const refused = { code: 'FG_CONTROL', message: /others may enter it .*; choose another one with --run-dir$/ };
    t.throws(() => makeRunDir(open, false), refused);
    t.throws(() => makeRunDir(join(open, 'x'), true), refused, 'nor below one');
    await t.rejects(connectAll(open, platform), refused);
    const file = join(home, 'file');
    writeFileSync(file, '');
    t.throws(() => makeRunDir(file, false), { message: /it is no folder/ });
    symlinkSync(home, join(home, 'link'));
    t.throws(() => makeRunDir(join(home, 'link'), false), { message: /it is no folder/ });
  });

  const skip = existsSync('/proc/self') ? false : 'this system has no /proc';
  await t.test('cannot be where the system takes no folders, and says so', { skip }, async t => {
    t.throws(() => makeRunDir('/proc/none/such', false), {
      code: 'FG_CONTROL',
      message: /^Cannot make the run dir "\/proc\/none\/such" \(.*ENOENT/,
    });
  });

  await t.test('gives sockets a path that the system takes', async t => {
    const dir = `/${'x'.repeat(95)}`;
    t.equal(socketPath(dir, 'abcde').length, 107);
    t.throws(() => socketPath(dir, 'abcdef'), { code: 'FG_CONTROL', message: /has 108 bytes.*--run-dir$/ });
  });
});

t.test('who lives in a run dir is found; what the dead have left is swept', async t => {
  const dir = newRunDir();
  t.same(await connectAll(join(dir, 'none'), platform), []);
  for (const name of ['worker-10', 'worker-2', 'gateway-1']) await serve(t, dir, name, {});
  t.equal(statSync(socketPath(dir, 'worker-2')).mode & 0o777, 0o600);
  writeFileSync(join(dir, 'gw.log'), '');
  const gw = new Gw(['start', lineApp], { GW_RUN_DIR: dir });
  t.teardown(() => gw.kill());
  await gw.says(/line listening on (\S+)/);
  const found = await connectAll(dir, platform);
  t.same(
    found.map(client => client.name),
    [`app-${gw.pid}`, 'gateway-1', 'worker-2', 'worker-10'],
  );
  t.match(await found[0]!.ask('hello'), { name: `app-${gw.pid}`, role: 'app', pid: gw.pid, ready: true });
  gw.kill('SIGKILL');
  await found[0]!.closed;
  // Its other sockets are closed only then.
  await gw.ended();
  const path = socketPath(dir, `app-${gw.pid}`);
  t.equal(await connectTo(dir, `app-${gw.pid}`, platform), undefined);
  t.ok(existsSync(path), 'a young one may be that of a process that has bound it and does not listen yet');
  utimesSync(path, 0, 0);
  t.equal(await connectTo(dir, `app-${gw.pid}`, platform), undefined);
  t.notOk(existsSync(path));
  for (const client of found) client.close();
});

t.test('last words are taken once; of a full disk nothing is there to take', t => {
  const dir = newRunDir();
  mkdirSync(dir, { recursive: true });
  leaveLastWords(dir, 'app-1', 'no room');
  t.equal(takeLastWords(dir, 'app-1'), 'no room');
  t.equal(takeLastWords(dir, 'app-1'), undefined);
  writeFileSync(join(dir, 'app-1.last'), '');
  t.equal(takeLastWords(dir, 'app-1'), undefined);
  t.same(readdirSync(dir), []);
  t.end();
});

t.test('a socket that takes the place of a dead one is not swept with it', async t => {
  const dir = newRunDir();
  const gw = new Gw(['start', lineApp], { GW_RUN_DIR: dir });
  const path = socketPath(dir, `app-${gw.pid}`);
  t.teardown(() => gw.kill());
  await gw.says(/line listening/);
  gw.kill('SIGKILL');
  await gw.ended();
  // It is refused by the dead one, and hears of that when the next one is there.
  const swept = removeStaleSocket(path);
  unlinkSync(path);
  const next = net.createServer().listen(path);
  t.teardown(() => next.close());
  await swept;
  t.ok(existsSync(path));
});

t.test('a process takes its socket away when it ends, and ends when it is told to', async t => {
  const gw = new Gw(['start', lineApp, '--role', 'register', '--register', 'tcp://127.0.0.1:0']);
  t.teardown(() => gw.kill());
  await gw.says(/register listening/);
  const client = await ask(t, gw.runDir, `register-${gw.pid}`);
  await client.ask('stop');
  t.equal(await gw.ended(), 0);
  t.same(readdirSync(gw.runDir), []);
});

t.test('options may stand in the environment; those of the command line win', async t => {
  const listen = (...more: string[]) => ['start', lineApp, '--role', 'register', ...more];
  const env = { GW_REGISTER: 'tcp://127.0.0.1:0', GW_LOG_LEVEL: 'loud' };
  const wrong = new Gw(listen(), env);
  t.equal(await wrong.ended(), 2);
  t.match(wrong.stderr, /GW_LOG_LEVEL/);
  const gw = new Gw(listen('--log-level', 'warn'), env);
  t.teardown(() => gw.kill());
  t.match(await gw.says(/register listening on (\S+)/), /^tcp:\/\/127\.0\.0\.1:(?!1236)/);
  const two = new Gw(listen('--log-level', 'warn'), { GW_REGISTER: 'tcp://127.0.0.1:0,tcp://127.0.0.1:1' });
  t.equal(await two.ended(), 1);
  t.match(two.stderr, /names several registers/);
  // As all containers of a set have them, of which this is one.
  const set = { ...env, GW_LOG_LEVEL: 'warn', GW_WORKERS: '4', GW_GATEWAYS: '2', GW_LISTEN: 'tcp://127.0.0.1:1' };
  const one = new Gw(['start', lineApp, '--role', 'register'], set);
  t.teardown(() => one.kill());
  await one.says(/register listening on/);
  const meant = new Gw(['start', lineApp, '--workers', '1'], { ...set, GW_ROLE: 'register' });
  t.equal(await meant.ended(), 2, 'a flag means what it says');
  t.match(meant.stderr, /'--role' cannot be used with option '--workers'/);
});

t.test('a run dir that cannot be used: fatal where it is given, otherwise a warning', async t => {
  const home = newRunDir();
  chmodSync(home, 0o755);
  const given = new Gw(['start', lineApp, '--run-dir', home]);
  t.equal(await given.ended(), 1);
  t.match(given.stderr, /^gw: Cannot use the run dir ".*": others may enter it/);
  const blocked = join(home, 'file');
  writeFileSync(blocked, '');
  const found = new Gw(['start', lineApp], { GW_RUN_DIR: '', XDG_RUNTIME_DIR: blocked });
  t.teardown(() => found.kill());
  await found.says(/line listening/);
  t.match(found.stderr, /warn .*Other gw commands will not find this process: Cannot make the run dir/);
  await found.stop();
  await until(() => found.exit === 0, 'its end');
});
