/** What a former supervisor of the run dir has left behind: processes that live. */
import { type ControlPlatform, connectAll } from '../../control/index.js';
import { errorText, type Logger } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { Member } from './member.js';

export interface Found {
  readonly member: Member;
  readonly info: ProcessInfo;
}

/** Names of processes that a supervisor has started; others in the run dir are on their own. */
const SUPERVISED = /^(?:register(?:-\d{1,4})?|gateway-\d{1,4}|worker-\d{1,4})(?:\.next)?$/;

/** All of them, by name. One that does not answer is left alone, and said: nobody knows what it is about. */
export async function findMembers(dir: string, platform: ControlPlatform, logger: Logger): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const client of await connectAll(dir, platform)) {
    let info: ProcessInfo;
    try {
      info = (await client.ask('hello')) as ProcessInfo;
    } catch (error) {
      logger.warn(errorText(error));
      client.close();
      continue;
    }
    // One of `--role` is called by its pid, and is on its own.
    if (SUPERVISED.test(client.name) && client.name !== `${info.role}-${info.pid}`) {
      found.set(client.name, { member: Member.found(dir, client, info, platform), info });
    } else client.close();
  }
  return found;
}
