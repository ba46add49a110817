/** The few colours of the command line: on a terminal, unless NO_COLOR is set; anywhere, where FORCE_COLOR is. */
import pc from 'picocolors';

export type Paint = (text: string) => string;

export interface Colors {
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

const same: Paint = text => text;
export const plain: Colors = {
  red: same,
  yellow: same,
  green: same,
  cyan: same,
  blue: same,
  magenta: same,
  bold: same,
  dim: same,
};

export function colorsFor(stream: { isTTY?: boolean }): Colors {
  return isWanted(stream.isTTY === true) ? pc.createColors(true) : plain;
}

/** Who forces colours means this one run, who refuses them all: the first wins. */
function isWanted(onTerminal: boolean): boolean {
  const { FORCE_COLOR, NO_COLOR } = process.env;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return onTerminal && !NO_COLOR;
}
