/** Reloads and restarts of real processes under load: nothing is lost, doubled or reordered, and nobody is closed. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { Gw, lineApp } from '../support/gw.js';
import type { LineClient } from '../support/line-client.js';
import { application } from '../support/supervised.js';
import { until } from '../support/wait.js';

const CLIENTS = 4;
/** Reloads one after the other, under load. */
const ROUNDS = Number(process.env.RELOAD_ROUNDS ?? 2);

/** Keeps so many numbered messages of a client under way until it is told to end; they are answered in order. */
class Load {
  sent = 0;
  answered = 0;
  #going = true;
  readonly done: Promise<void>;

  constructor(client: LineClient, pipelined: number) {
    this.done = this.#run(client, pipelined);
  }

  async #run(client: LineClient, pipelined: number): Promise<void> {
    while (this.#going || this.answered < this.sent) {
      while (this.#going && this.sent - this.answered < pipelined) client.send(`work ${this.sent++}`);
      if (this.answered === this.sent) break;
      // Any other line in between would be a message that was answered twice, or out of turn.
      const line = await client.line('* answer work');
      if (line !== `* answer work ${this.answered}`) throw new Error(`${line} instead of ${this.answered}`);
      this.answered++;
    }
  }

  end(): Promise<void> {
    this.#going = false;
    return this.done;
  }
}

t.test('reload under full load, again and again', async t => {
  const app = application(t);
  const supervisor = app.start('--gateways', '2', '--workers', '2');
  const address = await supervisor.says(/line listening on (\S+)/);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => app.client(address, `c${i}`)));
  const loads = clients.map(client => new Load(client, 12));
  let pids: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const answered = loads.map(load => load.answered);
    await until(() => loads.every((load, i) => load.answered > answered[i]! + 50), 'some work');
    const before = await Promise.all(['worker-1', 'worker-2'].map(name => app.pidOf(name)));
    const result = await app.command('reload', '--json');
    t.equal(result.exit, 0, result.stderr);
    t.match(JSON.parse(result.stdout), {
      done: [
        { name: 'worker-1', unsettled: [], killed: false },
        { name: 'worker-2', unsettled: [], killed: false },
      ],
      left: [],
      error: null,
    });
    pids = await Promise.all(['worker-1', 'worker-2'].map(name => app.pidOf(name)));
    t.notOk(
      pids.some(pid => before.includes(pid)),
      'both are new',
    );
  }
  process.kill(supervisor.pid, 'SIGUSR1');
  // Not by what the log says: of lines that are alike it writes a few.
  const isNew = async (name: string, i: number): Promise<boolean> =>
    (await app.pidOf(name).catch(() => pids[i])) !== pids[i];
  await until(async () => (await isNew('worker-1', 0)) && (await isNew('worker-2', 1)), 'one more reload');
  await Promise.all(loads.map(load => load.end()));
  for (const load of loads) t.equal(load.answered, load.sent);
  for (const client of clients) t.notOk(client.closed);
  t.equal(clients.flatMap(client => client.lines).length, 0, 'no answer is left over');
  await supervisor.stop();
  t.equal(supervisor.exit, 0);
});

t.test('a handler that does not settle is named, and its worker ends at the deadline', async t => {
  const app = application(t);
  const supervisor = app.start('--workers', '1');
  const ann = await app.client(await supervisor.says(/line listening on (\S+)/), 'ann');
  ann.send('forever');
  await until(
    async () => ((await app.ask('worker-1', 'handling')) as string[]).includes('say'),
    'the handler to be seen',
  );
  const reload = app.command('reload', '--json', '--deadline', '10');
  await until(
    async () => ((await app.ask('supervisor', 'progress')) as { running: unknown }).running === 'reload',
    'it',
  );
  await t.rejects(app.ask('supervisor', 'reload'), {
    message: new RegExp(`^Cannot reload: a reload is under way in the supervisor, pid ${supervisor.pid}; wait until`),
  });
  const { exit, stdout } = await reload;
  t.equal(exit, 0);
  t.match(JSON.parse(stdout), { done: [{ name: 'worker-1', unsettled: ['say'] }], error: null });
});

