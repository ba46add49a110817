/** Applications in the background: started, found, stopped, and with a log that can be put aside. */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { isFull } from '../../src/app/cli/daemon.js';
import { Gw, lineApp } from '../support/gw.js';
import { livingIn } from '../support/run-dir.js';
import { type Application, application, isAlive } from '../support/supervised.js';
import { until } from '../support/wait.js';

const JSON_LOG = { GW_LOG_FORMAT: 'auto' };
const PROCESSES = ['--gateways', '1', '--workers', '1', '--register', 'tcp://127.0.0.1:0'];

async function run(app: Application, ...args: string[]): Promise<Gw> {
  const gw = new Gw(args, app.env);
  await gw.ended();
  return gw;
}

const daemon = (app: Application, ...more: string[]) => run(app, 'start', lineApp, '--daemon', ...more);

/** Lines of a log that are objects, as those of the logger are where there is no terminal. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

const logs = (file: string, pattern: RegExp) => until(() => pattern.test(textOf(file)), `${pattern} in ${file}`);

/** Session and parent of a process: behind its name, state, parent, group, session. */
function kinshipOf(pid: number): { parent: number; session: number } {
  const [, parent, , session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  return { parent: parent!, session: session! };
}

async function nothingIsLeft(t: Test, app: Application): Promise<void> {
  await until(() => livingIn(app.dir).length === 0, 'all to end');
  t.notOk(existsSync(join(app.dir, 'gw.pid')), 'no pid file');
  await t.rejects(app.pidOf('supervisor'));
}

t.test('a supervisor in the background', async t => {
  const app = application(t, JSON_LOG);
  const log = join(app.dir, 'gw.log');
  const started = await daemon(app, ...PROCESSES);
  t.equal(started.exit, 0, started.stderr);
  const [, address, pidText] =
    /^line listening on (\S+)\napplication ready: pid (\d+), log in (\S+)\n$/.exec(started.stdout) ?? [];
  const pid = Number(pidText);
  t.match(started.stdout, `log in ${log}\n`);
  t.equal(await app.pidOf('supervisor'), pid);
  t.equal(readFileSync(join(app.dir, 'gw.pid'), 'utf8'), `${pid}\n`);
  t.match(kinshipOf(pid), { session: pid }, 'in a session of its own');
  t.not(kinshipOf(pid).parent, process.pid);
  t.equal(statSync(log).mode & 0o007, 0, 'others cannot read its log');
  const ann = await app.client(address!, 'ann');
  ann.send('work 1');
  await ann.line('* answer work 1');

  await t.test('another one is told who runs, in the background or not', async t => {
    for (const more of [['--daemon'], []]) {
      const second = await run(app, 'start', lineApp, ...more, ...PROCESSES);
      t.equal(second.exit, 1);
      t.match(second.stderr, new RegExp(`^gw: Cannot start: pid ${pid} runs this application already; .*\n$`));
      t.equal(second.stdout, '');
    }
    t.equal(readFileSync(join(app.dir, 'gw.pid'), 'utf8'), `${pid}\n`);
  });

  await t.test('SIGHUP has all processes go on in a new file when the log was moved away', async t => {
    ann.send('crash');
    await logs(log, /"role":"worker".*crashed on purpose/);
    renameSync(log, `${log}.1`);
    process.kill(pid, 'SIGHUP');
    await until(() => existsSync(log), 'a new file');
    const before = textOf(`${log}.1`);
    await until(() => {
      ann.send('crash');
      return /"role":"worker".*crashed on purpose/.test(textOf(log));
    }, 'the worker to follow');
    process.kill(pid, 'SIGUSR2');
    await logs(log, /^\{"pid":\d+,"gateway":/m);
    process.kill(pid, 'SIGUSR1');
    await logs(log, /"role":"supervisor".*worker-1 is new/);
    t.equal(textOf(`${log}.1`), before, 'nothing goes to the old one any more');
    ann.send('work 2');
    await ann.line('* answer work 2');
  });

  await t.test('a log that is copied and cut goes on at its beginning', async t => {
    writeFileSync(log, '');
    ann.send('crash');
    await logs(log, /crashed on purpose/);
    t.equal(textOf(log)[0], '{', 'no hole in front of it');
  });

  const stop = await app.command('stop');
  t.equal(stop.exit, 0, stop.stderr);
  await nothingIsLeft(t, app);
});

t.test('all in one process in the background', async t => {
  const app = application(t);
  const [log, pidFile] = ['the.log', 'the.pid'].map(name => join(app.dir, name)) as [string, string];
  const files = ['--log-file', log, '--pid-file', pidFile];
  // Somebody else has the pid by now that a killed one has left.
  writeFileSync(pidFile, `${process.pid}\n`);
  const started = await daemon(app, '--json', ...files);
  t.equal(started.exit, 0, started.stderr);
  const told = JSON.parse(started.stdout) as { pid: number; listening: [{ address: string }] };
  const { pid, listening } = told;
  t.same(told, { pid, listening, inner: '', log, pidFile });
  t.equal(readFileSync(pidFile, 'utf8'), `${pid}\n`, 'a stale pid file is in nobody’s way');
  const second = await daemon(app, ...files);
  t.equal(second.exit, 1);
  t.match(
    second.stderr,
    new RegExp(`^gw: Cannot start: pid ${pid} runs this application already, as ".*the.pid" says;`),
  );
  const ann = await app.client(listening[0].address, 'ann');
  ann.send('work 1');
  await ann.line('* answer work 1');
  renameSync(log, `${log}.1`);
  process.kill(pid, 'SIGHUP');
  await until(() => existsSync(log), 'a new file');
  process.kill(pid, 'SIGTERM');
  await until(() => !isAlive(pid), 'its end');
  t.notOk(existsSync(pidFile));
});

t.test('one role in the background', async t => {
  const app = application(t);
  const register = await daemon(app, '--role', 'register', '--register', 'tcp://127.0.0.1:0');
  t.equal(register.exit, 0, register.stderr);
  const at = /^register listening on (\S+)\nregister ready: pid \d+/.exec(register.stdout)?.[1] as string;
  const gateway = await daemon(app, '--role', 'gateway', '--register', at, '--json');
  t.match(JSON.parse(gateway.stdout), { pidFile: join(app.dir, 'gw-gateway.pid') });
  const worker = await daemon(app, '--role', 'worker', '--register', at);
  t.match(worker.stdout, /^worker ready: pid \d+, log in /);
  const stop = await app.command('stop');
  t.equal(stop.exit, 0, stop.stderr);
});

t.test('one that does not get ready says why, and leaves nothing behind', async t => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => {
    taken.once('listening', resolve);
  });
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const there = ['--listen', `tcp://127.0.0.1:${port}`];

  for (const [what, args, text] of [
    ['a port in use, all in one', there, /^gw: Cannot listen on tcp:\/\/127.0.0.1:\d+ \(EADDRINUSE\): .*\n$/],
    [
      'a port in use, several',
      [...PROCESSES, ...there],
      /^gw: Cannot listen on tcp:\/\/127.0.0.1:\d+ \(EADDRINUSE\): .*\n$/,
    ],
    [
      'a log that cannot be opened',
      ['--log-file', '/nowhere/gw.log'],
      /^gw: Cannot open the log file "\/nowhere\/gw.log"/,
    ],
    [
      'a pid file that cannot be written',
      ['--pid-file', '/nowhere/gw.pid'],
      /^gw: Cannot write the pid file "\/nowhere/,
    ],
    [
      'no register',
      ['--role', 'gateway', '--register', `tcp://127.0.0.1:1`, '--wait', '0.2'],
      /^gw: .*tcp:\/\/127.0.0.1:1.*\n$/,
    ],
  ] as const) {
    await t.test(what, async t => {
      const app = application(t);
      const gw = await daemon(app, ...args);
      t.equal(gw.exit, 1);
      t.equal(gw.stdout, '');
      t.match(gw.stderr, text);
      await nothingIsLeft(t, app);
    });
  }

  await t.test(
    'a disk that is full leaves nothing to read, and is named',
    { skip: process.platform !== 'linux' },
    t => {
      // Nobody has ever had room there.
      t.ok(isFull('/proc/version'));
      t.notOk(isFull(import.meta.filename));
      t.notOk(isFull('/nowhere/gw.log'));
      t.end();
    },
  );

  await t.test('an app file that cannot be loaded, and one that ends the process without a word', async t => {
    const app = application(t);
    const file = join(app.dir, 'app.mjs');
    t.match((await run(app, 'start', file, '-d')).stderr, /^gw: Cannot find the app file/);
    writeFileSync(file, 'throw new Error("no such table");');
    const broken = await run(app, 'start', file, '-d', ...PROCESSES);
    t.equal(broken.exit, 1);
    t.match(broken.stderr, /^gw: Cannot load the app file ".*": no such table\n$/);
    writeFileSync(file, 'process.stderr.write("the engine says goodbye\\n"); process.kill(process.pid, "SIGKILL");');
    const killed = await run(app, 'start', file, '-d');
    t.equal(killed.exit, 1);
    t.match(
      killed.stderr,
      /^gw: Cannot start: the process was killed by SIGKILL; in .*gw.log stands:\nthe engine says/,
    );
    await nothingIsLeft(t, app);
  });

  await t.test('an interrupt while it starts', async t => {
    const app = application(t);
    const file = join(app.dir, 'app.mjs');
    writeFileSync(file, `console.log('loading'); await new Promise(() => setInterval(() => {}, 1000));`);
    const gw = new Gw(['start', file, '-d'], app.env);
    await logs(join(app.dir, 'gw.log'), /loading/);
    gw.kill('SIGINT');
    t.equal(await gw.ended(), 130);
    await nothingIsLeft(t, app);
  });

  const wrong = await run(application(t), 'start', lineApp, '--json');
  t.equal(wrong.exit, 2);
});

