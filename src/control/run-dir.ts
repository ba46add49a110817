/**
 * The run dir: the folder in which the processes of one application open their control sockets. Whoever may write there may
 * pose as them, so it belongs to one user and is open to nobody else.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '../net/index.js';
import { errorText, FramegateError } from '../protocol/index.js';

export interface RunDirOptions {
  /** `--run-dir`, or `GW_RUN_DIR`. */
  readonly given?: string | undefined;
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Linux takes 108 bytes for the path of a socket, with a zero at its end. */
const LONGEST_PATH = 107;

/**
 * Where the processes of an app meet: as given, or a folder of this user for the real path of the app file. Nothing is made.
 * @throws FramegateError `FG_APP` when it depends on an app file that is not there.
 */
export function runDirOf(appFile: string, { given, env = process.env }: RunDirOptions = {}): string {
  if (given !== undefined && given !== '') return resolve(given);
  if (!existsSync(appFile)) throw new FramegateError('FG_APP', `Cannot find the app file "${appFile}"`);
  const hash = createHash('sha256').update(realpathSync(appFile)).digest('hex').slice(0, 12);
  return join(env.XDG_RUNTIME_DIR || tmpdir(), `framegate-${ownUid()}`, hash);
}

/**
 * Makes the run dir if need be.
 * @param own it is not given: the folder above it is ours as well, in one that all users share.
 * @throws FramegateError `FG_CONTROL` when it is somebody else's, open to others, or cannot be made.
 */
export function makeRunDir(dir: string, own: boolean): void {
  for (const folder of own ? [dirname(dir), dir] : [dir]) {
    try {
      if (own) mkdirSync(folder, { mode: 0o700 });
      else makeFolders(folder, 0o700);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new FramegateError('FG_CONTROL', `Cannot make the run dir "${dir}" (${errorText(error)}); ${ADVICE}`);
      }
    }
    checkFolder(folder);
  }
}

/**
 * Whether there is such a run dir.
 * @throws FramegateError `FG_CONTROL` when it is somebody else's or open to others: what answers there could be anybody.
 */
export function checkRunDir(dir: string): boolean {
  if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) return false;
  checkFolder(dir);
  return true;
}

const ADVICE = 'choose another one with --run-dir';

function checkFolder(folder: string): void {
  const refuse = (why: string): never => {
    throw new FramegateError('FG_CONTROL', `Cannot use the run dir "${folder}": ${why}; ${ADVICE}`);
  };
  const found = lstatSync(folder);
  if (!found.isDirectory()) refuse('it is no folder');
  if (found.uid !== ownUid()) refuse(`it belongs to user ${found.uid}`);
  if ((found.mode & 0o077) !== 0) refuse('others may enter it (chmod 700 would end that)');
}

/**
 * Where the process of that name listens.
 * @throws FramegateError `FG_CONTROL` when the system takes no path of that length.
 */
export function socketPath(dir: string, name: string): string {
  const path = join(dir, `${name}.sock`);
  const length = Buffer.byteLength(path);
  if (length <= LONGEST_PATH) return path;
  const text = `"${path}" has ${length} bytes, and the path of a socket at most ${LONGEST_PATH}`;
  throw new FramegateError(
    'FG_CONTROL',
    `Cannot open a control socket: ${text}; choose a shorter folder with --run-dir`,
  );
}

/** Not from the list of users: in a container it may have no entry. */
function ownUid(): number {
  return process.getuid?.() ?? 0;
}
