/** A disk in memory: for simulations and tests, which can also make it fail. */
import { type Disk, diskError, tooLongToRead } from './disk.js';

export class MemoryDisk implements Disk {
  readonly files: Map<string, Uint8Array> = new Map();
  /** While it is set, writing and removing fail with this code of the system, such as `ENOSPC`. */
  broken: string | undefined;

  async read(path: string, most: number): Promise<Uint8Array | undefined> {
    if (this.#isFolder(path)) throw diskError('read', path, { code: 'EISDIR' });
    const bytes = this.files.get(path);
    if (bytes !== undefined && bytes.length > most) throw tooLongToRead(path, bytes.length, most);
    return bytes?.slice();
  }

  async writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
    // As with a real one, what is written is what was there when the call was made.
    const copy = bytes.slice();
    const code = this.broken ?? (this.#isFolder(path) ? 'EISDIR' : this.#isBelowFile(path) ? 'ENOTDIR' : undefined);
    if (code !== undefined) throw diskError('write', path, { code });
    this.files.set(path, copy);
  }

  async remove(path: string): Promise<void> {
    const code = this.broken ?? (this.#isFolder(path) ? 'EISDIR' : undefined);
    if (code !== undefined) throw diskError('remove', path, { code });
    this.files.delete(path);
  }

  #isFolder(path: string): boolean {
    return [...this.files.keys()].some(name => name.startsWith(`${path}/`));
  }

  #isBelowFile(path: string): boolean {
    return [...this.files.keys()].some(name => path.startsWith(`${name}/`));
  }
}
