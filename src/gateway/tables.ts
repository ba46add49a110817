/** Who is who: clients by id, by uid and by group. A client stands in the tables from accept until it is closed. */
import type { GatewayClient } from './client.js';
import type { Stamps } from './stamps.js';

export class Tables {
  readonly #stamps: Stamps;
  readonly byId = new Map<string, GatewayClient>();
  readonly byUid = new Map<string, GatewayClient[]>();
  readonly byGroup = new Map<string, Set<GatewayClient>>();

  /** Told when the first client of a uid comes here, and when the last one goes. */
  onPresence: ((uid: string, online: boolean) => void) | undefined = undefined;

  constructor(stamps: Stamps) {
    this.#stamps = stamps;
  }

  bindUid(client: GatewayClient, uid: string): void {
    if (client.uid === uid) return;
    this.unbindUid(client);
    client.uid = uid;
    client.boundAt = this.#stamps.next();
    const list = this.byUid.get(uid);
    if (list !== undefined) {
      list.push(client);
      return;
    }
    this.byUid.set(uid, [client]);
    this.onPresence?.(uid, true);
  }

  unbindUid(client: GatewayClient): void {
    const uid = client.uid;
    if (uid === undefined) return;
    client.uid = undefined;
    const list = this.byUid.get(uid);
    if (list === undefined) return;
    const at = list.indexOf(client);
    if (at >= 0) list.splice(at, 1);
    if (list.length > 0) return;
    this.byUid.delete(uid);
    this.onPresence?.(uid, false);
  }

  join(client: GatewayClient, group: string): void {
    let members = this.byGroup.get(group);
    if (members === undefined) {
      members = new Set();
      this.byGroup.set(group, members);
    }
    members.add(client);
    client.groups ??= new Set();
    client.groups.add(group);
  }

  leave(client: GatewayClient, group: string): void {
    client.groups?.delete(group);
    const members = this.byGroup.get(group);
    if (members === undefined) return;
    members.delete(client);
    if (members.size === 0) this.byGroup.delete(group);
  }

  /** Dissolves a group. @returns how many clients were in it. */
  ungroup(group: string): number {
    const members = this.byGroup.get(group);
    if (members === undefined) return 0;
    this.byGroup.delete(group);
    for (const client of members) client.groups?.delete(group);
    return members.size;
  }

  /** Takes the client out of all tables; its uid stays readable for the close event. */
  remove(client: GatewayClient): void {
    const uid = client.uid;
    this.unbindUid(client);
    client.uid = uid;
    if (client.groups !== undefined) for (const group of [...client.groups]) this.leave(client, group);
    client.groups = undefined;
    this.byId.delete(client.id);
  }
}
