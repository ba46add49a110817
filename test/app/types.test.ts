/** What the compiler says about applications: right ones compile, wrong ones do not. Nothing here has to run. */
import t from 'tap';
import {
  type AppConfig,
  type AuthResult,
  accept,
  type Client,
  defineApp,
  type Events,
  type MessageEvent,
  message,
  type Protocol,
  type ProtocolTypes,
  refuse,
  type Worker,
} from '../../src/index.js';
import { type Line, type Login, lineProtocol } from '../support/line-protocol.js';

/** A second protocol: its login says nothing, and nobody is refused. */
interface Tracker {
  up: { login: { imei: string }; location: { lat: number; lon: number } };
  down: { loginOk: object };
  auth: { login: { ok: object } };
  replies: object;
}

const line = lineProtocol();
const tracker = { ...lineProtocol({ id: 'tracker' }) } as unknown as Protocol<Tracker>;
const listen = 'tcp://127.0.0.1:0';

t.test('stubs as a generator writes them', async t => {
  function onLogin(_: Client<Line>, message: Login, event: MessageEvent<Line, 'login'>): AuthResult<Line, 'login'> {
    if (event.redelivered) return refuse({ reason: 'again' });
    return accept({ name: message.name }, { uid: `u-${message.name}` });
  }
  async function onSay(client: Client<Line>, message: { line: string }, _: MessageEvent<Line, 'say'>): Promise<void> {
    client.send('said', { from: client.uid ?? '?', line: message.line });
    // @ts-expect-error the field is missing
    if (message.line === 'never') client.send('said', { from: 'x' });
    // @ts-expect-error the server sends no such message
    if (message.line === 'never') client.send('say', { line: 'x' });
  }
  function onAsk(client: Client<Line>, _: { n: number }, event: MessageEvent<Line, 'ask'>): void {
    if (client.id === '') event.reply({ text: 'x' });
    // @ts-expect-error the reply has another field
    if (client.id === '') event.reply({ n: 1 });
  }
  function onWorkerStart(worker: Worker<Line>): void {
    if (worker.id === '') worker.sendToAll('said', { from: 'a', line: 'b' }, { exclude: 'x' });
    // @ts-expect-error the field has another type
    if (worker.id === '') worker.sendToUid(['a'], 'said', { from: 1, line: 'b' });
  }
  const events = { onLogin, onSay, onAsk, onWorkerStart, helper: () => 1 };
  defineApp({ listeners: [{ listen, protocol: line, events: () => Promise.resolve(events) }] });
  t.pass();
});

t.test('sends are typed by their protocol, in every form', async t => {
  async function all(worker: Worker<Line>, clientId: string): Promise<void> {
    const confirmed = await worker.sendToAll('said', { from: 'a', line: 'b' }, { confirm: true });
    confirmed.skipped.toFixed();
    const one: boolean = await worker.sendToClient(clientId, ['answer', { text: 'x' }], { confirm: true });
    const nothing: undefined = worker.sendToUid('a', message(tracker, 'loginOk', {}));
    worker.sendToGroup(['a'], [message(line, 'answer', { text: String(one) }), message(tracker, new Uint8Array(1))]);
    // @ts-expect-error nothing is known of a send that is not confirmed
    worker.sendToAll('said', { from: 'a', line: 'b' }, { exclude: 'x' }).skipped;
    // What is known only at run time: a promise or nothing.
    const perhaps = worker.sendToAll('said', { from: 'a', line: 'b' }, { confirm: Number(one) > 0 });
    if (perhaps !== undefined) (await perhaps).value.toFixed();
    // @ts-expect-error there is no such option
    worker.sendToAll('said', { from: 'a', line: 'b' }, { exlude: 'x', confirm: true });
    // @ts-expect-error nor here
    worker.sendToGroup('a', ['said', { from: 'a', line: 'b' }], { exlude: 'x' });
    // @ts-expect-error the field is missing
    worker.sendToAll(['said', { from: 'a' }]);
    // @ts-expect-error the protocol has no such message
    worker.sendToAll(message(tracker, 'said', {}));
    // @ts-expect-error a last message is one of the protocol
    await worker.closeClient(clientId, { last: ['said', { from: String(nothing) }] });
    const rows = await worker.select({ fields: ['uid', 'groups'] });
    rows.value[0]?.groups.includes('x');
    // @ts-expect-error the field was not asked for
    rows.value[0]?.session;
    const several: ReadonlyMap<string, number> = (await worker.getClientCountByGroup(['a', 'b'])).value;
    const single: number = (await worker.getClientCountByGroup('a')).value;
    several.get(String(single));
  }
  t.type(all, 'function');
});

