/** What commands ask a supervisor beside what every process answers: the contract between the two. */

/** `children`: the processes that it watches, also those that do not run just now. */
export interface ChildStatus {
  /** That of its control socket. */
  readonly name: string;
  readonly role: 'register' | 'gateway' | 'worker';
  /** `waiting`: to be started again after a pause. `ending`, `gone`: as it was told to. */
  readonly state: 'starting' | 'running' | 'waiting' | 'ending' | 'gone';
  /** `null`: it does not run. */
  readonly pid: number | null;
  /** How often it was started again. */
  readonly restarts: number;
  /** How it ended the last time that it was not told to; `null`: it never did. */
  readonly lastError: string | null;
}

/** `retire`: the process of this name ends soon, and is not to be started again. Anything but an error means yes. */
export interface Retire {
  readonly name: string;
}
