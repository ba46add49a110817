/** Which addresses are of this machine: the same configuration may go to all machines, and each starts what is its own. */
import { hostname, networkInterfaces } from 'node:os';
import { isLoopback } from '../net/index.js';

/** A name counts only if it is the machine's own: nobody is asked what others mean. */
export function isOwnHost(host: string): boolean {
  if (isLoopback(host) || host === '0.0.0.0' || host === '::' || host === hostname()) return true;
  return Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === host));
}
