/**
 * Judges what became of each message: what clients have said and heard on one side, what workers have written down on the other.
 *
 * A connection is judged when it is over and what it is owed has come, or when that has not come in time.
 */
import { closeReasons } from '../../src/index.js';
import type { Noted } from './journal.js';

/** How a connection came to its end. `left`: it said so behind its last message. `broke`: whoever had it did. */
export type End = 'left' | 'broke' | 'closed';

export interface Violation {
  readonly rule: 'lost' | 'order' | 'double' | 'innocent' | 'close' | 'bounds' | 'recovery' | 'growth' | 'process';
  readonly text: string;
}

interface Account {
  readonly connection: number;
  /** Its id there, `undefined` until it has logged in; and the part of it that tells its gateway's life from all others. */
  client: string | undefined;
  gateway: string | undefined;
  sent: number;
  answered: number;
  /** Messages that were begun, all up to this one. */
  handled: number;
  hello: boolean;
  closes: number;
  /** The process that has handled something of it last. */
  worker: string | undefined;
  /** The reason in its close event. */
  why: string | undefined;
  /** Somebody has ended it who had no reason to. */
  innocent: boolean;
  readonly since: number;
  end: End | undefined;
  endedAt: number;
  /** By when all must be told that is owed to it. */
  due: number;
}

/** Milliseconds within which what is owed has come, though workers stand still and are taken for dead meanwhile. */
const OWED_WITHIN = 90_000;
/** Milliseconds within which workers know whether a gateway is gone: six leases, if the register has been started again. */
const CERTAIN_WITHIN = 30_000;
/** Milliseconds for which a gateway that was told to end may take connections still. */
const GOES = 3000;
/** Nanoseconds for which a worker that has stood still may go on with what another has been handed: it does not know yet. */
const WAKES = 30e9;

/** Of a client id, behind what tells the life of its gateway. */
const OWN_PART = 16;

/** What all clients of one process have in common. */
export const lifeOf = (client: string): string => client.slice(0, -OWN_PART);

export class Ledger {
  readonly violations: Violation[] = [];
  readonly counts = {
    connections: 0,
    messages: 0,
    answers: 0,
    doubles: 0,
    'doubles of workers that had stood still': 0,
    'second close events': 0,
    'unanswered, as their gateway went': 0,
    'without close event, as gateway and worker were killed': 0,
  };
  readonly #accounts = new Map<number, Account>();
  readonly #over = new Set<Account>();
  /** Lives of gateways that were ended, or told to end. */
  readonly #touched = new Set<string>();
  /** When the last of them had gone; `Infinity`: it is about to. */
  #touchedAt = -Infinity;
  /** Workers that were killed, and when. */
  readonly #killed = new Map<string, number>();
  /** Processes that have stood still, and until when that explains something. */
  readonly #slept = new Map<string, number>();

