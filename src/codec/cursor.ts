/**
 * Where the last variable-size read stopped. A decoder returns its value and leaves the position here: that spares an
 * object for the pair. Read it at once: the next variable-size read overwrites it.
 */
export const cursor = { at: 0 };
