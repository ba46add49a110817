/** A device of the simulation: it connects, says things with ascending numbers, checks what it hears, leaves, and comes again. */
import { ConnContext, type FrameSink, problemText, type Splitter, Writer } from '../../src/codec/index.js';
import type { SimConnection, SimProcess, SimRandom } from '../../src/testing/sim/index.js';
import type { Cluster, Place } from './cluster.js';
import { TOO_LATE } from './events.js';
import { GROUPS } from './gatherings.js';
import { story } from './generated/story/codec.js';
import type { Story } from './generated/story/types.js';
import { type Departure, type History, type Sent, Visit } from './history.js';
import { type Tome, wordsOf } from './tomes.js';

type Up = Story['up'];
type Message = { [K in keyof Up]: { readonly kind: K; readonly fields: Partial<Up[K]> } }[keyof Up];

/** `storm`: all sorts of things happen. `calm`: stay, and get what is still owed. `over`: leave. */
export type Phase = 'storm' | 'calm' | 'over';

/** Who may be whom: uids are shared, so that sends to one reach several. */
export const UIDS = ['ann', 'bob', 'cat'];
/** The uid that all take when the storm is over: nobody had it before. */
export const CALM = 'calm';
/** Uids that one connection has at a time. */
export const SINGLE = ['solo', 'sole'];
/** Tomes of one visit. */
const TOMES = 6;
/** The number of a message in a part of it that is not the last one. */
const LATER = 0xffff_ffff;

const BEAT = 5000;
/** How often a device looks around, in milliseconds. */
const LOOK = 100;

const byName = new Map(story.up.map(m => [m.name, m]));
const replyTo: { readonly [kind: string]: Sent['reply'] } = { note: 'noted', ask: 'answer', tome: 'shelved' };

export class Device {
  readonly name: string;
  readonly host: string;
  visit: Visit | undefined;
  readonly #cluster: Cluster;
  readonly #history: History;
  readonly #random: SimRandom;
  readonly #phase: () => Phase;
  #process: SimProcess;
  #lives = 0;
  #visits = 0;
  #connection: SimConnection | undefined;
  #context = new ConnContext();
  #splitter: Splitter | undefined;
  #open = false;
  #tomes = 0;
  /** It has begun to say these. */
  #begun: Tome[] = [];

  constructor(cluster: Cluster, index: number, phase: () => Phase) {
    this.name = `d${index}`;
    this.host = `127.0.3.${index}`;
    this.#cluster = cluster;
    this.#history = cluster.history;
    this.#random = cluster.world.random(`device ${index}`);
    this.#phase = phase;
    this.#process = this.#boot();
  }

