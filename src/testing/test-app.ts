/** A whole application in memory, for tests of its events: nothing listens, and time stands still until the test says so. */
import { type App, type Running, startAll } from '../app/index.js';
import type { Protocol, ProtocolTypes } from '../codec/index.js';
import { parseAddress } from '../net/index.js';
import { FramegateError, type Logger, type LogLevel } from '../protocol/index.js';
import type { Worker } from '../worker/index.js';
import { type SimProcess, settlePromises, World } from './sim/index.js';
import { TestClient } from './test-client.js';
import { realSleep } from './waiting.js';

export interface TestAppOptions {
  /** Where ids and jitter come from: the same seed gives the same ones. Default 1. */
  readonly seed?: number;
  /** Instead of keeping what is logged in {@link TestApp.log}. */
  readonly logger?: Logger;
  /** Milliseconds of real time for which a client waits in vain, at most. Default 1,000. */
  readonly patience?: number;
}

/** Real milliseconds that handlers get to settle by themselves before a stop lets time pass. */
const STOP_PATIENCE = 100;

/**
 * Starts an application in memory: its gateway, its worker and their link, on a simulated clock and network.
 * @param app what the app file exports.
 * @throws FramegateError as `gw start` does: `FG_EVENTS`, `FG_APP`, `FG_LISTEN`
 * @example const test = await testApp(app);
 */
export async function testApp(app: App, options: TestAppOptions = {}): Promise<TestApp> {
  const world = new World({ seed: options.seed ?? 1 });
  const log: string[] = [];
  const keep = (level: LogLevel) => (text: string) => void log.push(`${level} ${text}`);
  const logger = options.logger ?? {
    debug() {},
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  };
  const server = world.process('server');
  world.play();
  const running = await startAll(inMemory(app), { platform: server.platform, logger });
  return new TestApp(app, world, server, running, log, options.patience ?? 1000);
}

/** Where it listens is no matter of its events: no network in memory has TLS, proxies or sockets in a file system. */
function inMemory(app: App): App {
  const listeners = app.listeners.map(({ tls: _, proxy: __, ...rest }) => ({ ...rest, listen: 'tcp://127.0.0.1:0' }));
  return { ...app, listeners };
}

export class TestApp {
  /** Warnings, errors and what else was logged, each as `level text`. */
  readonly log: readonly string[];
  readonly #app: App;
  readonly #world: World;
  readonly #server: SimProcess;
  readonly #running: Running;
  readonly #patience: number;
  #clients = 0;

  /** Made by {@link testApp}. */
  constructor(app: App, world: World, server: SimProcess, running: Running, log: readonly string[], patience: number) {
    this.#app = app;
    this.#world = world;
    this.#server = server;
    this.#running = running;
    this.log = log;
    this.#patience = patience;
  }

  /**
   * Connects a client that speaks the given protocol, to the first listener that does.
   * @throws FramegateError `FG_CONFIG` when no listener speaks it.
   * @example const ann = await test.connect(chat);
   */
  async connect<T extends ProtocolTypes>(protocol: Protocol<T>): Promise<TestClient<T>> {
    const listener = this.#app.listeners.findIndex(l => l.protocol.id === protocol.id);
    const listening = this.#running.listening[listener];
    if (listening === undefined) {
      const known = this.#app.listeners.map(l => l.protocol.id).join(', ');
      throw new FramegateError('FG_CONFIG', `No listener speaks "${protocol.id}"; there are those of ${known}`);
    }
    const gateway = this.#running.gateway!;
    const process = this.#world.process(`client ${++this.#clients}`);
    const client = new TestClient<T>(protocol, gateway, process, this.#patience);
    await client.dial(parseAddress(listening.address));
    return client;
  }

  /** The worker, as events modules see it: to send, or to ask, from outside of any handler. */
  worker<T extends ProtocolTypes>(protocol: Protocol<T>): Worker<T> {
    return this.#running.worker!.handleFor(protocol.id) as unknown as Worker<T>;
  }

  /** Milliseconds since 1970, as the application sees them. They move with {@link advance} alone. */
  get now(): number {
    return this.#world.wallNow;
  }

  /**
   * Lets time pass: time limits, heartbeats and timers that are due happen, in order. What a handler awaits of the real
   * world (a file, a database) does not come sooner.
   * @param ms milliseconds
   * @example await test.advance(60_000);
   */
  async advance(ms: number): Promise<void> {
    await this.#world.run(ms);
    await settlePromises();
  }

  /** Lets happen what is due now, without letting time pass. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  /** Stops the application as a shutdown does: clients are closed with `shutdown`, handlers settle. */
  async stop(): Promise<void> {
    let stopped = false;
    const stopping = this.#running.stop().finally(() => {
      stopped = true;
    });
    await Promise.race([stopping, realSleep(STOP_PATIENCE)]);
    await this.#world.until(() => stopped, 60_000);
    this.#world.halt();
    this.#server.die();
  }
}
