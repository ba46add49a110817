/** SIGHUP to processes that have nothing to read again: only one at a terminal ends by it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Gw, lineApp } from '../support/gw.js';
import { livingIn } from '../support/run-dir.js';
import { application } from '../support/supervised.js';
import { until } from '../support/wait.js';

const nothing = /There is nothing to be read again/;

t.test('all in one process, its clients stay', async t => {
  const app = application(t);
  const gw = new Gw(['start', lineApp], app.env);
  const ann = await app.client(await gw.says(/line listening on (\S+)/), 'ann');
  gw.kill('SIGHUP');
  await gw.complains(nothing);
  ann.send('work 1');
  await ann.line('* answer work 1');
  await gw.stop();
  t.equal(gw.exit, 0);
});

t.test('a supervisor and all of its processes, as a whole unit of systemd is sent it', async t => {
  const app = application(t);
  const gw = app.start('--gateways', '1', '--workers', '1');
  const ann = await app.client(await gw.says(/line listening on (\S+)/), 'ann');
  const before = livingIn(app.dir);
  t.equal(before.length, 4);
  for (const pid of before) process.kill(pid, 'SIGHUP');
  await until(() => gw.stderr.match(new RegExp(nothing, 'g'))?.length === 4, 'all to say so');
  ann.send('work 1');
  await ann.line('* answer work 1');
  t.same(livingIn(app.dir), before);
  await gw.stop();
  t.equal(gw.exit, 0);
});

t.test('one that comes while the app is loaded waits', async t => {
  const app = application(t);
  const file = join(app.dir, 'app.mjs');
  const go = join(app.dir, 'go');
  writeFileSync(
    file,
    `import { existsSync } from 'node:fs';
console.log('loading');
while (!existsSync(${JSON.stringify(go)})) await new Promise(resolve => setTimeout(resolve, 5));
export { default } from ${JSON.stringify(lineApp)};
`,
  );
  const gw = new Gw(['start', file], app.env);
  await gw.says(/loading/);
  gw.kill('SIGHUP');
  writeFileSync(go, '');
  await gw.says(/line listening on/);
  await gw.complains(nothing);
  await gw.stop();
  t.equal(gw.exit, 0);
});

const skip = spawnSync('script', ['--version']).status !== 0 && 'no command "script", which makes a terminal';

t.test('a terminal that is closed ends what was started at it', { skip }, async t => {
  const app = application(t);
  const at = new Gw(['start', lineApp], app.env, ['sh', '-c', 'exec script -qec "$*" /dev/null', 'sh']);
  const address = await at.says(/line listening on (tcp:[^\s]+)/);
  const ann = await app.client(address, 'ann');
  // The terminal goes with whoever has made it.
  at.kill('SIGKILL');
  await ann.whenClosed();
  await until(() => livingIn(app.dir).length === 0, 'its end');
});
