/** Opens the control socket of this process. */
import { type ControlCalls, ControlServer, makeRunDir, runDirOf, socketPath } from '../../control/index.js';
import { realNet } from '../../net/index.js';
import { errorText, type Logger } from '../../protocol/index.js';

export interface OwnSocketOptions {
  readonly appFile: string;
  /** As given on the command line or in the environment. */
  readonly runDir: string | undefined;
  readonly name: string;
  readonly calls: ControlCalls;
  readonly logger: Logger;
}

export interface OwnSocket {
  rename(name: string): void;
}

/**
 * Its path goes with the process. A process that serves without a supervisor does so without a socket as well, where nobody
 * has said where it should be.
 * @throws FramegateError `FG_CONTROL`, `FG_LISTEN` when a run dir is given, and cannot be used.
 */
export async function openOwnSocket({ appFile, runDir, name, calls, logger }: OwnSocketOptions): Promise<OwnSocket> {
  const given = runDir !== undefined && runDir !== '';
  try {
    const dir = runDirOf(appFile, { given: runDir });
    makeRunDir(dir, !given);
    const server = await ControlServer.open(socketPath(dir, name), calls, realNet);
    process.on('exit', () => server.remove());
    return { rename: to => server.rename(socketPath(dir, to)) };
  } catch (error) {
    if (given) throw error;
    logger.warn(`Other gw commands will not find this process: ${errorText(error)}`);
    return { rename() {} };
  }
}