  /** All it is owed has come. */
  get content(): boolean {
    const { visit } = this;
    if (visit === undefined || !this.#open || !visit.welcomed) return false;
    if ([...visit.parts.values()].some(({ replies }) => replies === 0)) return false;
    return visit.sent.every(({ reply }, i) => reply === undefined || visit.replies.has(i));
  }

  get process(): SimProcess {
    return this.#process;
  }

  async live(): Promise<void> {
    await this.#sleep(this.#random.integer(0, 2000));
    while (this.#phase() !== 'over') {
      await this.#visit(this.#random.pick(this.#cluster.gateways));
      await this.#sleep(this.#random.integer(50, 1500));
    }
  }

  async #visit(gateway: Place): Promise<void> {
    if (!this.#process.alive) this.#process = this.#boot();
    if (!(await this.#dial(gateway))) return;
    const visit = this.visit!;
    this.#beat(visit);
    this.send({ kind: 'hello', fields: { name: visit.name, uid: visit.uid } });
    if (this.#random.chance(0.3)) this.#burst(this.#random.integer(1, 10));
    if (!(await this.#until(() => visit.welcomed || !this.#open, 30_000))) this.#leave('broke off');
    const end = this.#cluster.world.now + this.#random.integer(500, 15_000);
    while (this.#open && this.#phase() === 'storm' && this.#cluster.world.now < end) {
      if (this.#random.chance(0.006)) this.#flood();
      else if (this.#random.chance(0.15)) this.#burst(this.#random.integer(10, 90));
      else this.#saySomething();
      if (this.#random.chance(0.03)) await this.#dawdle();
      else await this.#sleep(this.#random.integer(0, 600));
    }
    if (this.#open && this.#phase() === 'storm' && this.#random.chance(0.6)) {
      this.#leave(this.#random.pick(['left', 'left', 'broke off', 'vanished'] as const));
    }
    const { world } = this.#cluster;
    const isOver = (): boolean => !this.#open || this.#phase() === 'over';
    await this.#until(() => isOver() || world.now > this.#cluster.wholeSince, Number.POSITIVE_INFINITY);
    this.visit!.calmSince = world.now;
    this.send({ kind: 'rename', fields: { uid: CALM } });
    this.send({ kind: 'cast', fields: { group: this.#random.pick(GROUPS) } });
    this.send({ kind: 'shout', fields: {} });
    await this.#sleep(1500);
    this.send({ kind: 'tell', fields: { uid: CALM } });
    await this.#until(isOver, Number.POSITIVE_INFINITY);
    if (this.#open) this.#leave('left');
  }

  #boot(): SimProcess {
    return this.#cluster.world.process(`${this.name}.${++this.#lives}`, this.host);
  }

  async #dial(gateway: Place): Promise<boolean> {
    this.#open = false;
    this.#context = new ConnContext();
    this.#context.state = 'open';
    this.#splitter = story.splitter('down', this.#context);
    this.#tomes = 0;
    this.#begun = [];
    const name = `${this.name}.v${++this.#visits}`;
    let refused = false;
    let visit: Visit | undefined;
    const connection = this.#process.dial(this.#cluster.clientAddress(gateway), {
      opened: () => {
        this.#open = true;
      },
      data: (b, start, end) => {
        if (this.visit === visit) this.#splitter!.push(b, start, end, this.#sink);
      },
      ended: () => connection.end(),
      closed: () => {
        refused = true;
        if (visit !== undefined) visit.over ??= this.#cluster.world.now;
        if (this.visit === visit) this.#open = false;
        // Its system has given up what it had still to send.
        if (visit?.departure === 'left' && connection.dropped > 0) {
          visit.departure = 'broke off';
          this.#history.count('devices: gave up');
        }
      },
    });
    visit = new Visit(name, this.#random.pick(UIDS), connection.local, this.#cluster.world.now);
    this.visit = visit;
    this.#connection = connection;
    this.#history.visits.set(visit.remote, visit);
    await this.#until(() => this.#open || refused, 60_000);
    if (this.#open) this.#history.count('visits');
    return this.#open;
  }

  #beat(visit: Visit): void {
    this.#process.after(BEAT, () => {
      if (this.visit !== visit || !this.#open) return;
      this.send({ kind: 'ping', fields: {} });
      this.#beat(visit);
    });
  }

  /** Stops reading for a while, as a slow device does. */
  async #dawdle(): Promise<void> {
    this.#history.count('slow readers');
    this.#connection!.pause();
    for (let i = this.#random.integer(0, 8); i > 0; i--) {
      this.send({ kind: 'bulk', fields: { size: this.#random.integer(1, 30) } });
    }
    await this.#sleep(this.#random.integer(200, 12_000));
    this.#connection!.resume();
  }

  #leave(how: Departure): void {
    const visit = this.visit!;
    visit.departure = how;
    visit.over ??= this.#cluster.world.now;
    this.#open = false;
    this.#history.count(`devices: ${how}`);
    if (how === 'left') this.#connection!.end();
    else if (how === 'broke off') this.#connection!.destroy();
    else this.#process.die('vanish');
  }

  // What it says.

  /** More at once than a gateway holds for one client. */
  #flood(): void {
    this.#history.count('floods');
    const fill = new Uint8Array(4000);
    for (let i = this.#random.integer(50, 500); i > 0; i--) this.send({ kind: 'blob', fields: { work: i % 20, fill } });
  }

  #burst(count: number): void {
    for (let i = 0; i < count && this.#open; i++) this.#saySomething();
  }

  #saySomething(): void {
    const random = this.#random;
    const work = random.chance(0.3) ? random.integer(1, 80) : 0;
    const kind = random.integer(0, 34);
    if (kind < 7) this.send({ kind: 'note', fields: { work, fails: random.chance(0.05) } });
    else if (kind < 11) this.send({ kind: 'ask', fields: { work } });
    else if (kind < 12) this.send({ kind: 'tell', fields: { uid: random.pick(UIDS) } });
    else if (kind < 13) this.#join();
    else if (kind < 14) this.send({ kind: 'cast', fields: { group: random.pick([...GROUPS, 'nobody']) } });
    else if (kind < 16) this.send({ kind: 'bump', fields: {} });
    else if (kind < 17) this.send({ kind: 'query', fields: {} });
    else if (kind < 18) this.send({ kind: 'stale', fields: {} });
    else if (kind < 21) this.send({ kind: 'once', fields: { work } });
    else if (kind < 23) this.send({ kind: 'poll', fields: {} });
    else if (kind < 26) this.send({ kind: 'meddle', fields: { name: `d${random.integer(1, 3)}` } });
    else if (kind < 27) this.send({ kind: 'roam', fields: {} });
    else if (kind < 28) this.send({ kind: 'shout', fields: {} });
    else if (kind < 30) this.send({ kind: 'quiz', fields: {} });
    else if (kind < 34) this.#tome();
    else if (random.chance(0.6)) this.send({ kind: 'late', fields: { after: random.integer(1, 1500) } });
    else if (random.chance(0.36)) this.#dare();
    else if (random.chance(0.3) && !this.visit!.sent.some(s => s.kind === 'hang'))
      this.send({ kind: 'hang', fields: {} });
    else this.send({ kind: 'kick', fields: { uid: random.pick(UIDS) } });
  }

  #dare(): void {
    const random = this.#random;
    if (random.chance(0.5)) this.send({ kind: 'claim', fields: { uid: random.pick(SINGLE) } });
    else this.send({ kind: 'crash', fields: { again: random.chance(0.3) } });
  }

  #join(): void {
    const group = this.#random.pick(GROUPS);
    this.visit!.groups.add(group);
    this.send({ kind: 'join', fields: { group } });
  }

  /** Says one more part of something: in any order, other things in between, now and then twice; some are never whole. */
  #tome(): void {
    const random = this.#random;
    if (this.#begun.length === 0 || random.chance(0.3)) {
      if (this.#tomes === TOMES) return;
      const total = random.integer(1, 5);
      const left = Array.from({ length: total }, (_, i) => i + 1);
      for (let i = total - 1; i > 0; i--) {
        const j = random.integer(0, i);
        [left[i], left[j]] = [left[j]!, left[i]!];
      }
      this.#begun.push({ key: ++this.#tomes, total, left });
    }
    const tome = random.pick(this.#begun);
    const index = tome.left.length > 1 && random.chance(0.1) ? tome.left[0]! : tome.left.shift()!;
    this.#part(tome, index);
    if (tome.left.length === 0) this.#begun = this.#begun.filter(other => other !== tome);
  }

  #part({ key, total, left }: Tome, index: number): void {
    const { visit } = this;
    if (visit === undefined || !this.#open) return;
    const fields = { key, index, total, words: wordsOf(key, index) };
    const n = left.length === 0 ? visit.sent.length : undefined;
    const part = visit.parts.get(`${key}/${index}`) ?? { times: 0, replies: 0, n };
    part.times++;
    part.n = n;
    visit.parts.set(`${key}/${index}`, part);
    this.send({ kind: 'tome', fields: n === undefined ? { ...fields, n: LATER } : fields });
  }

  send({ kind, fields }: Message): void {
    const { visit } = this;
    if (visit === undefined || !this.#open) return;
    const w = new Writer(64);
    const n = visit.sent.length;
    byName.get(kind)!.write(w, { n, ...fields }, this.#context);
    this.#connection!.write(w.bytes.slice(0, w.length));
    const isLater = kind === 'tome' && (fields as Partial<Up['tome']>).n === LATER;
    if (kind === 'ping' || kind === 'checked' || isLater) return;
    const reply = kind === 'note' && (fields as Partial<Up['note']>).fails === true ? undefined : replyTo[kind];
    const isPoison = kind === 'crash' && (fields as Partial<Up['crash']>).again === true;
    visit.sent.push({
      kind: isPoison ? 'poison' : kind,
      reply,
    });
  }

  // What it hears.

  readonly #sink: FrameSink = {
    frame: (b, start, end) => {
      const decoded = story.decode('down', b, start, end, this.#context);
      if (decoded === undefined) {
        this.#history.violate('bytes', `${this.visit!.name} got a frame that nobody can read: ${problemText()}`);
        return true;
      }
      this.#hear(decoded.name, decoded.value);
      return true;
    },
    skipped: code => this.#history.violate('bytes', `${this.visit!.name} got bytes that are no frame: ${code}`),
  };

  #hear(kind: string, value: { [field: string]: unknown }): void {
    const visit = this.visit!;
    const { name, n, send, binding } = value as { name?: string; n: number; send?: number; binding: number };
    this.#history.count(`heard: ${kind}`);
    if (name !== undefined && name !== visit.name) {
      this.#history.violate('stranger', `${visit.name} got a "${kind}" that is for ${name}`);
    }
    if (kind === 'welcome') {
      if (visit.welcomed) this.#history.violate('replies', `${visit.name} was welcomed twice`);
      visit.welcomed = true;
    } else if (kind === 'noted' || kind === 'answer') {
      const count = (visit.replies.get(n) ?? 0) + 1;
      visit.replies.set(n, count);
      if (count > 1) this.#history.violate('replies', `${visit.name} got ${count} replies to message ${n}`);
      if (visit.sent[n]?.reply !== kind)
        this.#history.violate('replies', `${visit.name} got "${kind}" for message ${n}`);
    } else if (kind === 'shelved') {
      this.#shelved(value as { key: number; index: number });
    } else if (kind === 'said' && (value.fill as Uint8Array).length === TOO_LATE) {
      this.#history.violate('timeouts', `${visit.name} hears of message ${n}, whose handler was past its time`);
    } else if (kind === 'said' && binding > 0) {
      if (binding < visit.lastBinding) {
        this.#history.violate('fencing', `${visit.name} hears binding ${binding} after ${visit.lastBinding}`);
      }
      visit.lastBinding = binding;
    } else if (kind === 'check') {
      this.#answer((value as { q: number }).q);
    } else if (send !== undefined) {
      this.#among(kind, send);
    }
  }

  /** Of each part one reply for each time that it was sent. */
  #shelved({ key, index }: { readonly key: number; readonly index: number }): void {
    const visit = this.visit!;
    const part = visit.parts.get(`${key}/${index}`);
    const replies = part === undefined ? 1 : ++part.replies;
    if (replies > (part?.times ?? 0)) {
      this.#history.violate('replies', `${visit.name} got ${replies} replies to part ${index} of tome ${key}`);
    }
    if (part?.n !== undefined && replies === part.times) visit.replies.set(part.n, 1);
  }

  /** Something that was sent to many: it must be among those. */
  #among(kind: string, send: number): void {
    const visit = this.visit!;
    const { names, without, to } = this.#history.sendings.get(send)!;
    if (visit.heard.has(send)) this.#history.violate('twice', `${visit.name} got send ${send} to many twice`);
    visit.heard.add(send);
    const uid = visit.calmSince < this.#cluster.world.now ? CALM : visit.uid;
    const isMeant = {
      uid: names.includes(visit.uid) || names.includes(uid),
      group: names.some(g => visit.groups.has(g)),
      all: visit.welcomed,
    };
    if (isMeant[to] && without !== visit) return;
    const where = without === visit ? ', who was left out' : '';
    this.#history.violate('stranger', `${visit.name} got a "${kind}" for ${to} ${names.join(', ')}${where}`);
  }

  /** Devices answer at once, twice, late, or not at all. */
  #answer(q: number): void {
    const { visit } = this;
    const answer = (): void => {
      if (this.visit === visit) this.send({ kind: 'checked', fields: { q, name: visit!.name } });
    };
    if (this.#random.chance(0.1)) return;
    if (this.#random.chance(0.1)) answer();
    if (this.#random.chance(0.2)) this.#process.after(this.#random.integer(100, 6000), answer);
    else answer();
  }

  // Time.

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#cluster.world.after(ms, resolve);
    });
  }

  async #until(condition: () => boolean, ms: number): Promise<boolean> {
    const { world } = this.#cluster;
    for (const deadline = world.now + ms; !condition(); await this.#sleep(LOOK)) {
      if (world.now >= deadline) return false;
    }
    return true;
  }
}
