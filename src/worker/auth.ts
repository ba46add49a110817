/** What the handler of an auth message returns. */
import type { CloseOptions } from './cluster.js';

/** A login that is accepted. */
export class Accepted<F = object> {
  readonly accepted = true;
  readonly fields: F;
  readonly uid: string | undefined;
  readonly single: boolean | CloseOptions;

  constructor(fields: F, uid: string | undefined, single: boolean | CloseOptions) {
    this.fields = fields;
    this.uid = uid;
    this.single = single;
  }
}

/** A login that is refused. Its fields have another name, so that the compiler tells the fields of the two apart. */
export class Refused<F = object> {
  readonly accepted = false;
  readonly refusal: F;

  constructor(refusal: F) {
    this.refusal = refusal;
  }
}

export interface AcceptOptions {
  /** The uid to bind, instead of the identity that the login claims. */
  readonly uid?: string;
  /** Closes the older connections of the uid: see `BindOptions`. */
  readonly single?: boolean | CloseOptions;
}

type Nothing = Record<never, never>;

/**
 * Accepts a login: the client is open from now on, its uid is bound, and it gets the protocol's `ok` message.
 * @param fields of the `ok` message, where it has any that do not follow from the login.
 * @example return accept({ name: message.name })
 */
export function accept(): Accepted<Nothing>;
export function accept<F extends object>(fields: F, options?: AcceptOptions): Accepted<F>;
export function accept(fields: object = {}, options: AcceptOptions = {}): Accepted {
  return new Accepted(fields, options.uid, options.single ?? false);
}

/**
 * Refuses a login: the client gets the protocol's `fail` message and may try again while tries are left.
 * @example return refuse({ reason: 'wrong password' })
 */
export function refuse(): Refused<Nothing>;
export function refuse<F extends object>(fields: F): Refused<F>;
export function refuse(fields: object = {}): Refused {
  return new Refused(fields);
}
