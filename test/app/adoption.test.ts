/** Processes outlive their supervisor, and the next one takes them over. */
import t from 'tap';
import { application, isAlive } from '../support/supervised.js';
import { until } from '../support/wait.js';

t.test('a supervisor that is killed closes no client; the next one takes its processes over', async t => {
  const app = application(t);
  const first = app.start('--gateways', '2', '--workers', '2');
  const address = await first.says(/line listening on (\S+)/);
  const names = ['register', 'gateway-1', 'gateway-2', 'worker-1', 'worker-2'];
  const pidsOf = () => Promise.all(names.map(name => app.pidOf(name)));
  const pids = await pidsOf();
  const ann = await app.client(address, 'ann');

  await t.test('another one beside it is refused, and told who is there', async t => {
    const second = app.start('--workers', '2');
    t.equal(await second.ended(), 1);
    t.match(
      second.stderr,
      new RegExp(`^gw: Cannot start: pid ${first.pid} runs this application already; .*--run-dir`),
    );
    t.same(await pidsOf(), pids);
  });

  first.kill('SIGKILL');
  await until(() => first.process.signalCode !== null, 'its end');
  ann.send('work 1');
  await ann.line('* answer work 1');

  const next = app.start('--gateways', '2', '--workers', '3');
  await t.test('what lives is taken over, what is missing is started', async t => {
    t.equal(await next.says(/line listening on (\S+)/), address);
    t.same(await pidsOf(), pids);
    t.ok(isAlive(await app.pidOf('worker-3')));
    await next.complains(/Taken over: gateway-1 \(pid \d+\)/);
    ann.send('work 2');
    await ann.line('* answer work 2');
  });

  await t.test('an adopted worker that dies is started again', async t => {
    process.kill(pids[3]!, 'SIGKILL');
    await next.complains(/The worker-1 \(pid \d+\) has ended; starting it again now/);
    await until(
      () =>
        app
          .pidOf('worker-1')
          .then(pid => pid !== pids[3])
          .catch(() => false),
      'a new one',
    );
    t.match(await app.ask('supervisor', 'children'), [
      {},
      {},
      {},
      { name: 'worker-1', restarts: 1, lastError: 'has ended' },
    ]);
  });

  await t.test('an adopted gateway that dies comes back on the same port, with the sockets of its sibling', async t => {
    process.kill(pids[1]!, 'SIGKILL');
    await until(
      () =>
        app
          .pidOf('gateway-1')
          .then(pid => pid !== pids[1])
          .catch(() => false),
      'a new one',
    );
    const [{ address: at }] = ((await app.ask('gateway-1', 'ready')) as { listening: [{ address: string }] }).listening;
    t.equal(at, address);
    // The one that was started by its sibling is watched as well.
    const second = await app.pidOf('gateway-1');
    process.kill(second, 'SIGKILL');
    await next.complains(new RegExp(`The gateway-1 \\(pid ${second}\\) was killed by SIGKILL`));
    await until(
      () =>
        app
          .pidOf('gateway-1')
          .then(pid => pid !== second)
          .catch(() => false),
      'a third one',
    );
  });

  await t.test('with no gateway left the port is bound anew', async t => {
    for (const name of ['gateway-1', 'gateway-2']) process.kill(await app.pidOf(name), 'SIGKILL');
    await until(
      () =>
        app.client(address, 'bob').then(
          () => true,
          () => false,
        ),
      'a gateway',
    );
    t.notOk(ann.lines.includes('* error'));
  });

  await t.test('an orderly stop ends all of them, adopted or not', async t => {
    await next.stop();
    t.equal(next.exit, 0);
    await until(() => !pids.some(isAlive), 'all to end');
    await t.rejects(app.pidOf('worker-1'));
  });
});