t.test('a new worker that cannot start leaves the old one as it is', async t => {
  const app = application(t);
  const folder = join(app.dir, 'app');
  mkdirSync(folder);
  // The compiled application, with events that can be broken.
  const from = dirname(lineApp);
  const source = readFileSync(lineApp, 'utf8')
    .replaceAll("'./line-events.js'", `'${join(folder, 'events.js')}'`)
    .replaceAll("'../../src", `'${join(from, '../../src')}`)
    .replaceAll("'./line-protocol.js'", `'${join(from, 'line-protocol.js')}'`);
  const file = join(folder, 'app.js');
  writeFileSync(file, source);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const good = `export * from '${join(from, 'line-events.js')}';\n`;
  writeFileSync(join(folder, 'events.js'), good);
  const supervisor = new Gw(['start', file, '--workers', '2', '--register', 'tcp://127.0.0.1:0'], app.env);
  const address = await supervisor.says(/line listening on (\S+)/);
  const pids = await Promise.all(['worker-1', 'worker-2'].map(name => app.pidOf(name)));
  const run = async (...args: string[]) => {
    const gw = new Gw([args[0]!, file, ...args.slice(1)], app.env);
    await gw.ended();
    return gw;
  };

  await t.test('its last error is told', async t => {
    writeFileSync(join(folder, 'events.js'), `${good}throw new Error('no such table');\n`);
    const reload = await run('reload');
    t.equal(reload.exit, 1);
    t.equal(reload.stdout, '0 done, 2 as before: worker-1, worker-2\n');
    t.match(
      reload.stderr,
      /gw: The reload is not complete: The worker-1 stays as it is: its new process ended with code 1: .*no such table\n$/,
    );
    t.same(await Promise.all(['worker-1', 'worker-2'].map(name => app.pidOf(name))), pids);
  });

  await t.test('it ends when the time for all of them is over, and says what it did', async t => {
    writeFileSync(join(folder, 'events.js'), `${good}await new Promise(() => {});\n`);
    const reload = await run('reload', '--deadline', '600', '--overall', '3.5', '--json');
    t.equal(reload.exit, 1);
    t.match(reload.stderr, /^reload of worker-1, worker-2: done within 3\.5 s, or it says why not\n/);
    const { error, ...result } = JSON.parse(reload.stdout) as { error: string };
    t.same(result, { done: [], left: ['worker-1', 'worker-2'], unready: [] });
    t.match(
      error,
      /^The worker-1 stays as it is: The worker-1.next was not ready within .* s: the time for all of them, 3\.5 s, is over$/,
    );
    t.same(await Promise.all(['worker-1', 'worker-2'].map(name => app.pidOf(name))), pids);
    const none = await run('reload', '--overall', '0.001', '--json');
    t.match(JSON.parse(none.stdout), {
      left: ['worker-1', 'worker-2'],
      error: 'the time for all of them, 0.001 s, is over',
    });
    writeFileSync(join(folder, 'events.js'), `${good}throw new Error('no such table');\n`);
  });

  await t.test('a process that cannot start is not forked again and again', async t => {
    process.kill(pids[1]!, 'SIGKILL');
    await supervisor.complains(/The worker-2 .*starting it again in 1 s/);
    const [, , , child] = (await app.ask('supervisor', 'children')) as { restarts: number; lastError: string }[];
    t.match(child!.lastError, /^ended with code 1: .*no such table/);
    t.ok(child!.restarts <= 3, `${child!.restarts} in a second and a half`);
    writeFileSync(join(folder, 'events.js'), good);
    await until(
      () =>
        app
          .pidOf('worker-2')
          .then(() => true)
          .catch(() => false),
      'it to run',
    );
  });

  await t.test('a build with another wire hash is refused, with what must restart', async t => {
    writeFileSync(file, source.replace("'wire-1'", "'wire-2'"));
    const reload = await run('reload');
    t.equal(reload.exit, 1);
    t.match(
      reload.stderr,
      /worker-1 stays as it is: it has another wire hash for "line" than gateway-1, which must be restarted/,
    );
    const ann = await app.client(address, 'ann');
    const restart = await run('restart', '--json');
    t.equal(restart.exit, 0, restart.stderr);
    t.same(
      (JSON.parse(restart.stdout) as { done: { name: string }[] }).done.map(({ name }) => name),
      ['register', 'gateway-1', 'worker-1', 'worker-2'],
    );
    await ann.whenClosed();
    const bob = await app.client(address, 'bob');
    bob.send('work 1');
    await bob.line('* answer work 1');
  });

  await t.test('a process is restarted by its name; one that is not there is named', async t => {
    const before = await app.pidOf('gateway-1');
    t.equal((await run('restart', 'gateway-1')).exit, 0);
    t.not(await app.pidOf('gateway-1'), before);
    const unknown = await run('restart', 'gateway-9');
    t.equal(unknown.exit, 1);
    t.match(unknown.stderr, /There is no process "gateway-9" here; there are register, gateway-1, worker-1, worker-2/);
  });
  await t.test('one that was ended and is not ready again in time is named, and goes on', async t => {
    const slow = join(folder, 'slow');
    const sound = readFileSync(file, 'utf8');
    writeFileSync(slow, '');
    const wait = `import { existsSync } from 'node:fs'; while (existsSync('${slow}')) await new Promise(r => setTimeout(r, 20));`;
    writeFileSync(file, `${wait}\n${sound}`);
    // Whatever it takes to end the old one is no part of that.
    const restart = await run('restart', '--gateways', '--register', '--deadline', '1');
    t.equal(restart.exit, 1);
    t.equal(restart.stdout, '0 done, 1 as before: gateway-1, 1 not ready again: register\n');
    t.match(restart.stderr, /gw: The restart is not complete: The register was not ready within 1 s\n$/);
    rmSync(slow);
    await until(
      async () =>
        ((await app.ask('supervisor', 'children')) as { state: string }[]).every(({ state }) => state === 'running'),
      'it to be ready',
    );
    writeFileSync(file, sound);
  });
  const stop = await run('stop');
  t.equal(stop.exit, 0, stop.stderr);
  t.equal(stop.stdout, 'stopped\n');
  t.equal(await supervisor.ended(), 0);
});

t.test('what has no supervisor cannot be reloaded, and says so', async t => {
  const app = application(t);
  const gw = new Gw(['start', lineApp], app.env);
  await gw.says(/line listening/);
  const reload = await app.command('reload');
  t.equal(reload.exit, 1);
  t.match(reload.stderr, /^gw: Cannot reload: no supervisor runs in .*; only `gw start --gateways\/--workers` has one/);
  await gw.stop();
});
