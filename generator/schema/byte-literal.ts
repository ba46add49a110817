/** Byte literals: hexadecimal pairs and quoted text, freely mixed and spaced: `78 78`, `'$GP' 0d 0a`. */

/** The bytes, or what is wrong with the literal. */
export function parseBytes(text: string): Uint8Array | string {
  const out: number[] = [];
  let i = 0;
  while (i < text.length) {
    const c = text[i]!;
    if (/\s/.test(c)) {
      i++;
    } else if (c === "'") {
      const close = text.indexOf("'", i + 1);
      if (close < 0) return `the quoted text at ${i + 1} is not closed`;
      out.push(...new TextEncoder().encode(text.slice(i + 1, close)));
      i = close + 1;
    } else {
      const pair = text.slice(i, i + 2);
      if (!/^[0-9a-fA-F]{2}$/.test(pair)) return `"${pair}" is no pair of hexadecimal digits`;
      out.push(Number.parseInt(pair, 16));
      i += 2;
    }
  }
  return Uint8Array.from(out);
}

/** Bytes on a line of a terminal, beside an indent. */
const LINE = 24;

/** {@link showBytes}, of which no more than a line is told: `78 78 0d ... (997 more)`. */
export function showLine(b: Uint8Array): string {
  // To leave out fewer than the words take would save nothing.
  return b.length <= LINE + 2 ? showBytes(b) : `${showBytes(b.subarray(0, LINE))} ... (${b.length - LINE} more)`;
}

/** `78 78 0d`. */
export function showBytes(b: Uint8Array): string {
  return Array.from(b, byte => byte.toString(16).padStart(2, '0')).join(' ');
}
