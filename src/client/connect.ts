/**
 * The cluster, from a program that is no worker: it is linked to every gateway as workers are, sends and asks as they do,
 * and gets no clients.
 *
 * connecting -> open -> closing -> closed
 */
import type { Protocol, ProtocolTypes } from '../codec/index.js';
import {
  BARRIER,
  type GuestRole,
  type Hello,
  isAboutKeys,
  type KeptKeys,
  type KeySource,
  keptKeys,
  type LinkTlsFiles,
  linkNet,
  marksOf,
} from '../link/index.js';
import { stderrLogger } from '../log/index.js';
import { formatAddress, type Platform, parseAddress, realPlatform } from '../net/index.js';
import { FramegateError, type Logger, ProtocolTable } from '../protocol/index.js';
import { Registers } from '../register/index.js';
import { type Cluster, GatewayLink, type GatewayState, Gateways, unknownEpoch, WorkerHandle } from '../worker/index.js';

export interface ConnectOptions extends KeySource {
  /** Where the register is, `tcp://host:port`, or several of them. Default `tcp://127.0.0.1:1236`. */
  readonly register?: string | readonly string[];
  /** Instead of a register: the addresses at which all gateways let workers dial in. */
  readonly gateways?: readonly string[];
  /** What it shows and believes at addresses that begin with `tls://`. */
  readonly linkTls?: LinkTlsFiles;
  /** `pusher` (default) may do all that workers may; `reader` may only ask. */
  readonly role?: GuestRole;
  /** Milliseconds in which the gateways must have been found and linked. Default 10,000. */
  readonly wait?: number;
  /** Default: warnings and errors on stderr. */
  readonly logger?: Logger;
  readonly platform?: Platform;
}

/** What became of all that was sent since the last `flush`. */
export interface Flushed {
  /** `false`: some of it may not have reached a gateway. */
  readonly complete: boolean;
  /** Ids of those gateways. */
  readonly missing: readonly string[];
}

/** A connection to all gateways of a cluster; lost ones are linked again by themselves. */
export interface Connection {
  readonly id: string;
  /** All gateways that are known now. */
  readonly gateways: readonly GatewayState[];
  /**
   * Sends and questions, typed by a protocol.
   * @example connection.use(chat).sendToUid('ann', 'notice', { line: 'your parcel has come' })
   */
  use<T extends ProtocolTypes>(protocol: Protocol<T>): Cluster<T>;
  /**
   * Reads the keys again. Links that were made with one that is gone are closed, and made anew.
   * @throws FramegateError `FG_KEY`, `FG_DISK`; the old keys stay then.
   */
  reloadKeys(): Promise<void>;
  /** Resolves when the gateways have done all that was sent before. Never rejects. */
  flush(): Promise<Flushed>;
  /** Flushes, and ends the links: nothing is left that would keep the process alive. Never rejects. */
  close(): Promise<Flushed>;
}

const DEFAULT_REGISTER = 'tcp://127.0.0.1:1236';

/**
 * Links this program to all gateways.
 * @returns when all of them are linked, or after `wait` when at least one is: `gateways` says which are not.
 * @throws FramegateError `FG_ADDRESS`, `FG_CONFIG`, `FG_KEY`; `FG_UNREACHABLE` when no register or no gateway was reached
 * in time
 * @example const connection = await connect({ register: 'tcp://127.0.0.1:1236' });
 */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  const { role = 'pusher' } = options;
  const links = await linkNet(options.linkTls, options.platform ?? realPlatform());
  const { platform } = links;
  const { keys, reloadKeys } = await keptKeys(options, platform.disk, role, `A ${role}`);
  const program = new Program(options, platform, { keys, reloadKeys: links.with(reloadKeys) });
  await program.open();
  return program;
}

class Program implements Connection {
  readonly id: string;
  readonly reloadKeys: () => Promise<void>;
  readonly #platform: Platform;
  readonly #role: GuestRole;
  readonly #epoch: string;
  readonly #links: Gateways;
  readonly #wait: number;
  readonly #logger: Logger;
  readonly #protocols = new Map<string, Protocol>();
  readonly #where: string;
  readonly #registers: Registers | undefined;
  #look = (): void => {};
  #closing: Promise<Flushed> | undefined;

