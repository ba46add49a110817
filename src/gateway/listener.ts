/** One listening address of a gateway, with the protocol that is spoken there. */
import type { Address } from '../net/index.js';
import type { ProtocolTable } from '../protocol/index.js';
import type { ListenerLimits } from './limits.js';

export interface ListenerRuntime {
  /** The protocol's id. */
  readonly name: string;
  readonly table: ProtocolTable;
  readonly limits: Required<ListenerLimits>;
  readonly where: Address | { readonly fd: number };
  /** Clients connected now. */
  clients: number;
}