t.test('wrong handlers do not compile', async t => {
  const wrong = { onSay: (_: Client<Line>, message: { room: string }) => void message };
  // @ts-expect-error the handler takes another message
  defineApp({ listeners: [{ listen, protocol: line, events: () => Promise.resolve(wrong) }] });
  const login = { onLogin: () => true };
  // @ts-expect-error a login handler accepts or refuses
  defineApp({ listeners: [{ listen, protocol: line, events: () => Promise.resolve(login) }] });
  const fields = { onLogin: () => accept({ nam: 'x' }) };
  // @ts-expect-error the ok message has another field
  defineApp({ listeners: [{ listen, protocol: line, events: () => Promise.resolve(fields) }] });
  t.pass();
});

t.test('several protocols in one application', async t => {
  const chat: Events<Line> = { onLogin: (_, message) => accept({ name: message.name }) };
  const track: Events<Tracker> = {
    onLogin: () => accept(),
    onLocation(client, message) {
      client.session.set({ lat: message.lat });
    },
  };
  const app = defineApp({
    name: 'both',
    listeners: [
      { listen, protocol: line, events: () => Promise.resolve(chat), limits: { clients: 5 } },
      { listen, protocol: tracker, events: () => Promise.resolve(track) },
    ],
  });
  t.equal(app.listeners.length, 2);
  const mixed = { listen, protocol: tracker, events: () => Promise.resolve(chat) };
  // @ts-expect-error the events of another protocol
  defineApp({ listeners: [mixed, { listen, protocol: line, events: () => Promise.resolve(chat) }] });
});

t.test('what only shows at run time is told in a sentence', async t => {
  const events = () => Promise.resolve({});
  t.throws(() => defineApp({ listeners: [] }), { code: 'FG_CONFIG', message: /at least one listener/ });
  t.throws(() => defineApp({ listeners: [{ listen: 'x', protocol: line, events }] }), { code: 'FG_ADDRESS' });
  const none = undefined as unknown as Protocol<Line>;
  t.throws(() => defineApp({ listeners: [{ listen, protocol: none, events }] }), { message: /no protocol/ });
  const object = {} as unknown as () => Promise<Events<Line>>;
  t.throws(() => defineApp({ listeners: [{ listen, protocol: line, events: object }] }), { message: /needs events/ });
  const wrong = (config: unknown, message: string) =>
    t.throws(() => defineApp(config as AppConfig), { code: 'FG_CONFIG', message });
  wrong(undefined, 'An application needs a configuration: defineApp({ listeners: [...] })');
  const limited = (limits: unknown) => ({ listeners: [{ listen, protocol: line, events, limits }] });
  wrong(
    limited({ client: 5 }),
    `There is no "client" in "limits" of the listener on ${listen}; there are clients, connects, framesPerSecond, bytesPerSecond, over`,
  );
  for (const value of [0, -1, Number.NaN, '5', null]) {
    const what = `"noWorker" in "limits" of the listener on ${listen}`;
    wrong(limited({ noWorker: value }), `${what} is a number above 0, or Infinity; it is ${value}`);
  }
  wrong(limited(5), `"limits" of the listener on ${listen} is an object, such as { clients: 1000 }`);
  wrong(
    { listeners: [{ listen, protocol: line, events }], gateway: { buffers: 0 } },
    '"buffers" of a gateway is a number above 0, or Infinity; it is 0',
  );
  wrong({ listeners: [null] }, 'Listener 1 is no object; write { listen, protocol, events }');
  wrong(
    {
      listeners: [
        { listen, protocol: line, events },
        { protocol: line, events },
      ],
    },
    "Listener 2 has no address; give it listen: 'tcp://host:port'",
  );
  const listeners = [{ listen, protocol: line, events }];
  wrong({ listeners, link: null }, '"link" of an application is an address; write it as \'tcp://host:port\'');
  const other = lineProtocol({ wireHash: 'wire-2' });
  t.throws(
    () =>
      defineApp({
        listeners: [
          { listen, protocol: line, events },
          { listen, protocol: other, events },
        ],
      }),
    { message: /different protocols of the name "line"/ },
  );
});

t.test('code of an application for whatever protocol', async t => {
  function watch<T extends ProtocolTypes>(worker: Worker<T>, client: Client<T>): Promise<unknown> {
    client.joinGroup('watched');
    return worker.select({ where: { group: 'watched' }, fields: ['id', 'uid'] });
  }
  const watches: (worker: Worker<Line>, client: Client<Line>) => Promise<unknown> = watch;
  t.type(watches, 'function');
});
