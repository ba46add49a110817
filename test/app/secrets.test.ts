/**
 * Secrets in a running system: they are planted everywhere, everything goes wrong that can, and nothing of what any process says
 * has one of them in it, plainly or in another form. And inner ports are open to nobody without a key.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import t, { type Test } from 'tap';
import { connect } from '../../src/client/index.js';
import type { Protocol } from '../../src/codec/index.js';
import { createKey, deriveKey } from '../../src/link/index.js';
import { realNet, realRandom } from '../../src/net/index.js';
import { Authority, noOpenssl } from '../support/certificates.js';
import { Device } from '../support/device.js';
import { Gw, lineApp } from '../support/gw.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { formsOf, misfits, PASSWORD, planted, SESSION, TOKEN, vaultModule } from '../support/vault.js';
import type { Vault } from '../support/vault-app.js';
import { until } from '../support/wait.js';

const vaultApp = fileURLToPath(new URL('../support/vault-app.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'framegate-secrets-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const codec = join(folder, 'vault.mjs');
writeFileSync(codec, vaultModule());

const WRONG = 'wrong-password-5e9d';

/** What a key has in it. */
const inKey = (key: string): unknown[] => {
  const secret = key.slice(key.lastIndexOf('-', key.length - 44) + 1);
  return [secret, new Uint8Array(Buffer.from(secret, 'base64url'))];
};

/** The lines of a file in PEM form. */
const inPem = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line.length > 10 && !line.startsWith('-'));

/** Which of the secrets stand in the text, and where. */
function found(text: string, secrets: readonly unknown[]): string[] {
  return secrets.flatMap(secret =>
    formsOf(secret).flatMap(form => {
      const at = text.indexOf(form);
      return at < 0 ? [] : [`"${form}" of ${String(secret)}: ${text.slice(Math.max(0, at - 200), at + 100)}`];
    }),
  );
}

t.test('what is looked for would be found', async t => {
  for (const secret of [...Object.values(planted).flat(), PASSWORD]) {
    const bytes = secret instanceof Uint8Array ? Buffer.from(secret) : Buffer.from(String(secret));
    const texts = [inspect(bytes), bytes.toString('hex'), JSON.stringify([...bytes])];
    for (const around of ['', 'a', 'ab']) {
      texts.push(Buffer.from(`${around}`).toString('base64'));
      texts[texts.length - 1] = Buffer.concat([Buffer.from(around), bytes, Buffer.from('z')]).toString('base64');
    }
    if (!(secret instanceof Uint8Array)) texts.push(`pin ${String(secret)}.`);
    for (const text of texts) t.ok(found(text, [secret]).length > 0, `${String(secret)} in ${text}`);
  }
  const key = createKey(realRandom);
  t.ok(found(`the key ${key}`, inKey(key)).length > 0);
});