t.test('processes that are more than wanted drain and end', async t => {
  const app = application(t);
  const first = app.start('--gateways', '1', '--workers', '2');
  const address = await first.says(/line listening on (\S+)/);
  const worker = await app.pidOf('worker-2');
  first.kill('SIGKILL');
  await until(() => first.process.signalCode !== null, 'its end');
  const next = app.start('--gateways', '1', '--workers', '1');
  await next.says(/line listening/);
  await next.complains(/more processes than wanted: ending worker-2/);
  await until(() => !isAlive(worker), 'its end');
  const ann = await app.client(address, 'ann');
  ann.send('work 1');
  await ann.line('* answer work 1');
  await next.stop();
});

t.test('gw stop ends what has lost its supervisor, in order', async t => {
  const app = application(t);
  const supervisor = app.start('--gateways', '1', '--workers', '1');
  const address = await supervisor.says(/line listening on (\S+)/);
  const pids = await Promise.all(['register', 'gateway-1', 'worker-1'].map(name => app.pidOf(name)));
  const ann = await app.client(address, 'ann');
  supervisor.kill('SIGKILL');
  await until(() => supervisor.process.signalCode !== null, 'its end');
  const stop = await app.command('stop', '--json');
  t.equal(stop.exit, 0, stop.stderr);
  t.same(JSON.parse(stop.stdout), { stopped: ['gateway-1', 'worker-1', 'register'], killed: [], left: [] });
  await ann.whenClosed();
  await until(() => !pids.some(isAlive), 'all to end');
  const again = await app.command('stop');
  t.equal(again.exit, 1);
  t.match(again.stderr, /^gw: Nothing of this application runs in /);
});

t.test('a process that is silent does not keep its place', async t => {
  const app = application(t);
  const first = app.start('--gateways', '1', '--workers', '2');
  const address = await first.says(/line listening on (\S+)/);
  const [silent, other] = await Promise.all(['worker-2', 'worker-1'].map(name => app.pidOf(name)));
  first.kill('SIGKILL');
  await until(() => first.process.signalCode !== null, 'its end');
  // It holds its socket, where the system takes connections for it.
  process.kill(silent!, 'SIGSTOP');
  const next = app.start('--gateways', '1', '--workers', '2');
  await next.complains(/The worker-2 did not answer "hello" within 10 s/);
  await next.complains(new RegExp(`The worker-2 \\(pid ${silent}\\) was killed, as it does not answer`));
  t.equal(await next.says(/line listening on (\S+)/), address);
  t.notOk(isAlive(silent!));
  t.ok(isAlive(await app.pidOf('worker-2')), 'another one has its place');
  t.equal(await app.pidOf('worker-1'), other, 'the others were left alone');
  const ann = await app.client(address, 'ann');
  ann.send('work 1');
  await ann.line('* answer work 1');
  await next.stop();
});

t.test('a supervisor that stands still is told to do nothing, and the command says why', async t => {
  const app = application(t);
  const supervisor = app.start('--workers', '1');
  await supervisor.says(/application ready|listening on/);
  await until(() => app.pidOf('worker-1').then(isAlive, () => false), 'its worker');
  await app.ask('supervisor', 'ready');
  const worker = await app.pidOf('worker-1');
  process.kill(supervisor.pid, 'SIGSTOP');
  const commands = await Promise.all([app.command('reload'), app.command('restart', 'worker-1')]);
  process.kill(supervisor.pid, 'SIGCONT');
  for (const [i, what] of ['reload', 'restart'].entries()) {
    t.equal(commands[i]!.exit, 1);
    t.match(
      commands[i]!.stderr,
      new RegExp(
        `^gw: Cannot ${what}: the supervisor does not answer within 5 s, as it is stopped or blocked; nothing was begun`,
      ),
    );
  }
  await app.ask('supervisor', 'hello');
  t.same(await app.ask('supervisor', 'progress', { from: 0 }), { running: null, lines: [] }, 'it has not heard of it');
  t.equal(await app.pidOf('worker-1'), worker);
});