t.test('processes live on when nobody reads their log, and have one again with the next supervisor', async t => {
  const app = application(t);
  const foreground = app.start('--gateways', '1', '--workers', '1');
  const address = await foreground.says(/line listening on (\S+)/);
  const pids = await Promise.all(['gateway-1', 'worker-1'].map(name => app.pidOf(name)));
  const ann = await app.client(address, 'ann');
  foreground.kill('SIGKILL');
  await until(() => foreground.process.signalCode !== null, 'its end');
  for (const pipe of [foreground.process.stdout!, foreground.process.stderr!]) {
    pipe.destroy();
    await until(() => pipe.closed, 'the reader to be gone');
  }
  ann.send('crash');
  ann.send('work 1');
  await ann.line('* answer work 1');
  const next = await daemon(app, ...PROCESSES);
  t.equal(next.exit, 0, next.stderr);
  t.same(await Promise.all(['gateway-1', 'worker-1'].map(name => app.pidOf(name))), pids);
  const log = join(app.dir, 'gw.log');
  ann.send('crash');
  await logs(log, new RegExp(`worker\\[${pids[1]}\\]: .*crashed on purpose`));
  ann.send('work 2');
  await ann.line('* answer work 2');
  t.equal((await app.command('stop')).exit, 0);
});

t.test('a log file in the foreground has the lines of all; results stay on stdout', async t => {
  const app = application(t, JSON_LOG);
  const log = join(app.dir, 'gw.log');
  const gw = new Gw(['start', lineApp, ...PROCESSES], { ...app.env, GW_LOG_FILE: log });
  const ann = await app.client(await gw.says(/line listening on (\S+)/), 'ann');
  ann.send('crash');
  await logs(log, /^\{.*"role":"worker".*crashed on purpose/m);
  process.kill(await app.pidOf('worker-1'), 'SIGKILL');
  await logs(log, /^\{.*"role":"supervisor".*The worker-1 \(pid \d+\) was killed by SIGKILL/m);
  await gw.stop();
  t.equal(gw.exit, 0);
  t.equal(gw.stderr, '');
});
