/**
 * The runtime, broken on purpose: each entry changes one place of the compiled code, and names the rule that the checker must
 * then find violated. A simulation that misses one of them is not worth its time.
 */
import { register } from 'node:module';
import type { Rule } from './rules.js';

export interface Breakage {
  /** Compiled file below `src/`. */
  readonly file: string;
  readonly find: string | RegExp;
  readonly replace: string;
  /** What it violates. */
  readonly rule: Rule;
  /** The first seed that finds it, or found it when that was last looked at: where the search begins. Default 1. */
  readonly from?: number;
}

export const breakages: Readonly<Record<string, Breakage>> = {
  'drop the acknowledgement of a close': {
    file: 'worker/dispatcher.js',
    find: "if (peer.stage !== 'ready')",
    replace: "if (peer.stage !== 'ready' || event.kind === eventKinds.close)",
    rule: 'memory',
  },
  'acknowledge before the handler has settled': {
    file: 'worker/dispatcher.js',
    find: 'const waiting = this.watch.add(event);',
    replace: 'const waiting = this.watch.add(event); client.peer.settle(client, event.seq, 0);',
    from: 15,
    rule: 'recovery',
  },
  'forget fencing': {
    file: 'gateway/worker-peer.js',
    find: 'client.epoch === epoch && client.peer === this',
    replace: 'true',
    from: 53,
    rule: 'fencing',
  },
  'use client ids again': {
    file: 'gateway/gateway.js',
    find: "Buffer.from(this.platform.random.bytes(12)).toString('base64url')",
    replace: "String(this.#freeSlots.at(-1) ?? this.clients.length).padStart(16, '0')",
    from: 15,
    rule: 'stranger',
  },
  'skip a replay': {
    file: 'gateway/backlog.js',
    find: /(rewind\([^)]*\) \{)/,
    replace: '$1 this.head = this.next; return 0;',
    from: 3,
    rule: 'recovery',
  },
  'do not mark what is delivered again': {
    file: 'worker/dispatcher.js',
    find: '(flags & eventFlags.redelivered) !== 0',
    replace: 'false',
    rule: 'redelivery',
  },
  'deliver again what is to be delivered once': {
    file: 'gateway/upstream.js',
    find: 'rewind(eventFlags.redelivered, eventFlags.once)',
    replace: 'rewind(eventFlags.redelivered, 0)',
    rule: 'at-most-once',
  },
  'reply again to what is delivered again': {
    file: 'gateway/downstream.js',
    find: 'seq <= client.replied',
    replace: 'false',
    from: 9,
    rule: 'replies',
  },
  'let a message overtake an asynchronous handler': {
    file: 'worker/dispatcher.js',
    find: 'isFree && client.queue === undefined && !again && !this.#isolation.on',
    replace: 'true',
    from: 2,
    rule: 'order',
  },
  'pass a part of an answer off as the whole': {
    file: 'worker/gateways.js',
    find: 'missing.push(dialled.gateway.id)',
    replace: 'void 0',
    from: 5,
    rule: 'queries',
  },
  'write without comparing': {
    file: 'gateway/session.js',
    find: 'expected !== undefined && expected !== before',
    replace: 'false',
    from: 3,
    rule: 'sessions',
  },
  'leave the session behind when a client moves': {
    file: 'gateway/worker-peer.js',
    find: 'client.session ?? {}',
    replace: '{}',
    from: 3,
    rule: 'sessions',
  },
  'never say that a gateway is lost': {
    file: 'worker/core.js',
    find: 'if (!client.closed)',
    replace: 'if (false)',
    rule: 'close',
  },
  'say at once that a gateway is lost': {
    file: 'worker/core.js',
    find: 'this.#orphans.add(peer, met);',
    replace: 'this.#orphans.add(peer, met); this.#gatewayLost(met, false);',
    rule: 'close',
  },
  'read on whatever piles up': {
    file: 'gateway/client.js',
    find: 'return this.#holds(WINDOW_EVENTS, WINDOW_BYTES);',
    replace: 'return false;',
    from: 6,
    rule: 'memory',
  },
  'give a message to many twice to one': {
    file: 'gateway/downstream.js',
    find: /this\.#give\(client, from, to, flags\);/,
    replace: 'this.#give(client, from, to, flags); this.#give(client, from, to, flags);',
    rule: 'twice',
  },
  'send what was sent early to a gateway that has it': {
    file: 'worker/gateways.js',
    find: 'this.#given.get(peer.epoch)',
    replace: '0',
    from: 3,
    rule: 'twice',
  },
  'never give a message up': {
    file: 'gateway/suspects.js',
    find: 'suspicion.deaths >= DEATHS',
    replace: 'false',
    from: 6,
    rule: 'poison',
  },
  'blame whatever a dead worker had first': {
    file: 'gateway/suspects.js',
    find: /if \(suspicion\.started\)\s+suspicion\.deaths\+\+/,
    replace: 'suspicion.deaths++',
    rule: 'poison',
  },
  'forget what was said by who has left': {
    file: 'gateway/upstream.js',
    find: 'const forgotten = backlog.rewind(eventFlags.redelivered, eventFlags.once);',
    replace: `let forgotten = backlog.rewind(eventFlags.redelivered, eventFlags.once);
      for (; client.closeSeq > 0 && backlog.seqAt(backlog.head) < client.closeSeq; forgotten++) backlog.dropFirst();`,
    from: 6,
    rule: 'lost',
  },
  'drop close events when no worker is there in time': {
    file: 'gateway/upstream.js',
    find: /client\.epoch > 0 && this\.owed\.take/,
    replace: 'client.epoch < 0 && this.owed.take',
    from: 10,
    rule: 'close',
  },
  'cut the first byte of a large write': {
    file: 'gateway/client.js',
    find: 'this.connection.write(bytes);',
    replace: 'this.connection.write(bytes.length > 1000 ? bytes.subarray(1) : bytes);',
    from: 5,
    rule: 'bytes',
  },
  'let a handler speak that is past its time': {
    file: 'worker/dispatcher.js',
    find: 'this.#goOn(event.retire());',
    replace: 'event.client.current = undefined; this.#goOn(event.client);',
    from: 17,
    rule: 'timeouts',
  },
  'cry out about what is usual': {
    file: 'gateway/upstream.js',
    find: 'logger.warn(`Lost worker',
    replace: 'logger.error(`Lost worker',
    rule: 'errors',
  },
  'listen twice': {
    file: 'app/roles.js',
    find: /await gateway\.listen\(\);\s+const listening = listeningOf\(gateway\);\s+const link = /,
    replace: 'await gateway.listen(); await gateway.listen(); const listening = listeningOf(gateway); const link = ',
    rule: 'start',
  },
  'let whoever has no key link': {
    file: 'link/introduction.js',
    find: "throw new Refusal('keyMissing');",
    replace: "{ if (side === 'accepted') this.#say([]); this.#met(); return; }",
    from: 47,
    rule: 'keys',
  },
  'let older logins live': {
    file: 'gateway/logins.js',
    find: 'client.boundAt < stamp ||',
    replace: 'false ||',
    from: 32,
    rule: 'single',
  },
  'say nothing of who has gone': {
    file: 'worker/uid-presence.js',
    find: /case presenceKinds\.left:/,
    replace: 'case presenceKinds.left: return;',
    rule: 'presence',
  },
  'forget what has just been written': {
    file: 'worker/session.js',
    find: 'state.version >= this.#confirmed.version',
    replace: 'false',
    rule: 'read-your-writes',
  },
  'take any answer for the one that is awaited': {
    file: 'gateway/requests.js',
    find: 'isSame(told(answer, field), value)',
    replace: 'true',
    rule: 'requests',
  },

  // Several at a time.
  'begin more at a time than may be': {
    file: 'worker/lanes.js',
    find: 'barrier ? 1 : this.#most',
    replace: 'barrier ? 1 : 2 * this.#most',
    from: 2,
    rule: 'order',
  },
  'begin others beside what is delivered again': {
    file: 'worker/lanes.js',
    find: '|| (flags & (eventFlags.redelivered | eventFlags.alone)) !== 0',
    replace: '',
    from: 3,
    rule: 'order',
  },
  'close a client beside its messages': {
    file: 'worker/lanes.js',
    find: /if \(kind !== eventKinds\.message/,
    replace: 'if (kind !== eventKinds.message) return false; if (false',
    from: 12,
    rule: 'close',
  },
  'acknowledge up to the last that has begun': {
    file: 'worker/lanes.js',
    find: 'oldest === undefined ? this.#last : oldest.seq - 1',
    replace: 'this.#last',
    from: 65,
    rule: 'lost',
  },
  'forget the oldest when a younger one is settled': {
    file: 'gateway/backlog.js',
    find: /settle\(seq\) \{/,
    replace: 'settle(seq) { seq = this.seqAt(this.head);',
    from: 3,
    rule: 'order',
  },
  'forget what was replied to out of order': {
    file: 'gateway/downstream.js',
    find: 'client.backlog?.flag(seq, eventFlags.replied);',
    replace: 'void 0;',
    from: 35,
    rule: 'replies',
  },

  // In parts.
  'hand on a message of which a part is missing': {
    file: 'gateway/fragments.js',
    find: 'message.parts.size < message.total',
    replace: 'message.parts.size < message.total - 1',
    rule: 'parts',
  },
  'join parts as they come': {
    file: 'gateway/fragments.js',
    find: '.sort(([a], [b]) => a - b)',
    replace: '',
    rule: 'parts',
  },
  'forget what came in parts when it is delivered again': {
    file: 'gateway/backlog.js',
    find: 'b[at + 9] |= flag;',
    replace: 'b[at + 9] = flag;',
    from: 6,
    rule: 'lost',
  },
  'keep the parts of who is gone': {
    file: 'gateway/buffers.js',
    find: 'client.fragments?.clear();',
    replace: '',
    from: 2,
    rule: 'memory',
  },

  // To many.
  'forget the groups of who gets another worker': {
    file: 'gateway/upstream.js',
    find: 'peer.bind(client);',
    replace:
      'for (const group of [...(client.groups ?? [])]) this.#gateway.tables.leave(client, group); peer.bind(client);',
    from: 9,
    rule: 'reach',
  },
  'send to the first gateway alone': {
    file: 'worker/gateways.js',
    find: /for \(const peer of this\.#ready\.values\(\)\)\s+writeSend/,
    replace: 'for (const peer of [...this.#ready.values()].slice(0, 1)) writeSend',
    rule: 'reach',
  },
  'send to those who were left out': {
    file: 'gateway/downstream.js',
    find: /if \(client !== undefined\)\s+client\.mark = mark;/,
    replace: '',
    rule: 'stranger',
  },
  'say to who has not logged in what is said to all': {
    file: 'gateway/downstream.js',
    find: "client.context.state === 'open' ||",
    replace: 'true ||',
    from: 2,
    rule: 'stranger',
  },
  'take no answer for a no': {
    file: 'worker/handle.js',
    find: /if \(complete\)\s+return false;/,
    replace: 'return false;',
    from: 16,
    rule: 'queries',
  },
  'take late answers for messages': {
    file: 'gateway/requests.js',
    find: /if \(late < 0\)/,
    replace: 'if (true)',
    from: 2,
    rule: 'requests',
  },

  // What befalls links, registers, disks and slow readers.
  'never notice silence': {
    file: 'link/pulse.js',
    find: 'missed + 1 >= MISSED',
    replace: 'false',
    from: 2,
    rule: 'recovery',
  },
  'break a link that is quiet for a moment': {
    file: 'link/pulse.js',
    find: 'missed + 1 >= MISSED',
    replace: 'this.#clock.now() % 97 < 30',
    from: 112,
    rule: 'links',
  },
  'take each piece of a link for the whole': {
    file: 'link/socket-link.js',
    find: 'this.#keep(b, rest, end);',
    replace: 'void rest;',
    from: 37,
    rule: 'recovery',
  },
  'keep all that a client does not read': {
    file: 'gateway/client.js',
    find: 'queued > 0 && queued + bytes.length > this.listener.mostQueued',
    replace: 'false',
    from: 5,
    rule: 'memory',
  },
  'let a register that knows nothing take gateways away': {
    file: 'register/union.js',
    find: "record.state === 'up' && expires > horizon",
    replace: "record.state === 'up' && this.#sources.size > 0 && expires > horizon + 20_000",
    rule: 'recovery',
  },
  'cry out about a full disk': {
    file: 'register/last-view.js',
    find: 'this.#logger.warn(`The last known gateways are not kept',
    replace: 'this.#logger.error(`The last known gateways are not kept',
    from: 7,
    rule: 'errors',
  },
  'leave before what was done has been heard': {
    file: 'worker/core.js',
    find: 'await this.#inTime(this.#heard(), LAST_WORDS);',
    replace: '',
    from: 13,
    rule: 'reload',
  },
  'count a standstill against clients': {
    file: 'net/timer-wheel.js',
    find: 'this.#stood += late;',
    replace: '',
    from: 286,
    rule: 'innocent',
  },
  'count a standstill against clients, and look for silence before what has arrived is read': {
    file: 'net/timer-wheel.js',
    find: 'this.#end.schedule(this);',
    replace: 'this.#due = Number.POSITIVE_INFINITY; this.endOfTurn();',
    from: 320,
    rule: 'innocent',
  },
};

/** Whatever is imported from now on has this breakage. */
export function breakOnPurpose(name: string): void {
  const breakage = breakages[name];
  if (breakage === undefined) {
    throw new Error(`There is no breakage "${name}"; there are: ${Object.keys(breakages).join(', ')}`);
  }
  const { file, find, replace } = breakage;
  const pattern = typeof find === 'string' ? find.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&') : find.source;
  const code = `
    const { file, pattern, replace } = ${JSON.stringify({ file: `/src/${file}`, pattern, replace })};
    export async function load(url, context, next) {
      const result = await next(url, context);
      if (!url.endsWith(file)) return result;
      const source = String(result.source);
      const broken = source.replace(new RegExp(pattern), replace);
      if (broken === source) throw new Error('Cannot break ' + file + ': the place has changed');
      return { ...result, source: broken };
    }`;
  register(`data:text/javascript,${encodeURIComponent(code)}`);
}
