/** The supervisor, in this process: what it does when its children cannot even be run. */
import { hostname, networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { isOwnHost } from '../../src/app/own-address.js';
import { Supervisor } from '../../src/app/supervisor/supervisor.js';
import { lineApp } from '../support/gw.js';
import app from '../support/line-app.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { newRunDir } from '../support/run-dir.js';
import { until } from '../support/wait.js';

const node = process.execPath;
const program = fileURLToPath(new URL('../../src/app/cli/main.js', import.meta.url));

function create(logger: MemoryLogger): Supervisor {
  const one = { gateways: 1, workers: 1, listen: ['tcp://127.0.0.1:0'] };
  return new Supervisor({ app, appFile: lineApp, runDir: newRunDir(), program, logger, logLevel: 'warn', ...one });
}

t.afterEach(() => {
  process.execPath = node;
});

t.test('a start fails when a process cannot be run', async t => {
  const supervisor = create(new MemoryLogger());
  process.execPath = '/nowhere/node';
  await t.rejects(supervisor.start(), { code: 'FG_APP', message: /Cannot start: register cannot be run \(.*ENOENT\)/ });
  await supervisor.stop();
});

t.test('a process that cannot be run is tried again', async t => {
  const logger = new MemoryLogger();
  const supervisor = create(logger);
  t.teardown(() => supervisor.stop());
  await supervisor.start();
  process.execPath = '/nowhere/node';
  process.kill(supervisor.pids('worker')[0]!, 'SIGKILL');
  await until(() => logger.has('The worker-1 cannot be run'), 'the failure');
  t.same(supervisor.pids('worker'), []);
  process.execPath = node;
  await until(() => supervisor.pids('worker').length === 1, 'another try');
  t.ok(logger.has('starting it again in 0.5 s'));
});

t.test('a supervisor starts the registers of its own machine: its addresses are known', async t => {
  const own = Object.values(networkInterfaces()).flatMap(list => list?.map(({ address }) => address) ?? []);
  for (const host of ['127.0.0.1', '127.8.9.10', '::1', 'localhost', '0.0.0.0', hostname(), ...own]) {
    t.ok(isOwnHost(host), host);
  }
  // Addresses of documentation, which nobody has.
  for (const host of ['192.0.2.1', '2001:db8::1', 'register.example']) t.notOk(isOwnHost(host), host);
});
