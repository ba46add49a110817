/** Handlers that ask clients something and wait for the answer. */
import { LATE_FOR, REQUESTS } from '../../src/gateway/limits.js';
import type { Story } from './generated/story/types.js';
import type { Visit } from './history.js';
import type { Notes, StoryClient } from './notes.js';

/** Visits that are asked by their ids: some are over. */
const RECENT = 12;

export class Asking {
  readonly #notes: Notes;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  async askSeveral(client: StoryClient): Promise<void> {
    await Promise.all(Array.from({ length: this.#notes.random.integer(1, 4) }, () => this.#ask(client)));
  }

  /** Any worker may ask any client, also one that another has, or that nobody has any more. */
  async askAnother({ worker }: StoryClient): Promise<void> {
    const { random, history, kept } = this.#notes;
    if (random.chance(0.3)) {
      await this.#ask(random.pick(kept));
      return;
    }
    const [id, visit] = random.pick([...history.byClientId].slice(-RECENT));
    await this.#answered(visit, q => worker.request(id, 'check', { q, name: visit.name }));
  }

  async #ask(client: StoryClient): Promise<void> {
    const visit = this.#notes.visitOf(client);
    await this.#answered(visit, q => client.request('check', { q, name: visit.name }));
  }

  /** The answer is that to this request, and by this client. */
  async #answered(visit: Visit, ask: (q: number) => Promise<Story['up']['checked']>): Promise<void> {
    const { history } = this.#notes;
    const { name } = visit;
    const q = history.nextSend();
    visit.asked.set(q, history.world.now);
    try {
      const answer = await ask(q);
      history.count('requests, answered');
      if (answer.q === q && answer.name === name) return;
      history.violate('requests', `${name} was asked ${q}, and the answer is ${answer.q} by ${answer.name}`);
    } catch (error) {
      const { code = 'none' } = error as { code?: string };
      history.count(`requests, ${code}`);
      if (!['FG_TIMEOUT', 'FG_CLOSED', 'FG_UNREACHABLE', 'FG_BACKPRESSURE', 'FG_BUSY'].includes(code)) throw error;
    }
  }

  /** What answers a request, in time or not, is no event for a while, whoever has asked. */
  unasked(client: StoryClient, q: number): void {
    const { history } = this.#notes;
    const visit = this.#notes.visitOf(client);
    history.count('answers that are events');
    const at = visit.asked.get(q);
    const since = history.world.now - LATE_FOR;
    const lately = [...visit.asked.values()].filter(time => time >= since - LATE_FOR).length;
    if (at !== undefined && (at < since || lately >= REQUESTS)) return;
    history.violate('requests', `the answer of ${visit.name} to request ${q} comes as an event`);
  }
}
