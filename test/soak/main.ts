/**
 * `npm run soak`: real processes under the load of thousands of clients that come and go, while faults happen to them. It fails when
 * something is lost, out of order, doubled without a mark, closed without a reason, or grows.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { soakReport } from './report.js';
import { soakRun } from './run.js';

const values = read();
const minutes = number('minutes', values.minutes);
const clients = Math.round(number('clients', values.clients));
const seed = values.seed === undefined ? Date.now() % 1e6 : Math.round(number('seed', values.seed));
const end = new AbortController();
/** Once: whoever insists ends it at once. */
process.once('SIGINT', () => {
  console.error('Ending in order; again ends it at once');
  process.once('SIGINT', () => process.exit(130));
  end.abort();
});

console.error(`seed ${seed}, ${clients} clients, ${minutes} minutes`);
const result = await soakRun({
  duration: minutes * 60_000,
  storm: 45_000,
  clients,
  seed,
  gateways: 2,
  workers: 3,
  pause: [1000, 6000],
  tell: line => console.error(line),
  tellFaults: line => void (values.faults === true && console.error(`${new Date().toISOString()} ${line}`)),
  ...(values['log-level'] !== undefined && { logLevel: values['log-level'] }),
  signal: end.signal,
});
console.log(soakReport(result));
if (values.log !== undefined) writeFileSync(values.log, result.log);
if (result.violations.length > 0) {
  console.log(`Again: npm run soak -- --minutes ${minutes} --clients ${clients} --seed ${seed}`);
  process.exitCode = 1;
} else if (end.signal.aborted) process.exitCode = 130;

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} must be a number above 0, not "${text}"`);
  process.exit(2);
}

function read() {
  try {
    const options = {
      minutes: { type: 'string', default: '30' },
      clients: { type: 'string', default: '2000' },
      seed: { type: 'string' },
      log: { type: 'string' },
      'log-level': { type: 'string' },
      faults: { type: 'boolean' },
    } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
