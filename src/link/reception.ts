/**
 * Where strangers wait until they have shown who they are: few at a time and not for long, so that whoever opens connections by
 * the thousand, says nothing or says nonsense takes nothing from those who belong here.
 */
import type { Platform, Timer } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import type { Hello, LinkRole } from './hello.js';
import { Introduction, type Side } from './introduction.js';
import type { KeyRing } from './keys.js';
import type { Link } from './link.js';

export interface ReceptionOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  /** What comes in, for the log: `a link`. */
  readonly what: string;
  readonly wanted: readonly LinkRole[];
  readonly keys: KeyRing;
  own(): Hello;
  /** Must attach a handler to the link. */
  met(link: Link, peer: Hello): void;
}

/** Handshakes at the same time. */
export const MOST_STRANGERS = 64;
/** Refusals that are told one by one, in so many milliseconds; the others are counted. */
const TOLD = 20;
const TOLD_WITHIN = 10_000;

export class Reception {
  readonly #options: ReceptionOptions;
  /** Since the first of them, in order of arrival. */
  readonly #strangers = new Set<Introduction>();
  #closed = false;
  #told = 0;
  #untold = 0;
  #timer: Timer | undefined;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  admit(link: Link, side: Side = 'accepted'): void {
    const { platform, wanted, keys, own, met } = this.#options;
    const stranger: Introduction = new Introduction(link, {
      platform,
      side,
      wanted,
      keys,
      own,
      met: peer => {
        this.#strangers.delete(stranger);
        met(link, peer);
      },
      failed: why => {
        this.#strangers.delete(stranger);
        this.#refused(link.peer, why);
      },
    });
    this.#strangers.add(stranger);
    if (this.#strangers.size > MOST_STRANGERS) this.#crowded().destroy('too many handshakes at once');
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const { link } of this.#strangers) link.destroy('closed');
  }

  /** The oldest of the address that has the most: whoever makes the crowd makes room. */
  #crowded(): Link {
    const byHost = new Map<string, Link[]>();
    for (const { link } of this.#strangers) {
      const host = link.peer.slice(0, Math.max(0, link.peer.lastIndexOf(':')));
      const links = byHost.get(host);
      if (links === undefined) byHost.set(host, [link]);
      else links.push(link);
    }
    let most: Link[] = [];
    for (const links of byHost.values()) if (links.length > most.length) most = links;
    return most[0]!;
  }

  #refused(peer: string, why: string): void {
    if (this.#closed) return;
    const { logger, what, platform } = this.#options;
    this.#timer ??= platform.clock.setTimer(TOLD_WITHIN, () => {
      if (this.#untold > 0) logger.warn(`Refused ${what} ${this.#untold} more times in ${TOLD_WITHIN / 1000} s`);
      this.#timer = undefined;
      this.#told = 0;
      this.#untold = 0;
    });
    if (++this.#told > TOLD) this.#untold++;
    else
      logger.warn(`Refused ${what} from ${peer === '' ? 'somebody who has gone' : peer}: ${why}`, {
        peer,
        reason: why,
      });
  }
}
