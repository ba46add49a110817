/** A register, gateways and workers over real sockets in one process, so that links can be cut. */
import type { Test } from 'tap';
import {
  type App,
  type AppConfig,
  defineApp,
  type Events,
  type ListenerConfig,
  type ListenerLimits,
  type Running,
  startGateway,
  startRegister,
  startWorker,
} from '../../src/index.js';
import { LineClient } from './line-client.js';
import { type Line, type LineOptions, lineProtocol } from './line-protocol.js';
import { MemoryLogger } from './memory-logger.js';

type Settings = Pick<AppConfig, 'worker' | 'gateway'> & Pick<ListenerConfig, 'delivery' | 'concurrent'>;

export class Cluster {
  readonly logger = new MemoryLogger();
  readonly #t: Test;
  readonly #options: LineOptions;
  readonly #limits: ListenerLimits;
  readonly #settings: Settings;
  /** For all links. */
  readonly #key: { readonly key?: string };
  register = '';
  registerRole: Running | undefined;

  constructor(t: Test, options: LineOptions = {}, limits: ListenerLimits = {}, settings: Settings = {}, key?: string) {
    this.#t = t;
    this.#options = options;
    this.#limits = limits;
    this.#settings = settings;
    this.#key = key === undefined ? {} : { key };
  }

  app(events: Events<Line> = {}, options: LineOptions = {}): App {
    const protocol = lineProtocol({ ...this.#options, ...options });
    const listener = { listen: 'tcp://127.0.0.1:0', protocol, events: () => Promise.resolve(events) };
    const { delivery, concurrent, ...rest } = this.#settings;
    const more = { ...(delivery !== undefined && { delivery }), ...(concurrent !== undefined && { concurrent }) };
    return defineApp({ listeners: [{ ...listener, limits: this.#limits, ...more }], ...rest });
  }

  async startRegister(at = 'tcp://127.0.0.1:0'): Promise<Running> {
    const running = this.keep(await startRegister(this.app(), { ...this.#key, logger: this.logger, register: at }));
    this.register = running.inner;
    this.registerRole = running;
    return running;
  }

  async startGateway(): Promise<Running> {
    return this.keep(await startGateway(this.app(), { ...this.#key, logger: this.logger, register: this.register }));
  }

  async startWorker(events: Events<Line>): Promise<Running> {
    const options = { ...this.#key, logger: this.logger, register: this.register };
    const running = this.keep(await startWorker(this.app(events), options));
    await running.ready;
    return running;
  }

  async client(gateway: Running): Promise<LineClient> {
    const client = await LineClient.connect(gateway.listening[0]!.address);
    this.#t.teardown(() => client.close());
    return client;
  }

  /** The gateway goes on, and is still known, but no worker reaches it until the returned function is called. */
  cutOff({ gateway }: Running): () => void {
    gateway!.addWorker = link => link.destroy('cut off');
    for (const peer of gateway!.peers) peer.link.destroy('cut off');
    return () => void Reflect.deleteProperty(gateway!, 'addWorker');
  }

  /** As if its process had died. */
  loseWorker(worker: Running, gateway: Running): void {
    worker.worker!.gateways.dialNoMore();
    for (const peer of gateway.gateway!.peers) if (peer.id === worker.worker!.id) peer.link.destroy('killed');
  }

  keep(running: Running): Running {
    this.#t.teardown(() => running.stop());
    return running;
  }
}
