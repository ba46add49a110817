/** Folders, made as they are needed. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are not there. Not `recursive`, which goes on for ever where a folder is there and takes no
 * others, such as `/proc`.
 * @param mode rights of those that are made
 * @throws what the system says: a `NodeJS.ErrnoException`.
 */
export function makeFolders(folder: string, mode = 0o777): void {
  const isThere = (): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere()) return;
  const parent = dirname(folder);
  if (!existsSync(parent)) makeFolders(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another program may have been faster.
    if (!isThere()) throw error;
  }
}
