/** A worker that says nothing: whose handler keeps it is told while it lasts, and not guessed where nothing is under way. */
import t from 'tap';
import { accept, defineApp, type Events, startGateway, startRegister, startWorker } from '../../src/index.js';
import { createKey } from '../../src/link/index.js';
import { realRandom } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { Device } from '../support/device.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

t.test('what was handed out last comes first: the rest waits for something else', async t => {
  const world = new World();
  world.play();
  const ids = new Map<string, string>();
  const events: Events<Line> = {
    onLogin(client, { name }) {
      ids.set(name, client.id);
      return accept({ name });
    },
    onSay: () => new Promise(() => {}),
  };
  const app = defineApp({
    listeners: [{ listen: 'tcp://10.0.0.2:1000', protocol: lineProtocol(), events: () => Promise.resolve(events) }],
    register: 'tcp://127.0.0.1:1236',
  });
  const logger = new MemoryLogger();
  const [host, other] = [world.process('gateway', '10.0.0.2'), world.process('worker', '10.0.0.3')];
  const options = { logger, register: 'tcp://10.0.0.1:1236', key: createKey(realRandom) };
  const running = [
    await startRegister(app, { ...options, platform: world.process('register', '10.0.0.1').platform }),
    await startGateway(app, { ...options, platform: host.platform, link: 'tcp://10.0.0.2:7000' }),
    await startWorker(app, { ...options, platform: other.platform }),
  ];
  t.teardown(async () => {
    const stopped = Promise.all(running.map(role => role.stop()));
    await world.run(60_000);
    await stopped;
  });
  world.halt();
  await world.run(2000);
  const devices = ['ann', 'bob'].map(name => {
    const device = new Device(world.process(name).platform.net, 'tcp://10.0.0.2:1000', lineProtocol());
    device.write(new TextEncoder().encode(`/login ${name} pass\r\n`));
    return device;
  });
  t.ok(await world.until(() => ids.size === 2, 5000));
  devices[0]!.write(new TextEncoder().encode('waits for somebody\r\n'));
  await world.run(30_000);
  t.notOk(logger.has('has said nothing'), 'a worker that beats is not suspected');
  devices[1]!.write(new TextEncoder().encode('blocks\r\nand more\r\n'));
  await world.run(100);
  world.network.silence(other, host);
  t.ok(await world.until(() => logger.has('has said nothing'), 10_000));
  const [told, ...more] = logger.lines.filter(line => line.includes('has said nothing'));
  t.match(
    told,
    new RegExp(
      `^warn .*Worker w\\w+ has said nothing for 5 s, as one does whose handler blocks. The first that it has not ` +
        `acknowledged is "say" of client ${ids.get('bob')}, read [5-7]\\.?\\d? s ago; it has 3 events of 2 clients in all$`,
    ),
  );
  t.same(more, []);
});

t.test('a handler that blocks its worker is named while it does', async t => {
  const gw = new Gw(['start', lineApp, '--workers', '1', '--register', 'tcp://127.0.0.1:0']);
  t.teardown(() => gw.stop().catch(() => gw.kill()));
  const ann = await LineClient.connect(await gw.says(/line listening on (\S+)/));
  t.teardown(() => ann.close());
  await ann.login('ann');
  ann.send('id');
  const id = (await ann.line('* answer')).split(' ')[2];
  ann.send('block 9000');
  await gw.complains(new RegExp(`has said nothing for 5 s.* is "say" of client ${id}, read \\d\\.?\\d? s ago`));
  t.notMatch(gw.stderr, /blocked the event loop/, 'the worker itself can tell only afterwards');
  await ann.line('* answer blocked');
  await gw.complains(/The handler of "say" blocked the event loop/);
});
