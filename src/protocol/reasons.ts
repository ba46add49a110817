/** Why a connection ended: a closed set, the same in logs, in counters and in `onClose`. */

export const closeReasons = [
  'client-closed',
  'client-error',
  'server-closed',
  'auth-timeout',
  'auth-failed',
  'heartbeat-timeout',
  'idle-timeout',
  'no-worker',
  'slow-client',
  'bad-input',
  'too-many-clients',
  'shutdown',
  'gateway-lost',
  'replaced',
  'quarantined',
  'overloaded',
  'flood',
  'kicked',
] as const;

export type CloseReasonCode = (typeof closeReasons)[number];

/** What `onClose` is told. */
export interface CloseReason {
  readonly code: CloseReasonCode;
  /** A few words more, such as what `client.close('kicked')` said; may be empty. */
  readonly detail: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** `true`: it could not be established whether another worker has the client. */
  readonly uncertain: boolean;
  /** `true`: a worker has been told before, and it is not known whether its handler has settled. */
  readonly redelivered: boolean;
}
