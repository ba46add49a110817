/**
 * Watches files until the user has had enough. The folder of a file is watched, not the file: editors that save by writing a
 * second file and renaming it leave a watcher of the first with a file that nobody sees.
 */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Problem } from '../run/problem.js';

/** Milliseconds without a change, after which a file counts as saved: editors write in several steps. */
const QUIET = 50;

/**
 * Calls `onText` for each file at once, and after each save that changes its text; one file after the other. Ends with SIGINT
 * and SIGTERM.
 *
 * @throws Problem when a folder cannot be watched, and whatever `onText` throws
 */
export async function watchFiles(files: readonly string[], onText: (file: string) => Promise<void>): Promise<void> {
  const texts = new Map<string, string | undefined>();
  const touched = new Set(files);
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();
  const watchers: FSWatcher[] = [];
  await new Promise<void>((resolve, reject) => {
    const round = async (): Promise<void> => {
      const saved = [...touched];
      touched.clear();
      for (const file of saved) {
        const text = textOf(file);
        if (text === texts.get(file)) continue;
        texts.set(file, text);
        await onText(file);
      }
    };
    const work = (): void => {
      working = working.then(round);
      working.catch(reject);
    };
    const touch = (file: string): void => {
      touched.add(file);
      clearTimeout(timer);
      timer = setTimeout(work, QUIET);
    };
    for (const folder of new Set(files.map(file => dirname(file)))) {
      const here = files.filter(file => dirname(file) === folder);
      const watcher = watchFolder(folder, name => {
        for (const file of here) if (name === null || name === basename(file)) touch(file);
      });
      watcher.on('error', e => reject(new Problem(`Cannot watch "${folder}" any longer (${e.message})`)));
      watchers.push(watcher);
    }
    work();
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  }).finally(() => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  });
  await working;
}

function watchFolder(folder: string, onChange: (name: string | null) => void): FSWatcher {
  try {
    return watch(folder, (_, name) => onChange(name));
  } catch (e) {
    throw new Problem(`Cannot watch "${folder}" (${(e as NodeJS.ErrnoException).code})`);
  }
}

/** `undefined` where there is no file, as for a moment while it is replaced. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
