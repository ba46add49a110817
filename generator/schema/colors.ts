/** The few colours of the command line; plain where the output is no terminal or NO_COLOR is set. */
import pc from 'picocolors';

export type Paint = (text: string) => string;

export interface Colors {
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

const same: Paint = text => text;
export const plain: Colors = { red: same, yellow: same, green: same, cyan: same, bold: same, dim: same };

export function colorsFor(stream: { isTTY?: boolean }): Colors {
  return stream.isTTY === true && !process.env.NO_COLOR ? pc.createColors(true) : plain;
}
