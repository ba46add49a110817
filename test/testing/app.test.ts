/** `framegate/testing`: the examples, tested as their users would test them, and what the harness itself must do. */
import t from 'tap';
import telnetChat from '../../examples/telnet-chat/app.js';
import { chat } from '../../examples/telnet-chat/chat/codec.js';
import tracker from '../../examples/tracker/app.js';
import { gt06 } from '../../examples/tracker/gt06/codec.js';
import { type App, accept, defineApp, type Events } from '../../src/index.js';
import { type TestApp, testApp } from '../../src/testing/index.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { sleep } from '../support/wait.js';

async function chatting(test: TestApp, name: string) {
  const client = await test.connect(chat);
  await client.expect('notice');
  client.send('login', { name, pass: 'secret' });
  await client.expect('welcome', { name });
  return client;
}

t.test('a chat: log in, talk, leave', async t => {
  const test = await testApp(telnetChat);
  const ann = await chatting(test, 'ann');
  const bob = await chatting(test, 'bob');
  t.equal((await ann.expect('notice')).line, 'bob has come in');
  t.same([ann.uid, bob.open], ['ann', true]);
  t.match(ann.id, /^[0-9a-f]{22}/);
  ann.send('say', { line: 'hello' });
  t.same(await bob.expect('said'), { from: 'ann', line: 'hello' });
  await ann.expect('said');
  await bob.expectNothing();
  ann.end();
  t.same(await ann.closed(), { code: 'client-closed', detail: '' });
  await bob.expect('notice', { line: 'ann has gone (client-closed)' });
  test.worker(chat).sendToUid('bob', 'notice', { line: 'from outside' });
  await bob.expect('notice', { line: 'from outside' });
  t.same(await test.worker(chat).getAllClientCount(), { value: 1, complete: true, missing: [] });
  await test.stop();
  t.equal((await bob.closed()).code, 'shutdown');
  t.same(test.log, []);
});

t.test('time passes when the test says so, and then at once', async t => {
  const test = await testApp(telnetChat);
  const from = performance.now();
  const before = test.now;
  const silent = await test.connect(chat);
  const ann = await chatting(test, 'ann');
  await test.advance(29_000);
  t.ok(silent.open);
  for (let minute = 0; minute < 60; minute++) {
    ann.send('ping', {});
    await ann.skipTo('pong');
    await test.advance(60_000);
  }
  t.equal((await silent.closed()).code, 'auth-timeout');
  t.equal(test.now - before, 29_000 + 3_600_000);
  await test.advance(600_000);
  t.equal((await ann.closed()).code, 'heartbeat-timeout');
  t.ok(performance.now() - from < 10_000, 'an hour takes seconds at most');
  await test.stop();
});

t.test('a binary protocol: serial numbers are kept, golden bytes are welcome', async t => {
  const test = await testApp(tracker);
  const device = await test.connect(gt06);
  device.send('login', { imei: '352887071911998' });
  t.equal((await device.expect('loginOk')).serial, 1);
  device.send('heartbeat', {
    id: 0x13,
    state: { oilCut: false, gpsOn: true, alarm: 0, charging: false, acc: true, armed: false },
    volts: 4,
    gsm: 4,
    rest: new Uint8Array(),
  });
  t.equal((await device.expect('beatOk')).serial, 2);
  test.worker(gt06).sendToUid('352887071911998', 'command', { flag: 1, line: 'STATUS#' });
  await device.expect('command', { line: 'STATUS#' });
  device.answer('result', { flag: 1, line: 'ok' });
  await device.expectNothing();
  device.sendBytes(Buffer.from('7878ff', 'hex'));
  await test.settle();
  device.destroy();
  t.match((await device.closed()).code, /^client-/);
  await test.stop();
});

function lines(events: Events<Line>, limits = {}): App {
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), limits };
  return defineApp({ listeners: [{ ...listener, events: () => Promise.resolve(events) }] });
}

t.test('what a handler awaits of the real world is waited for', async t => {
  const test = await testApp(
    lines({
      async onHelp(client) {
        await sleep(30);
        client.close('slept');
      },
    }),
  );
  const client = await test.connect(lineProtocol());
  client.send('help', {});
  // The hand-written protocol has no encoder for what clients say.
  client.sendBytes(Buffer.from('/help\n'));
  t.same(await client.closed(), { code: 'server-closed', detail: 'slept' });
  t.throws(() => client.send('help', {}), { code: 'FG_CLOSED' });
  await test.stop();
});

t.test('a failure says what was wanted, what came, and why no more will', async t => {
  const test = await testApp(telnetChat, { patience: 50 });
  const fresh = await test.connect(chat);
  t.throws(() => fresh.answer('say', {}), { code: 'FG_NOT_IN_EVENT' });
  const ann = await chatting(test, 'ann');
  ann.send('tell', { to: 'bob', line: 'psst' });
  await t.rejects(ann.expect('said', { from: 'bob' }), {
    message: /^Expected "said" \{"from":"bob"\}, got "notice" \{/,
  });
  await t.rejects(ann.next(), { message: 'Expected a message, got nothing' });
  ann.send('say', { line: 'a' });
  await t.rejects(ann.expect('said', { line: 'b' }), { message: /got "said" \{"from":"ann","line":"a"\}/ });
  ann.send('say', { line: 'c' });
  await t.rejects(ann.skipTo('welcome'), { message: 'Expected "welcome", got nothing; there came said' });
  await t.rejects(ann.expectNothing(), { message: /^Expected nothing, got "said"/ });
  await ann.next();
  await t.rejects(ann.closed(), { message: /time passes with advance/ });
  t.throws(() => ann.send('hello' as 'say', {}), { code: 'FG_UNKNOWN_MESSAGE', message: /it has login/ });
  t.throws(() => ann.send('say', { line: 1 as unknown as string }), { name: 'EncodeError' });
  ann.send('quit', {});
  await ann.closed();
  await t.rejects(ann.skipTo('said'), { message: /the connection has ended: server-closed/ });
  await t.rejects(test.connect(gt06), {
    code: 'FG_CONFIG',
    message: 'No listener speaks "gt06"; there are those of chat',
  });
  await test.stop();
});

t.test('limits, slow readers and errors in handlers', async t => {
  const test = await testApp(
    lines(
      {
        onLogin: (_, message) => accept({ name: message.name }),
        onSay(client) {
          for (let i = 0; i < 5000; i++) client.send('answer', { text: 'x'.repeat(400) });
        },
        onJoin() {
          throw new Error('no such room');
        },
      },
      { clients: 1 },
    ),
    { seed: 3 },
  );
  const slow = await test.connect(lineProtocol());
  const second = await test.connect(lineProtocol());
  t.equal((await second.closed()).code, 'too-many-clients');
  t.equal(second.id, '');
  slow.sendBytes(Buffer.from('/login ann x\n/join here\n'));
  await test.settle();
  t.match(test.log.join('\n'), /^error The handler of "join" failed for client \w+: no such room/);
  slow.pause();
  slow.sendBytes(Buffer.from('say\n'));
  t.equal((await slow.closed()).code, 'slow-client');
  await test.stop();
});
