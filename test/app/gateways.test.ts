/** Gateways and registers as processes of their own that are killed, frozen and started again, over real sockets. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-gateways-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

interface Teardown {
  teardown(run: () => unknown): void;
}

function start(t: Teardown, role: string, args: readonly string[], env: Record<string, string> = {}): Gw {
  const gw = new Gw(['start', lineApp, '--role', role, ...args], env);
  t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
  return gw;
}

async function register(t: Teardown, at = 'tcp://127.0.0.1:0'): Promise<{ gw: Gw; line: string[] }> {
  const gw = start(t, 'register', ['--register', at]);
  return { gw, line: ['--register', await gw.says(/register listening on (\S+)/)] };
}

async function client(t: Teardown, gateway: Gw): Promise<LineClient> {
  const connected = await LineClient.connect(await gateway.says(/line listening on (\S+)/));
  t.teardown(() => connected.close());
  return connected;
}

t.test('a worker that starts while the register is dead finds the gateways on disk', async t => {
  const { gw, line } = await register(t);
  const gateway = start(t, 'gateway', line);
  const ann = await client(t, gateway);
  const state = join(folder, 'state');
  const first = start(t, 'worker', [...line, '--state', state]);
  await first.says(/worker ready/);
  await ann.login('ann');
  // The register tells who is missing only after its first lease, and only then is it believed.
  await until(() => existsSync(join(state, 'gateways.json')), 'the file', 20_000);
  gw.kill();
  first.kill();
  await Promise.all([gw.ended(), first.ended()]);
  const second = start(t, 'worker', [...line, '--state', state, '--wait', '2']);
  await second.says(/worker ready/);
  await second.complains(/No register answers; trying 1 gateways from/);
  ann.send('pid');
  await ann.line(`* answer ${second.pid}`);
});
