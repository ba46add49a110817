/**
 * Who comes and goes, for workers that want to know: each uid has one worker that is told, chosen by hash, so that all
 * gateways tell the same one. When workers come and go, the uids that get another one are handed over in silence.
 */
import { presenceKinds } from '../link/index.js';
import { hashOf } from '../protocol/index.js';
import type { Tables } from './tables.js';

/** A worker that wants to know. */
export interface Watcher {
  readonly id: string;
  presence(kind: number, uid: string): void;
}

export class Presence {
  readonly #tables: Tables;
  #watchers: readonly Watcher[] = [];

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  add(watcher: Watcher): void {
    this.#change([...this.#watchers, watcher]);
  }

  remove(watcher: Watcher): void {
    if (this.#watchers.includes(watcher)) this.#change(this.#watchers.filter(w => w !== watcher));
  }

  #change(next: readonly Watcher[]): void {
    const before = this.#watchers;
    this.#watchers = next;
    for (const uid of this.#tables.byUid.keys()) {
      const [from, to] = [chosen(before, uid), chosen(next, uid)];
      if (from === to) continue;
      if (from !== undefined && next.includes(from)) from.presence(presenceKinds.release, uid);
      to?.presence(presenceKinds.adopt, uid);
    }
    // Costs nothing where nobody watches.
    this.#tables.onPresence = next.length === 0 ? undefined : this.#told;
  }

  readonly #told = (uid: string, online: boolean): void => {
    chosen(this.#watchers, uid)?.presence(online ? presenceKinds.came : presenceKinds.left, uid);
  };
}

/** The watcher with the highest hash for the uid. */
function chosen(watchers: readonly Watcher[], uid: string): Watcher | undefined {
  let best: Watcher | undefined;
  let most = -1;
  for (const watcher of watchers) {
    const hash = hashOf(watcher.id, uid);
    if (hash < most || (hash === most && watcher.id < best!.id)) continue;
    most = hash;
    best = watcher;
  }
  return best;
}
