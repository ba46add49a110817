/** An event that waits for its client's handler, with bytes of its own. */
import type { CloseReason } from '../protocol/index.js';

export interface QueuedEvent {
  readonly kind: number;
  readonly seq: number;
  readonly flags: number;
  readonly index: number;
  readonly received: number;
  readonly bytes: Uint8Array;
  /** Of a close that the worker itself has established. */
  readonly reason: CloseReason | undefined;
}
