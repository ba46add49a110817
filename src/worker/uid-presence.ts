/**
 * Which uids are online, of those that the gateways tell this worker of, and who is said to come and go. "Offline" is said
 * only when every gateway has said that nobody of the uid is left.
 */
import { calls, presenceKinds } from '../link/index.js';
import type { Gateways } from './gateways.js';
import { askEach } from './questions.js';

export class UidPresence {
  readonly #gateways: Gateways;
  readonly #say: (uid: string, online: boolean) => void;
  readonly #online = new Set<string>();
  /** Uids that may be gone, to be asked about together. */
  #doubtful = new Set<string>();
  #asking = false;

  /** @param say called for each uid in turns: online, offline, online ... */
  constructor(gateways: Gateways, say: (uid: string, online: boolean) => void) {
    this.#gateways = gateways;
    this.#say = say;
  }

  /** A gateway has told something. */
  told(kind: number, uid: string): void {
    const known = this.#online.has(uid);
    switch (kind) {
      case presenceKinds.came:
        // What its gateway may have answered before is out of date.
        if (known && this.#asking) this.#doubtful.add(uid);
        if (known) return;
        this.#online.add(uid);
        this.#say(uid, true);
        return;
      case presenceKinds.left:
        if (known) this.#doubt(uid);
        return;
      case presenceKinds.adopt:
        this.#online.add(uid);
        return;
      case presenceKinds.release:
        this.#online.delete(uid);
        return;
    }
  }

  /** A gateway was linked or is gone: who was there may have left. */
  recheck(): void {
    for (const uid of this.#online) this.#doubt(uid);
  }

  #doubt(uid: string): void {
    this.#doubtful.add(uid);
    if (this.#asking) return;
    this.#asking = true;
    const done = (): void => {
      this.#asking = false;
    };
    // Behind whatever else this turn brings.
    Promise.resolve()
      .then(() => this.#ask())
      .then(done, done);
  }

  async #ask(): Promise<void> {
    while (this.#doubtful.size > 0) {
      const uids = [...this.#doubtful];
      this.#doubtful = new Set();
      const { answers, complete } = await this.#gateways.gather(peer => askEach(peer, uids, calls.isUidOnline));
      // Who is at a gateway that is silent is asked about again when it is linked, or gone.
      if (!complete) continue;
      for (const uid of uids) {
        if (this.#doubtful.has(uid) || !this.#online.has(uid)) continue;
        if (answers.some(answer => answer.get(uid) === true)) continue;
        this.#online.delete(uid);
        this.#say(uid, false);
      }
    }
  }
}
