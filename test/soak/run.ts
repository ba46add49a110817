/**
 * One soak run: storms, in which clients come and go and processes are hit by faults, and between them calm times, in which
 * everybody is back, every message is answered, and all processes are looked at.
 */
import { SimRandom } from '../../src/testing/sim/index.js';
import { sleep, until } from '../support/wait.js';
import { Crowd } from './crowd.js';
import { FAULTS, type FaultKind, Faults } from './faults.js';
import { judgeGrowth, type Look } from './growth.js';
import { JournalReader } from './journal.js';
import { Ledger, type Violation } from './ledger.js';
import { type Size, System } from './system.js';

export interface SoakOptions extends Size {
  /** Milliseconds from the first calm time to the end of the last storm. */
  readonly duration: number;
  /** Milliseconds. */
  readonly storm: number;
  readonly clients: number;
  readonly seed: number;
  /** Milliseconds between two faults, at least and at most. */
  readonly pause: readonly [number, number];
  /** What happens in any case, in the first storms; then what the seed says. */
  readonly first?: readonly FaultKind[];
  readonly tell?: (line: string) => void;
  readonly tellFaults?: (line: string) => void;
  readonly logLevel?: string;
  /** Ends it in order. */
  readonly signal?: AbortSignal;
}

export interface SoakResult {
  readonly violations: readonly Violation[];
  readonly counts: Ledger['counts'];
  readonly habits: Crowd['counts'];
  readonly faults: Readonly<Record<string, number>>;
  readonly looks: readonly Look[];
  /** Milliseconds. */
  readonly took: number;
  /** What the supervisors and their processes have logged. */
  readonly log: string;
}

/** Milliseconds for all to be whole again, whatever stood still. */
const WHOLE_WITHIN = 120_000;
/** Looks at each calm time, and milliseconds between them. */
const LOOKS = 3;
const LOOK_EVERY = 1000;
/** Milliseconds between two looks at the journal, and at who lives. */
const READ_EVERY = 1000;

/** Violations that are told at once. */
const TOLD_MOST = 100;

export async function soakRun(options: SoakOptions): Promise<SoakResult> {
  const { clients, seed, signal, tell = () => {} } = options;
  const begin = performance.now();
  const system = new System(options, options.logLevel);
  const ledger = new Ledger();
  const journal = new JournalReader(system.journal);
  const looks: Look[] = [];
  await system.start();
  const crowd = new Crowd(system.port, clients, ledger, new SimRandom(seed, 'clients'));
  const faults = new Faults(system, ledger, new SimRandom(seed, 'faults'), options.tellFaults);
  const random = new SimRandom(seed, 'times');
  let known = 0;
  const read = (all = false): void => {
    for (const noted of journal.take(all)) ledger.take(noted);
    ledger.judge(performance.now(), all);
    for (; known < ledger.violations.length; known++) {
      const { rule, text } = ledger.violations[known]!;
      if (known < TOLD_MOST) tell(`${new Date().toISOString()} ${rule}: ${text}`);
    }
  };
  const reading = setInterval(read, READ_EVERY);
  const watching = setInterval(() => void faults.nobodyElseDied().catch(() => {}), READ_EVERY);
  let end = Infinity;
  const goesOn = (): boolean => signal?.aborted !== true && performance.now() < end;
  const line = (): string => {
    const { connections, messages, answers, doubles } = ledger.counts;
    const done = Object.values(faults.counts).reduce((sum, n) => sum + n, 0);
    return `${messages} messages, ${answers} answers, ${connections} connections, ${doubles} doubles, ${done} faults, ${crowd.open} clients, ${ledger.violations.length} violations`;
  };
  let told = begin;
  const first = [...(options.first ?? FAULTS)];

  const storm = async (): Promise<void> => {
    crowd.goOn();
    const over = performance.now() + options.storm;
    while (goesOn() && performance.now() < over) {
      await sleep(random.between(...options.pause));
      const kind = first[0];
      if (kind === undefined) faults.next();
      else if (faults.begin(kind)) first.shift();
      if (performance.now() - told > 60_000) {
        told = performance.now();
        tell(`${Math.round((told - begin) / 1000)} s: ${line()}`);
      }
    }
    await faults.over();
  };

  const calm = async (n: number): Promise<void> => {
    await system.ready(WHOLE_WITHIN).catch(error => ledger.violate('recovery', error.message));
    await crowd.settle(WHOLE_WITHIN);
    for (let i = 0; i < LOOKS; i++) {
      await sleep(LOOK_EVERY);
      looks.push(...(await system.look(n)));
    }
  };

  try {
    crowd.start();
    await calm(0);
    end = performance.now() + options.duration;
    for (let n = 1; goesOn(); n++) {
      await storm();
      await calm(n);
    }
    await crowd.end(WHOLE_WITHIN);
    await leavesNothing(system, ledger);
  } catch (error) {
    ledger.violate('recovery', (error as Error).message);
  } finally {
    clearInterval(watching);
    clearInterval(reading);
    crowd.destroy();
  }
  await system.supervisor.stop().catch(() => {});
  if (system.supervisor.exit !== 0) ledger.violate('process', `the supervisor ends with ${system.supervisor.exit}`);
  const left = system.living();
  if (left.length > 0) ledger.violate('process', `behind the supervisor are still ${left.join(', ')}`);
  system.kill();
  read(true);
  journal.close();
  return {
    violations: [...ledger.violations, ...judgeGrowth(looks)],
    counts: ledger.counts,
    habits: crowd.counts,
    faults: faults.counts,
    looks,
    took: performance.now() - begin,
    log: system.log,
  };
}

/** Of clients that are gone nothing is left. */
async function leavesNothing(system: System, ledger: Ledger): Promise<void> {
  let left: string[] = [];
  const nothing = async (): Promise<boolean> => {
    left = await system.remains();
    return left.length === 0;
  };
  await until(nothing, 'tables to be empty', WHOLE_WITHIN).catch(() => {
    ledger.violate('growth', `when all clients are gone there are still ${left.join(', ')}`);
  });
}
