/** Handlers that block, are slow, never settle or fail: named, counted, and nobody else's trouble. */
import t from 'tap';
import { accept, defineApp, type ErrorContext, type Events, FramegateError, startAll } from '../../src/index.js';
import { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, standStill, until } from '../support/wait.js';

type Teardown = { teardown(run: () => unknown): void };

async function serve(t: Teardown, events: Events<Line>, worker: { slowHandlerMs?: number; handlerTimeoutMs?: number }) {
  const onLogin: Events<Line>['onLogin'] = (_, { name }) => accept({ name });
  const module = { onLogin, ...events };
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: () => Promise.resolve(module) }],
    worker,
  });
  const logger = new MemoryLogger();
  const running = await startAll(app, { logger });
  const clients: LineClient[] = [];
  t.teardown(async () => {
    for (const client of clients) client.close();
    await running.stop();
  });
  const connect = async (): Promise<LineClient> => {
    const client = await LineClient.connect(running.listening[0]!.address);
    clients.push(client);
    return client;
  };
  return { running, logger, connect, dispatcher: running.worker!.dispatcher };
}

const never = new Promise<void>(() => {});

t.test('a handler that blocks the event loop is reported by name', async t => {
  const onSay: Events<Line>['onSay'] = (_, { line }) => {
    if (line === 'block') standStill(80);
  };
  const { connect, logger, dispatcher } = await serve(t, { onSay }, { slowHandlerMs: 60 });
  const ann = await connect();
  await ann.login('ann');
  ann.send('quick', 'block');
  await until(() => logger.lines.some(l => /"say".*blocked|blocked.*"say"/.test(l)), 'the report');
  t.ok(logger.lines.some(l => /^warn .*the event loop for \d+ ms/.test(l)));
  t.ok(dispatcher.watch.slow.get('say')! >= 1);
});

t.test('one that blocks behind its first await is found too', async t => {
  const onSay: Events<Line>['onSay'] = async (client, { line }) => {
    await sleep(1);
    if (line === 'block') standStill(200);
    client.send('answer', { text: line });
  };
  const { connect, logger } = await serve(t, { onSay }, { slowHandlerMs: 60 });
  const ann = await connect();
  await ann.login('ann');
  ann.send('block');
  await until(() => logger.has('The event loop was blocked for'), 'the report');
  t.ok(logger.lines.some(l => /blocked for \d+ ms while handlers were under way: "say" \(1\)/.test(l)));
});

t.test('a handler that takes long is reported once, with how many are like it', async t => {
  let free = (): void => {};
  const gate = new Promise<void>(resolve => {
    free = resolve;
  });
  const { connect, logger, dispatcher } = await serve(t, { onSay: () => gate }, { slowHandlerMs: 20 });
  const clients = [await connect(), await connect(), await connect()];
  for (const [i, client] of clients.entries()) await client.login(`c${i}`);
  for (const client of clients) client.send('wait');
  const reports = () => logger.lines.filter(l => /"say" has not settled within 20 ms, for client \S+/.test(l));
  const named = () => reports().reduce((sum, l) => sum + 1 + Number(/and (\d+) others/.exec(l)?.[1] ?? 0), 0);
  await until(() => named() === 3, 'all three');
  await sleep(60);
  t.equal(named(), 3, 'and not again');
  t.same(dispatcher.watch.names(), ['say']);
  free();
  await until(() => dispatcher.watch.size === 0, 'the handlers to settle');
});

t.test('whoever waits while another blocks is not blamed', async t => {
  const onSay: Events<Line>['onSay'] = async (client, { line }) => {
    if (line === 'block') standStill(300);
    else await sleep(1);
    client.send('answer', { text: line });
  };
  const { connect, logger, dispatcher } = await serve(t, { onSay }, { slowHandlerMs: 100, handlerTimeoutMs: 120 });
  const ann = await connect();
  const bob = await connect();
  await ann.login('ann');
  await bob.login('bob');
  bob.send('good');
  ann.send('block');
  await bob.line('* answer good');
  await ann.line('* answer block');
  t.notOk(logger.has('has not settled'));
  t.equal(dispatcher.timeouts, 0);
});

