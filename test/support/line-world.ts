/** A line protocol served on a simulated network and clock, and callers who say whatever they like. */
import type { Test } from 'tap';
import { defineApp, type Events, type GatewaySettings, type ListenerConfig, startAll } from '../../src/index.js';
import { type ConnectionHandler, parseAddress } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { type Line, type LineOptions, lineProtocol } from './line-protocol.js';
import { MemoryLogger } from './memory-logger.js';

export class Caller implements ConnectionHandler {
  text = '';
  isClosed = false;

  data(b: Uint8Array, start: number, end: number): void {
    this.text += Buffer.from(b.subarray(start, end)).toString('latin1');
  }

  ended(): void {
    this.isClosed = true;
  }

  closed(): void {
    this.isClosed = true;
  }

  /** How often it has heard this. */
  count(text: string): number {
    return this.text.split(text).length - 1;
  }
}

export interface Serving {
  readonly limits?: ListenerConfig['limits'];
  readonly gateway?: GatewaySettings;
  readonly events?: Events<Line>;
  readonly protocol?: LineOptions;
  readonly room?: number;
}

export async function serveLines(t: Test, { limits = {}, gateway = {}, events = {}, protocol, room }: Serving = {}) {
  const weather = { latency: [0, 2] as const, shreds: 0, ...(room !== undefined && { room }) };
  const world = new World({ seed: 3, weather });
  const server = world.process('server');
  const logger = new MemoryLogger();
  const listener = { listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(protocol ?? { login: false }), limits };
  const app = defineApp({ listeners: [{ ...listener, events: async () => events }], gateway });
  world.play();
  const running = await startAll(app, { platform: server.platform, logger });
  t.teardown(() => world.halt());
  let count = 0;
  const call = (text = '', host = '198.51.100.7') => {
    const caller = new Caller();
    const process = world.process(`caller ${++count}`, host);
    const connection = process.dial(parseAddress(running.listening[0]!.address), caller);
    const say = (words: string): void => connection.write(Buffer.from(words, 'latin1'));
    if (text !== '') world.after(5, () => say(text));
    return { caller, connection, say };
  };
  return { world, gateway: running.gateway!, running, logger, call };
}
