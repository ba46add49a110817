export { type LogFormat, logFormats } from './format.js';
export { type StderrOptions, stderrLogger } from './line-logger.js';