  constructor(options: ConnectOptions, platform: Platform, { keys, reloadKeys }: KeptKeys) {
    this.reloadKeys = reloadKeys;
    const logger = options.logger ?? stderrLogger('warn', { role: 'client' });
    this.#logger = logger;
    const { register = DEFAULT_REGISTER, gateways, role = 'pusher', wait = 10_000 } = options;
    if (gateways !== undefined && options.register !== undefined) {
      throw new FramegateError('FG_CONFIG', 'Give "register" or "gateways", not both');
    }
    if (gateways?.length === 0 || register.length === 0) {
      throw new FramegateError('FG_CONFIG', 'An empty list of addresses leads nowhere; leave it out for the default');
    }
    const fixed = gateways?.map(parseAddress);
    const registers = fixed === undefined ? [register].flat().map(parseAddress) : [];
    this.#platform = platform;
    this.#role = role;
    this.#wait = wait;
    this.#epoch = Buffer.from(platform.random.bytes(8)).toString('hex');
    this.id = `${role[0]}${this.#epoch.slice(0, 6)}`;
    this.#where = registers.map(formatAddress).join(', ');
    this.#links = new Gateways({
      platform,
      logger,
      id: this.id,
      keys,
      hello: () => this.#hello(),
      create: (owner, link, side) => new GatewayLink(owner, link, side),
      onReady: () => this.#look(),
      onLost: (peer, why) => {
        if (this.#closing === undefined) logger.warn(`Lost gateway ${peer.id} (${why}); trying again`);
      },
      onGone: () => {},
    });
    this.#links.started();
    if (role === 'reader') this.#links.refusal = () => new FramegateError('FG_FORBIDDEN', 'A reader may not send');
    if (fixed !== undefined) {
      this.#links.setView(fixed.map(link => ({ id: formatAddress(link), epoch: unknownEpoch(link), link })));
      return;
    }
    const onGateways: NonNullable<ConstructorParameters<typeof Registers>[0]['onGateways']> = (
      named,
      leaving,
      informed,
    ) => {
      const known = named.map(g => ({ id: g.id, epoch: g.epoch, link: parseAddress(g.link) }));
      this.#links.setView(known, leaving, informed);
      this.#look();
    };
    const self = { role: 'client' as const, id: this.id, epoch: this.#epoch, link: '' };
    this.#registers = new Registers({ platform, logger, registers, self, keys, guest: role, onGateways });
  }

  get gateways(): readonly GatewayState[] {
    return this.#links.states();
  }

  /** @throws FramegateError `FG_UNREACHABLE` */
  async open(): Promise<void> {
    const all = await new Promise<boolean>(resolve => {
      const timer = this.#platform.clock.setTimer(this.#wait, () => resolve(false));
      this.#look = () => {
        if (this.#isUnknown() || this.#links.missing().length > 0) return;
        timer.cancel();
        resolve(true);
      };
      this.#look();
    });
    this.#look = () => {};
    if (all || this.#links.links > 0) return;
    const known = this.gateways;
    await this.close();
    const within = `within ${this.#wait / 1000} s`;
    const reasons = known.length > 0 ? known.map(g => g.why) : (this.#registers?.troubles() ?? []);
    const code = reasons.some(isAboutKeys) ? 'FG_KEY' : 'FG_UNREACHABLE';
    if (known.length > 0) {
      const each = known.map(g => `${g.address} (${g.why || 'no answer'})`).join(', ');
      throw new FramegateError(code, `No gateway was reached ${within}: ${each}`);
    }
    const why = reasons.join(', ') || 'are gateways running, and is it the right address?';
    throw new FramegateError(code, `No register at ${this.#where} has named a gateway ${within}: ${why}`);
  }

  use<T extends ProtocolTypes>(protocol: Protocol<T>): Cluster<T> {
    this.#protocols.set(protocol.id, protocol as unknown as Protocol);
    for (const peer of this.#links.ready()) peer.compare();
    const table = new ProtocolTable(protocol as unknown as Protocol);
    return new WorkerHandle(this.#links, table) as unknown as Cluster<T>;
  }

  async flush(): Promise<Flushed> {
    const { missing } = await this.#links.ask(BARRIER, []);
    const all = [...new Set([...this.#links.takeMissed(), ...missing])];
    return { complete: all.length === 0, missing: all };
  }

  close(): Promise<Flushed> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<Flushed> {
    this.#links.refusal = () => new FramegateError('FG_CLOSED', 'The connection to the cluster is closed');
    this.#links.dialNoMore();
    const flushed = await this.flush();
    this.#registers?.stop();
    this.#links.close();
    this.#logger.flush?.();
    return flushed;
  }

  /** No register has said yet which gateways there are. */
  #isUnknown(): boolean {
    return this.#registers?.informed === false && this.#links.states().length === 0;
  }

  #hello(): Hello {
    const protocols = marksOf(this.#protocols.values());
    return { role: this.#role, id: this.id, epoch: this.#epoch, creditEvents: 0, creditBytes: 0, protocols };
  }
}
