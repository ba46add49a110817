/** Files, passed in: small ones, read and replaced as a whole, so that a simulation owns them and a crash leaves no half. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FramegateError } from '../protocol/errors.js';
import { makeFolders } from './folders.js';

export interface Disk {
  /**
   * The whole file, or `undefined` when there is none.
   * @param most bytes; a longer file is refused before it is read.
   * @throws FramegateError `FG_DISK`
   */
  read(path: string, most: number): Promise<Uint8Array | undefined>;
  /**
   * Replaces the file, and makes the folders above it. Whoever reads meanwhile, or after a crash, finds the old content or
   * the new, never a part.
   * @throws FramegateError `FG_DISK`; the old content stands then.
   */
  writeAtomic(path: string, bytes: Uint8Array): Promise<void>;
  /** Nothing happens when there is no such file. @throws FramegateError `FG_DISK` */
  remove(path: string): Promise<void>;
}

const reasons: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  EISDIR: 'it is a folder',
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? String(error);
}

/** Why the system has refused, in a few words. */
export function whyNot(error: unknown): string {
  return reasons[codeOf(error)] ?? 'the system refused';
}

export function diskError(what: 'read' | 'write' | 'remove', path: string, error: unknown): FramegateError {
  return new FramegateError('FG_DISK', `Cannot ${what} "${path}" (${codeOf(error)}): ${whyNot(error)}`, {
    cause: error,
  });
}

export function tooLongToRead(path: string, size: number, most: number): FramegateError {
  return new FramegateError('FG_DISK', `Cannot read "${path}": it has ${size} bytes, and at most ${most} are expected`);
}

/** Tells apart writes of the same file that this process has under way. */
let writes = 0;

export const realDisk: Disk = {
  async read(path, most) {
    try {
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        if (size > most) throw tooLongToRead(path, size, most);
        return new Uint8Array(await file.readFile());
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof FramegateError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw diskError('read', path, error);
    }
  },

  async writeAtomic(path, bytes) {
    const draft = `${path}.${process.pid}-${++writes}.tmp`;
    try {
      makeFolders(dirname(path), 0o700);
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        // Without it the name may reach the disk before the bytes do.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {});
      throw diskError('write', path, error);
    }
  },

  async remove(path) {
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw diskError('remove', path, error);
    }
  },
};
