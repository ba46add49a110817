/** `gw start` as process 1, as it is in a container: in a namespace of its own, where the system lets us make one. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Gw, lineApp } from '../support/gw.js';
import { livingIn } from '../support/run-dir.js';
import { application } from '../support/supervised.js';
import { until } from '../support/wait.js';

const unshare = [[], ['--user', '--map-root-user']]
  .map(more => ['unshare', ...more, '--pid', '--fork', '--mount-proc'])
  .find(([command, ...line]) => spawnSync(command!, [...line, 'true']).status === 0);
const skip = unshare === undefined && 'no namespace of processes can be made here';

function fieldOf(pid: number | string, name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** What is called so inside, as it is called out here. */
async function outside(dir: string, inside: number): Promise<number> {
  let found: number | undefined;
  await until(() => {
    found = livingIn(dir).find(pid => new RegExp(`\\s${inside}$`).test(fieldOf(pid, 'NSpid') ?? ''));
    return found !== undefined;
  }, `process ${inside}`);
  return found!;
}

/** Children of a process that have ended, and of which it has not asked how. */
function zombiesOf(parent: number): string[] {
  return readdirSync('/proc').filter(
    pid => /^\d+$/.test(pid) && fieldOf(pid, 'PPid') === String(parent) && fieldOf(pid, 'State')?.startsWith('Z'),
  );
}

t.test('a supervisor that is process 1', { skip }, async t => {
  const app = application(t);
  const line = ['start', lineApp, '--gateways', '1', '--workers', '2', '--register', 'tcp://127.0.0.1:0'];
  const gw = new Gw(line, app.env, unshare);
  const ann = await app.client(await gw.says(/line listening on (\S+)/), 'ann');
  t.equal(await app.pidOf('supervisor'), 1);
  const one = await outside(app.dir, 1);
  for (const name of ['worker-1', 'worker-2']) {
    const worker = await app.pidOf(name);
    process.kill(await outside(app.dir, worker), 'SIGKILL');
    await gw.complains(new RegExp(`The ${name} \\(pid ${worker}\\) was killed by SIGKILL; starting it again now`));
    await until(async () => (await app.pidOf(name).catch(() => worker)) !== worker, 'another one');
  }
  ann.send('work 1');
  await ann.line('* answer work 1');
  t.same(zombiesOf(one), [], 'it has asked how they ended');
  process.kill(one, 'SIGTERM');
  t.equal(await gw.ended(), 0);
  await ann.whenClosed();
  t.notMatch(gw.stderr, /killed and|did not stop in time/);
  t.same(livingIn(app.dir), []);
});

t.test('all in one process that is process 1', { skip }, async t => {
  const app = application(t);
  const gw = new Gw(['start', lineApp], app.env, unshare);
  const ann = await app.client(await gw.says(/line listening on (\S+)/), 'ann');
  process.kill(await outside(app.dir, 1), 'SIGTERM');
  t.equal(await gw.ended(), 0);
  await ann.whenClosed();
});

t.test('a signal that comes while process 1 loads the app is heeded', { skip }, async t => {
  const app = application(t);
  const file = join(app.dir, 'app.mjs');
  writeFileSync(file, `console.log('loading'); await new Promise(() => setInterval(() => {}, 1000));`);
  const gw = new Gw(['start', file], app.env, unshare);
  await gw.says(/loading/);
  process.kill(await outside(app.dir, 1), 'SIGTERM');
  t.equal(await gw.ended(), 0);
});
