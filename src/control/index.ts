/**
 * The control channel: how `gw` commands and a supervisor speak with the processes of an application.
 *
 * Every process that `gw start` has started listens on `<run dir>/<name>.sock`. Names: `supervisor`; its children `register`
 * (or `register-1` ...), `gateway-1` ..., `worker-1` ...; a process of one role `gateway-<pid>`; all in one `app-<pid>`.
 * All of them answer `hello` with a `ProcessInfo` of src/app/control-calls.ts, where other calls are added.
 *
 * A command finds the run dir with {@link runDirOf}, and asks with {@link connectAll} or {@link connectTo}.
 */
export { ANSWER_WITHIN, ControlClient, type ControlPlatform } from './client.js';
export { leaveLastWords, takeLastWords } from './last-words.js';
export { connectAll, connectTo } from './processes.js';
export { checkRunDir, makeRunDir, type RunDirOptions, runDirOf, socketPath } from './run-dir.js';
export { type ControlCall, type ControlCalls, ControlServer } from './server.js';