  /** @param now milliseconds, here and in what follows */
  open(connection: number, now: number): void {
    this.counts.connections++;
    this.#accounts.set(connection, {
      connection,
      client: undefined,
      gateway: undefined,
      sent: 0,
      answered: 0,
      handled: 0,
      hello: false,
      closes: 0,
      worker: undefined,
      why: undefined,
      innocent: false,
      since: now,
      end: undefined,
      endedAt: Infinity,
      due: Infinity,
    });
  }

  /** @param client its id */
  loggedIn(connection: number, client: string): void {
    const account = this.#accounts.get(connection);
    if (account !== undefined) Object.assign(account, { client, gateway: lifeOf(client) });
  }

  /** @returns the number of a new message. */
  sent(connection: number): number {
    this.counts.messages++;
    return ++this.#accounts.get(connection)!.sent;
  }

  answered(connection: number, n: number): void {
    const account = this.#accounts.get(connection);
    if (account === undefined) return;
    this.counts.answers++;
    if (n !== account.answered + 1) this.violate('order', `answer ${n} instead of ${account.answered + 1}`, account);
    account.answered = Math.max(account.answered, n);
  }

  /** Connections that are not judged yet. */
  get unjudged(): number {
    return this.#accounts.size;
  }

  /** Messages that are not answered yet. */
  owed(connection: number): number {
    const account = this.#accounts.get(connection);
    return account === undefined ? 0 : account.sent - account.answered;
  }

  /** The gateway of this life is about to be ended. */
  touch(gateway: string): void {
    this.#touched.add(gateway);
    this.#touchedAt = Infinity;
  }

  /** It is gone, and another in its place. */
  replaced(now: number): void {
    this.#touchedAt = now;
  }

  /** @param until nanoseconds of the machine at which the process has gone on; `Infinity`: it stands still. */
  slept(boot: string, until: number): void {
    this.#slept.set(boot, until + WAKES);
  }

  killed(worker: string, now: number): void {
    this.#killed.set(worker, now);
  }

  ended(connection: number, end: End, now: number): void {
    const account = this.#accounts.get(connection);
    if (account === undefined) return;
    account.end = end;
    account.endedAt = now;
    account.innocent = end === 'closed' && !this.#isExplained(account);
    account.due = now + OWED_WITHIN;
    this.#over.add(account);
  }

  take(noted: Noted): void {
    const account = this.#accounts.get(noted.connection);
    const late = noted.at < (this.#slept.get(noted.boot) ?? 0);
    if (account === undefined) {
      // It has been judged, but a worker that dies does not know what another has to do again.
      if (!late && !noted.again && noted.kind === 'work')
        this.violate('double', `message ${noted.n} of connection ${noted.connection} long after its end`);
      return;
    }
    account.worker = noted.boot;
    if (noted.kind === 'hello') account.hello = true;
    else if (noted.kind === 'close') {
      if (account.closes++ > 0) this.counts['second close events']++;
      account.why ??= closeReasons[noted.n];
    } else this.#handled(account, noted, late);
  }

  /** Its gateway was ended; of one that has not logged in nobody knows which it had. */
  #isExplained({ gateway, since }: Account): boolean {
    return gateway === undefined ? since < this.#touchedAt + GOES : this.#touched.has(gateway);
  }

  #handled(account: Account, { n, again }: Noted, late: boolean): void {
    if (n === account.handled + 1) {
      account.handled = n;
      return;
    }
    if (n > account.handled) {
      this.violate('order', `message ${n} is handled behind ${account.handled}`, account);
      account.handled = n;
    } else if (again) this.counts.doubles++;
    else if (late) this.counts['doubles of workers that had stood still']++;
    else this.violate('double', `message ${n} is handled again and not marked`, account);
  }

  /** Closes the accounts of connections that are over. @param last nothing more will come. */
  judge(now: number, last = false): void {
    for (const account of this.#over) {
      const missing = this.#missing(account);
      // A login may be on its way still, and then its close event.
      const waits = missing !== undefined || !account.hello || account.closes === 0;
      if (waits && now < account.due && !last) continue;
      if (missing === undefined && account.hello && account.closes === 0)
        this.counts['without close event, as gateway and worker were killed']++;
      if (account.innocent) this.violate('innocent', `it was closed: ${account.why ?? 'nobody says why'}`, account);
      if (missing !== undefined) this.violate(missing.rule, missing.text, account);
      if (account.gateway === undefined || this.#touched.has(account.gateway))
        this.counts['unanswered, as their gateway went'] += account.sent - account.answered;
      this.#over.delete(account);
      this.#accounts.delete(account.connection);
    }
  }

  #missing(account: Account): Violation | undefined {
    const { gateway, sent, answered, handled, hello, closes, end } = account;
    const touched = gateway === undefined || this.#touched.has(gateway);
    // A connection that breaks takes with it what was on its way.
    const least = end === 'left' && !touched ? sent : answered;
    if (handled < least) return { rule: 'lost', text: `of ${least} messages only ${handled} were handled` };
    if (hello && closes === 0 && !(touched && this.#hasNoMourner(account)))
      return { rule: 'close', text: 'it has no close event' };
    return undefined;
  }

  /**
   * Nobody could say that it is closed: whoever had it was killed before the loss of its gateway was certain. Who had it is not
   * known where the one that handled its last message had been killed before: then any worker may have been.
   */
  #hasNoMourner({ worker, endedAt }: Account): boolean {
    const last = this.#killed.get(worker ?? '');
    if (last === undefined) return false;
    return [...this.#killed.values()].some(at => at >= endedAt - GOES && at < endedAt + CERTAIN_WITHIN);
  }

  violate(rule: Violation['rule'], text: string, account?: Account): void {
    const who =
      account === undefined
        ? ''
        : ` (connection ${account.connection}, client ${account.client ?? 'unknown'}, ${account.end ?? 'open'}: sent ${account.sent}, answered ${account.answered}, handled ${account.handled})`;
    this.violations.push({ rule, text: `${text}${who}` });
  }
}
