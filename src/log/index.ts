export { type LogFormat, logFormats } from './format.js';
export { type StderrOptions, sinkLogger, stderrLogger } from './line-logger.js';
export { LogSink, openLog } from './log-sink.js';