t.test(
  'a handler past its time counts as failed: onError, acknowledged, and what it says later is dropped',
  async t => {
    const errors: [unknown, ErrorContext<Line>][] = [];
    const aborted: boolean[] = [];
    const said: string[] = [];
    let free = (): void => {};
    const gate = new Promise<void>(resolve => {
      free = resolve;
    });
    const { connect, logger, dispatcher, running } = await serve(
      t,
      {
        async onAsk(client, { n }, event) {
          if (n === 1) {
            event.signal.addEventListener('abort', () => aborted.push(true));
            await gate;
            client.send('answer', { text: 'late' });
            client.reply('answer', { text: 'late' });
            event.reply({ text: 'late' });
            client.close('late');
            await client.joinGroup('late').catch((error: unknown) => said.push((error as FramegateError).code));
            return;
          }
          event.reply({ text: String(n) });
        },
        onError: (error, context) => void errors.push([error, context]),
      },
      { slowHandlerMs: 10, handlerTimeoutMs: 40 },
    );
    const ann = await connect();
    await ann.login('ann');
    ann.send('/ask 1', '/ask 2');
    await ann.line('* answer 2');
    t.equal(dispatcher.timeouts, 1);
    t.same(aborted, [true]);
    const [error, context] = errors[0]!;
    t.ok(error instanceof FramegateError && error.code === 'FG_HANDLER_TIMEOUT');
    t.match(context, { message: 'ask', eventId: /:\d+$/ });
    t.ok(logger.has('The handler of "ask" failed for client'));
    free();
    await until(() => logger.has('has settled, after its time'), 'the late handler');
    t.equal(dispatcher.lateOutput, 5, 'each thing that it said is counted');
    t.same(said, ['FG_CLOSED']);
    ann.send('/ask 3');
    await ann.line('* answer 3');
    t.notOk(ann.lines.some(l => l.includes('late')));
    const [client] = running.gateway!.tables.byId.values();
    await until(() => client!.acknowledged === client!.seq, 'all to be acknowledged');
  },
);

t.test('a stored client object works again when the late handler has settled', async t => {
  let kept: Parameters<NonNullable<Events<Line>['onSay']>>[0] | undefined;
  let free = (): void => {};
  const gate = new Promise<void>(resolve => {
    free = resolve;
  });
  const onSay: Events<Line>['onSay'] = async (client, { line }) => {
    if (line !== 'wait') return;
    kept = client;
    await gate;
  };
  const { connect, logger, dispatcher } = await serve(t, { onSay }, { slowHandlerMs: 10, handlerTimeoutMs: 20 });
  const ann = await connect();
  await ann.login('ann');
  ann.send('wait');
  await until(() => dispatcher.timeouts === 1, 'the time to be up');
  free();
  await until(() => logger.has('after its time'), 'the handler to settle');
  kept!.send('answer', { text: 'from a timer' });
  await ann.line('* answer from a timer');
});

t.test('a login that is never judged is refused', async t => {
  const onLogin: Events<Line>['onLogin'] = () => never as never;
  const { connect } = await serve(t, { onLogin }, { slowHandlerMs: 10, handlerTimeoutMs: 20 });
  const ann = await connect();
  ann.send('/login ann pass');
  t.match(await ann.line('* '), '* refused');
});

t.test('a stop does not wait for a handler that is past its time', async t => {
  const { connect, running, dispatcher, logger } = await serve(
    t,
    { onSay: () => never, onClose: () => never },
    { slowHandlerMs: 10, handlerTimeoutMs: 20 },
  );
  const ann = await connect();
  await ann.login('ann');
  ann.send('wait');
  await until(() => dispatcher.timeouts === 1, 'the time to be up');
  ann.close();
  await until(() => dispatcher.timeouts === 2, 'the close handler too');
  await running.stop();
  t.notOk(logger.has('stopping without them'));
  t.equal(running.gateway!.clients.filter(c => c !== undefined).length, 0);
});

t.test('an onError that throws, rejects or never settles costs nothing else', async t => {
  let calls = 0;
  const { connect, logger, running } = await serve(
    t,
    {
      onSay: () => {
        throw new Error('no');
      },
      onAsk: (_, { n }, event) => event.reply({ text: String(n) }),
      onError: () => {
        calls++;
        if (calls === 1) throw new Error('again');
        if (calls === 2) return Promise.reject(new Error('later'));
        return never;
      },
    },
    {},
  );
  const ann = await connect();
  await ann.login('ann');
  ann.send('one', 'two', 'three', '/ask 4');
  await ann.line('* answer 4');
  t.equal(calls, 3);
  await until(() => logger.has('onError failed: again') && logger.has('onError failed: later'), 'both lines');
  await running.stop();
  t.notOk(logger.has('stopping without'));
});

t.test('limits that mean nothing are refused', async t => {
  const listeners = [
    { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: () => Promise.resolve({}) },
  ] as const;
  for (const slowHandlerMs of [0, -1, Number.NaN, '5' as never]) {
    t.throws(() => defineApp({ listeners, worker: { slowHandlerMs } }), {
      code: 'FG_CONFIG',
      message: /"slowHandlerMs"/,
    });
  }
});
