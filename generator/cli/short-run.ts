/**
 * Imported first. A command reads a file or two and ends: what V8's optimising compiler would gain is not earned back, and for
 * a long schema it takes a third of all time. It therefore waits until code has run fifteen times as long as it usually
 * does, which a long input to `decode` soon has.
 */
import { setFlagsFromString } from 'node:v8';

// An engine complains of a flag that it does not know: these versions have it.
const version = Number.parseInt(process.versions.v8, 10);
if (version >= 11 && version <= 14) setFlagsFromString('--interrupt-budget=2000000');
