/** A protocol with everything looked up beforehand that would otherwise be searched for with each message. */
import type { Answer, AuthPolicy, MessageCodec, Protocol } from '../codec/index.js';
import { FramegateError } from './errors.js';

export class ProtocolTable {
  readonly protocol: Protocol;
  readonly downByName: ReadonlyMap<string, MessageCodec>;
  readonly upByName: ReadonlyMap<string, MessageCodec>;
  /** The longest time that any login of this protocol grants; `Infinity` when nobody has to log in. */
  readonly authWithin: number;
  /** Nobody logs in, and the schema says that a client is who its remote address is. */
  readonly knownByPeer: boolean;
  /** What a client hears that talks before its login. */
  readonly early: Answer | undefined;
  /** Some messages of clients come in parts. */
  readonly inParts: boolean;
  /** Silence that ends a connection, by heartbeat rules; `Infinity` without a heartbeat. */
  readonly silence: number;

  constructor(protocol: Protocol) {
    this.protocol = protocol;
    this.downByName = new Map(protocol.down.map(m => [m.name, m]));
    this.upByName = new Map(protocol.up.map(m => [m.name, m]));
    const auths = protocol.up.map(m => m.auth).filter(a => a !== undefined) as AuthPolicy[];
    this.authWithin = protocol.login && auths.length > 0 ? Math.max(...auths.map(a => a.within)) : Infinity;
    this.knownByPeer = protocol.peerIdentity && !protocol.login;
    this.early = auths.find(a => a.early !== undefined)?.early;
    this.inParts = protocol.fragments !== undefined || protocol.up.some(m => m.fragments !== undefined);
    const beats = protocol.up.map(m => m.heartbeat).filter(h => h !== undefined);
    this.silence = beats.length === 0 ? Infinity : Math.max(...beats.map(h => h.every * h.miss));
  }

  /** @throws FramegateError `FG_UNKNOWN_MESSAGE` when the server sends no such message. */
  down(name: string): MessageCodec {
    const codec = this.downByName.get(name);
    if (codec !== undefined) return codec;
    const known = [...this.downByName.keys()].join(', ');
    throw new FramegateError(
      'FG_UNKNOWN_MESSAGE',
      `Protocol "${this.protocol.id}" has no message "${name}" that the server sends; it has ${known}`,
    );
  }
}

/** `say` -> `onSay`. */
export function handlerName(message: string): string {
  return `on${message.charAt(0).toUpperCase()}${message.slice(1)}`;
}
