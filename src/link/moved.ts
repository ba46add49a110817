/** Workers of which a gateway tells it; the latest. */
export const MOVED_MOST = 64;

/** What a gateway tells the registers of a worker that it has lost, and whose clients it has given to others. */
export interface Moved {
  /** Boot epoch of the worker. */
  readonly worker: string;
  /** Its clients had binding epochs up to this one. */
  readonly upTo: number;
}
