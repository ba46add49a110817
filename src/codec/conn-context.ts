/** What a protocol remembers about one connection between frames. Lives in the connection's gateway. */

/** `new`: not logged in. `pending`: a login is being judged. `open`: logged in, or the protocol needs no login. */
export type ConnState = 'new' | 'pending' | 'open';

export class ConnContext {
  state: ConnState = 'new';
  /** The last number that `role: serial` gave out; the next is one more, wrapping at the field's width. */
  serial = 0;
  /** What `role: identity` of the last frame said. */
  identity: string | undefined = undefined;

  /** The next serial number of a counter that wraps behind `max`; 1 is the first. */
  nextSerial(max: number): number {
    this.serial = this.serial >= max ? 0 : this.serial + 1;
    return this.serial;
  }
}
