/** What a stop waits for is told after a while, and between supervisor and worker by a question over their channel. */
import type { ChildProcess } from 'node:child_process';

/** Milliseconds of silence after a stop has begun. */
export const PATIENCE = 1000;
/** Milliseconds in which a worker must say what it is handling. */
const ANSWER_WITHIN = 200;

interface Question {
  readonly ask: 'handling';
}

interface Answer {
  readonly handling: readonly string[];
}

/** @param names of the handlers that have not settled, if that is known. */
export function waitingText(names: readonly string[]): string {
  const what = names.length === 0 ? 'still at work' : `waiting for handlers (${[...new Set(names)].join(', ')})`;
  return `stopping: ${what}; Ctrl-C again to stop at once`;
}

/** In a child: answers its supervisor. */
export function answerHandling(handling: () => readonly string[]): void {
  process.on('message', message => {
    if ((message as Question | null)?.ask === 'handling') process.send?.({ handling: handling() } satisfies Answer);
  });
}

/** In the supervisor: what the children are handling; those that do not answer in time are left out. */
export async function askHandling(children: readonly ChildProcess[]): Promise<string[]> {
  const answers = children.map(
    child =>
      new Promise<readonly string[]>(resolve => {
        const done = (names: readonly string[]): void => {
          clearTimeout(timer);
          child.off('message', heard);
          resolve(names);
        };
        const heard = (message: unknown): void => {
          const names = (message as Answer | null)?.handling;
          if (Array.isArray(names)) done(names);
        };
        const timer = setTimeout(() => done([]), ANSWER_WITHIN);
        child.on('message', heard);
        child.send({ ask: 'handling' } satisfies Question, error => {
          if (error !== null) done([]);
        });
      }),
  );
  return (await Promise.all(answers)).flat();
}
