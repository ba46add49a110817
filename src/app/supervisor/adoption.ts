/** What a former supervisor of the run dir has left behind: processes that live. */
import { type ControlClient, type ControlPlatform, connectAll } from '../../control/index.js';
import { errorText, type Logger } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { Member } from './member.js';
import { findProcess, killProcess } from './silent.js';

export interface Found {
  readonly member: Member;
  readonly info: ProcessInfo;
}

/** Names of processes that a supervisor has started; others in the run dir are on their own. */
const SUPERVISED = /^(?:register(?:-\d{1,4})?|gateway-\d{1,4}|worker-\d{1,4})(?:\.next)?$/;

/** Milliseconds in which a process has to say who it is: after as many of silence links have let go of it anyway. */
const ANSWER_WITHIN = 10_000;

/** All of them, by name. One that does not answer is killed, where it can be told which process it is. */
export async function findMembers(dir: string, platform: ControlPlatform, logger: Logger): Promise<Map<string, Found>> {
  const clients = await connectAll(dir, platform);
  const found = new Map<string, Found>();
  const silent: string[] = [];
  const known = new Set([process.pid]);
  await Promise.all(
    clients.map(async client => {
      const info = await whoIs(client, logger);
      if (info === undefined) {
        if (SUPERVISED.test(client.name) && client.isOpen) silent.push(client.name);
        client.close();
        return;
      }
      known.add(info.pid);
      // One of `--role` is called by its pid, and is on its own.
      if (SUPERVISED.test(client.name) && client.name !== `${info.role}-${info.pid}`) {
        found.set(client.name, { member: Member.found(dir, client, info, platform), info });
      } else client.close();
    }),
  );
  for (const name of silent) {
    const identity = findProcess(dir, name, known);
    if (identity === undefined) {
      logger.warn(`Nobody can tell which process ${name} is, so it is left alone: end it, or use another --run-dir`);
    } else if (await killProcess(identity, platform.clock)) {
      logger.warn(`The ${name} (pid ${identity.pid}) was killed, as it does not answer; its place is free`);
    } else logger.warn(`The ${name} (pid ${identity.pid}) neither answers nor can be killed`);
  }
  return found;
}

async function whoIs(client: ControlClient, logger: Logger): Promise<ProcessInfo | undefined> {
  try {
    return (await client.ask('hello', {}, ANSWER_WITHIN)) as ProcessInfo;
  } catch (error) {
    logger.warn(errorText(error));
    return undefined;
  }
}
