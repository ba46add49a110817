/** The chat's events, tested in memory: no port, no waiting. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestApp, testApp } from 'framegate/testing';
import app from './app.js';
import { chat } from './chat/codec.js';

async function login(running: TestApp, name: string) {
  const client = await running.connect(chat);
  await client.expect('notice');
  client.send('login', { name, pass: 'secret' });
  await client.expect('welcome', { name });
  return client;
}

test('what one says all in the room hear', async () => {
  const running = await testApp(app);
  const ann = await login(running, 'ann');
  const bob = await login(running, 'bob');
  await ann.expect('notice', { line: 'bob has come in' });
  bob.send('say', { line: 'hello' });
  assert.deepEqual(await ann.expect('said'), { from: 'bob', line: 'hello' });
  await running.stop();
});

test('a name is taken as long as its owner is there', async () => {
  const running = await testApp(app);
  const ann = await login(running, 'ann');
  const other = await running.connect(chat);
  other.send('login', { name: 'ann', pass: 'mine' });
  await other.skipTo('refused', { reason: 'ann is here already' });
  ann.end();
  await ann.closed();
  other.send('login', { name: 'ann', pass: 'mine' });
  await other.expect('welcome');
  await running.stop();
});

test('whoever is silent for three minutes has to go', async () => {
  const running = await testApp(app);
  const ann = await login(running, 'ann');
  await running.advance(170_000);
  ann.send('ping', {});
  await ann.expect('pong');
  await running.advance(170_000);
  assert.ok(ann.open);
  await running.advance(11_000);
  const { code } = await ann.closed();
  assert.equal(code, 'heartbeat-timeout');
  await running.stop();
});
