/** Bytes that begin or end a frame, and the search for them in a stream of which more may come. */

/** {@link Markers.at}: none stands there. */
export const NONE = -1;
/** {@link Markers.at}: the bytes that are there may be the beginning of one. */
export const PARTIAL = -2;

/** Several markers. Where one is the beginning of another, the longer one counts. */
export class Markers {
  /** The longest first: an index in here names a marker. */
  readonly all: readonly Uint8Array[];

  constructor(markers: readonly Uint8Array[]) {
    this.all = [...markers].sort((x, y) => y.length - x.length);
  }

  /**
   * The index of the longest marker at `i`, {@link NONE}, or {@link PARTIAL}.
   * @param patient answer {@link PARTIAL} also where a marker stands that may yet turn out to be a longer one
   */
  at(b: Uint8Array, i: number, end: number, patient: boolean): number {
    let result = NONE;
    for (let m = 0; m < this.all.length; m++) {
      const marker = this.all[m]!;
      let n = 0;
      while (n < marker.length && i + n < end && b[i + n] === marker[n]) n++;
      if (n === marker.length) return m;
      if (i + n < end) continue;
      if (patient) return PARTIAL;
      result = PARTIAL;
    }
    return result;
  }

  /** What may follow each marker and make it a longer one. */
  tails(): (Markers | undefined)[] {
    return this.all.map(short => {
      const longer = this.all.filter(m => m.length > short.length && short.every((byte, i) => m[i] === byte));
      return longer.length === 0 ? undefined : new Markers(longer.map(m => m.subarray(short.length)));
    });
  }
}

/** Finds the next place where one of several bytes stands: from `o` on, `end` where there is none. */
export type ByteSearch = (b: Uint8Array, o: number, end: number) => number;

/** A search for the first bytes of all these markers. */
export function leadSearch(...groups: readonly Markers[]): ByteSearch {
  const leads = [...new Set(groups.flatMap(g => g.all.map(m => m[0]!)))];
  if (leads.length === 1) return (b, o, end) => indexOfByte(b, leads[0]!, o, end);
  const isLead = new Uint8Array(256);
  for (const lead of leads) isLead[lead] = 1;
  return (b, o, end) => {
    while (o < end && isLead[b[o]!] === 0) o++;
    return o;
  };
}

/** Where `byte` stands in `[o, end)`, or `end`. */
export function indexOfByte(b: Uint8Array, byte: number, o: number, end: number): number {
  // Preparing the engine's own search takes as long as looking at some sixty bytes by hand.
  const near = Math.min(end, o + 64);
  while (o < near && b[o] !== byte) o++;
  if (o < near || near === end) return o;
  const at = b.subarray(o, end).indexOf(byte);
  return at < 0 ? end : o + at;
}
