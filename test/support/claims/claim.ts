/** What is claimed of a declared protocol and the frames of real devices: test/generator/corpus-declared.test.ts holds it to that. */

/** A frame of the corpus by its place in the list, and why it is different. */
export type Reasons = Readonly<Record<number, string>>;

export interface Position {
  /** Identifier of the device, where the message has one. */
  readonly id?: string;
  /** Degrees. */
  readonly lat?: number;
  readonly lon?: number;
  /** Milliseconds since 1970. */
  readonly time?: number;
}

export interface Claim {
  /** Name of the file in the corpus; the schema is test/fixtures/declared/<schema ?? corpus>.wire.yaml. */
  readonly corpus: string;
  readonly schema?: string;
  /** Frames that are no message of the declared protocol: another dialect on the same port, cut off, a slip of the source. */
  readonly foreign?: Reasons;
  /** Frames that are delivered without a name. At most one in twenty. */
  readonly unnamed?: Reasons;
  /** Frames that are encoded to other bytes of the same meaning. At most one in a hundred, or one. */
  readonly respelled?: Reasons;
  /** Streams that are not cut as the source cuts them. */
  readonly cutOtherwise?: Reasons;
  /** A frame as the source lists it, in hexadecimal: where it leaves out a terminator that is part of our frame, or the other way. */
  asListed?(hex: string): string;
  /** Where a message says where it was; `undefined` for others. Several for one that holds several. */
  positions?(value: Readonly<Record<string, unknown>>, message: string): readonly Position[] | undefined;
  /** Identifiers and positions of which at least so many are compared. */
  readonly compared?: number;
  /** Frames whose identifier or position is not that of the second opinion, as it is at fault or takes it from elsewhere. */
  readonly otherPosition?: Reasons;
}