/** Sends everything that is good and bad, to processes that are started with these arguments. */
async function everythingGoesWrong(t: Test, more: readonly string[]): Promise<void> {
  const authority = new Authority(`a${more.length}`, folder);
  const pair = authority.issue(`server${more.length}`);
  const keyFile = join(folder, `cluster${more.length}.key`);
  const [cluster, stranger] = [createKey(realRandom), createKey(realRandom)];
  const pusher = deriveKey(cluster, 'pusher');
  writeFileSync(keyFile, cluster);
  const secrets = [
    ...Object.values(planted).flat(),
    ...[PASSWORD, TOKEN, SESSION, WRONG],
    ...[cluster, stranger, pusher].flatMap(inKey),
    ...inPem(pair.key),
  ];
  const args = ['start', vaultApp, '--log-level', 'debug', '--key-file', keyFile, ...more];
  const gw = new Gw(args, { VAULT_CODEC: codec, VAULT_CERT: pair.cert, VAULT_KEY: pair.key });
  t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
  const address = await gw.says(/vault listening on (tcp:\S+)/);
  const { vaultProtocol } = (await import(pathToFileURL(codec).href)) as { vaultProtocol: Protocol };
  const devices: Device[] = [];
  t.teardown(() => {
    for (const device of devices) device.close();
  });
  const device = (): Device => {
    const made = new Device(realNet, address, vaultProtocol);
    devices.push(made);
    return made;
  };
  const heard = (d: Device, name: string, count: number): Promise<void> =>
    until(() => d.values(name).length >= count, `${count} times "${name}"; the log: ${gw.stderr}`);

  await t.test('logins', async t => {
    for (const name of ['ann', 'misfit', 'thrown', 'odd']) {
      const d = device();
      d.send('login', { name, pass: name === 'odd' ? PASSWORD : WRONG });
      if (name === 'ann') {
        await heard(d, 'no', 1);
        d.send('login', { name, pass: 'throw' });
        d.send('login', { name, pass: PASSWORD });
        await heard(d, 'welcome', 1);
        t.same(d.values('welcome'), [{ token: TOKEN }], 'those whom it concerns are told');
      }
    }
    await gw.complains(/The handler of "login" failed for client \S+: Error, whose text is not shown/);
    await gw.complains(/is refused without "no": /);
    await gw.complains(/The handler of "login" failed for client \S+: Cannot encode "token" of "welcome" \(TYPE\)/);
  });

  const ann = device();
  ann.send('login', { name: 'bob', pass: PASSWORD });
  await heard(ann, 'welcome', 1);

  await t.test('handlers', async t => {
    let done = 0;
    const put = async (deed: string, n = 0): Promise<void> => {
      ann.send('put', { ...planted, deed, n });
      await heard(ann, 'done', ++done);
    };
    for (const deed of ['throw', 'object', 'session', 'give']) await put(deed);
    // Its output is dropped.
    ann.send('put', { ...planted, deed: 'late', n: 0 });
    for (const n of Object.keys(planted).keys()) await put('field', n);
    for (const n of misfits.keys()) await put('misfit', n);
    t.same(ann.values('give').length, 1);
    await gw.complains(/The handler of "put" failed for client \S+: an object was thrown/);
    await gw.complains(/The handler of "put" failed for client \S+: TypeError, whose text is not shown/);
    await gw.complains(/The handler of "put" failed for client \S+: Cannot encode "hex" of "give"/);
    await gw.complains(/The handler of "put" for client \S+ has failed: .*, after its time/);
    await gw.complains(/onError failed/);
    // Its request is denied, answered with what cannot be decoded, and not answered.
    await put('ask');
    await heard(ann, 'ask', 1);
    ann.send('denied', { key: PASSWORD });
    await gw.complains(/"ask" was answered with "denied"/);
    await put('ask');
    await heard(ann, 'ask', 2);
    const bad = ann.encode('told', { key: 'c0ffee11deadbea7'.slice(0, 12), more: 1 });
    bad[bad.length - 2] = 9;
    bad[bad.length - 1]! += 8;
    ann.write(bad);
    await gw.complains(/The answer "told" to "ask" cannot be decoded/);
    await put('ask');
    await gw.complains(/"ask" was not answered within/);
    if (more.includes('--workers')) await put('die');
  });

  await t.test('frames that are no good', async () => {
    const good = ann.encode('put', { ...planted, deed: 'give', n: 0 });
    const bad = (frames: readonly Uint8Array[]): void => {
      const d = device();
      d.send('login', { name: 'eve', pass: PASSWORD });
      for (const frame of frames) d.write(frame);
    };
    const changed = Array.from(good.keys(), i => {
      const frame = good.slice();
      frame[i]! ^= 0x55;
      // The sum is right in every second one: the fields are looked at then.
      if (i % 2 === 0 && i > 3) frame[frame.length - 1] = frame.subarray(4, -1).reduce((sum, b) => sum + b, 0) & 0xff;
      return frame;
    });
    for (let i = 0; i < changed.length; i += 10) bad(changed.slice(i, i + 10));
    for (const size of [5, 30, 80]) bad([good.slice(0, size), good]);
    bad([Buffer.from(`${PASSWORD}\r\n`.repeat(40))]);
    await gw.complains(/Bad frame of \d+ bytes from \S+: CHECK/);
    await gw.complains(/Message "put" of client \S+ cannot be decoded/);
    // Those who speak TLS with their password.
    const tls = new URL((await gw.says(/vault listening on (tls:\S+)/)).replace('tls:', 'http:'));
    const socket = net.connect(Number(tls.port), tls.hostname);
    socket.on('error', () => {});
    socket.end(`${PASSWORD} ${WRONG}\r\n`.repeat(20));
    await gw.complains(/did not become a client of vault/);
  });

  await t.test('programs, and peers with other keys', async t => {
    const register = more.includes('--link') ? undefined : await registerOf(gw);
    const where = register === undefined ? { gateways: [await gw.says(/links on (\S+)/)] } : { register };
    const logger = new MemoryLogger();
    const told: string[] = [];
    const failing = async (what: () => unknown): Promise<void> => {
      try {
        await what();
        t.fail(`nothing is wrong with ${String(what)}`);
      } catch (error) {
        told.push(String(error), inspect(error, { depth: 3 }));
      }
    };
    const connection = await connect({ ...where, key: pusher, logger });
    t.teardown(() => connection.close());
    const cluster = connection.use(vaultProtocol as unknown as Protocol<Vault>);
    for (const wrong of misfits) await failing(() => cluster.sendToUid('bob', 'give', wrong));
    await failing(() => cluster.request('0'.repeat(32), 'ask', { key: TOKEN }));
    for (const key of [stranger, `fgk-cluster-${'x'.repeat(42)}`, `${cluster}x`]) {
      await failing(() => connect({ ...where, key, wait: 300, logger }));
    }
    t.same(found([...told, ...logger.lines].join('\n'), secrets), []);
    told.push(inspect(connection, { depth: 8 }), inspect(cluster, { depth: 8 }));
    t.same(found(told.join('\n'), inKey(pusher)), []);
    const answers = connection.use(vaultProtocol as unknown as Protocol<Vault>);
    const [id] = (await answers.getClientIdsByUid('bob')).value;
    const denied = answers.request(id!, 'ask', { key: TOKEN });
    await heard(ann, 'ask', 4);
    ann.send('denied', { key: PASSWORD });
    const error = await denied.then(
      () => t.fail('it was denied'),
      (e: Error) => e,
    );
    t.match(error, { message: '"ask" was answered with "denied"', answer: { value: { key: PASSWORD } } });
    t.same(found(String((error as Error).stack), secrets), [], 'who prints the whole error prints the answer, too');
  });

  await t.test('keys and certificates that are no good', async () => {
    const kept = readFileSync(pair.key);
    for (const bad of [`${cluster}${cluster}`, `${cluster}\n${stranger}\n${pusher}`, `key: ${stranger}`]) {
      await again(/What was read before stays in use: .*(?:key|keys)/, () => writeFileSync(keyFile, bad));
    }
    writeFileSync(keyFile, cluster);
    const body = kept.toString();
    for (const bad of [body.slice(0, -60), body.replace('BEGIN', 'BGIN'), `${PASSWORD}\n${body.slice(40)}`]) {
      await again(/What was read before stays in use: Cannot speak TLS/, () => writeFileSync(pair.key, bad));
    }
    async function again(text: RegExp, change: () => void): Promise<void> {
      change();
      const all = new RegExp(text, 'g');
      const before = gw.stderr.match(all)?.length ?? 0;
      gw.kill('SIGHUP');
      await until(() => (gw.stderr.match(all)?.length ?? 0) > before, `${text} again in ${gw.stderr}`);
    }
  });

  const lines = gw.stdout.split('\n').length;
  gw.kill('SIGUSR2');
  await until(() => gw.stdout.split('\n').length > lines, 'counters');
  await gw.stop();
  t.match(gw.stdout, /"undecodable":\{"/, 'there are counters');
  t.same(found(gw.stdout + gw.stderr, secrets), []);
}

/** The address that the supervisor has told its children. */
async function registerOf(gw: Gw): Promise<string> {
  const pids = readFileSync(`/proc/${gw.pid}/task/${gw.pid}/children`, 'utf8').trim().split(' ');
  const lines = pids.map(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
  return /--register (\S+)/.exec(lines.find(line => line.includes('--role gateway'))!)![1]!;
}

t.test('secrets stand nowhere in what separate processes say', { skip: noOpenssl }, t =>
  everythingGoesWrong(t, ['--gateways', '1', '--workers', '2', '--register', 'tcp://127.0.0.1:0']),
);

t.test('secrets stand nowhere in what one process for all says', { skip: noOpenssl }, t =>
  everythingGoesWrong(t, ['--link', 'tcp://127.0.0.1:0']),
);

t.test('without a key nothing but this machine can reach an inner port', async t => {
  const open = [
    ['--role', 'register', '--register', 'tcp://0.0.0.0:0'],
    ['--role', 'register', '--register', 'tcp://[::]:0'],
    ['--role', 'gateway', '--link', 'tcp://0.0.0.0:0', '--advertise', 'tcp://127.0.0.1:0'],
    ['--link', 'tcp://0.0.0.0:0'],
    ['--gateways', '1', '--register', 'tcp://0.0.0.0:0'],
    ['--role', 'worker', '--register', 'tcp://192.0.2.1:1236'],
    ['--role', 'worker', '--gateway', 'tcp://192.0.2.1:7000'],
  ];
  const empty = join(folder, 'empty.key');
  writeFileSync(empty, '\n# no key\n');
  const text = /^gw: Cannot use tcp:\/\/\S+ for [\w ]+: without a key only addresses of this machine are allowed/;
  for (const [i, args] of open.entries()) await refuses(args, i % 2 === 0 ? {} : { FRAMEGATE_KEY: '' }, text);
  await refuses(open[0]!, { FRAMEGATE_KEY: ' , ' }, text);
  await refuses([...open[0]!, '--key-file', empty], {}, /^gw: The key file "\S+" has no key in it\n$/);
  await refuses(
    open[0]!,
    { FRAMEGATE_KEY: 'fgk-cluster-' },
    /^gw: A key cannot be understood \(it is not shown here\)/,
  );

  async function refuses(args: readonly string[], env: Record<string, string>, said: RegExp): Promise<void> {
    const gw = new Gw(['start', lineApp, ...args], env);
    t.teardown(() => gw.kill());
    t.equal(await gw.ended(), 1, args.join(' '));
    t.match(gw.stderr, said);
    t.equal(gw.stdout, '');
  }
});
