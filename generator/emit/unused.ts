/**
 * Leaves out of generated functions what nothing in them uses. Emitters work places and numbers out where they may be needed; what
 * of it is needed shows when a function is whole. Compilers with `noUnusedLocals` and `noUnusedParameters` refuse the rest.
 */

/** Whether lines of code mention a name: outside of texts, not as a member, and not as the key of one. */
export function mentioned(lines: readonly string[], name: string): boolean {
  const pattern = new RegExp(`(?<![\\w.'])${name}\\b(?!:)`);
  return lines.some(line => line.includes(name) && pattern.test(withoutTexts(line)));
}

/** Of a template, only what stands in its braces is code. */
function withoutTexts(line: string): string {
  return line
    .replace(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, text =>
      text.startsWith('`') ? [...text.matchAll(/\$\{([^}]*)\}/g)].map(m => withoutTexts(m[1]!)).join(' ') : "''",
    )
    .replace(/ \/\/ .*$/, '');
}

/**
 * @param worked lines that declare a local, which may be left out: what they work out changes nothing else
 */
export function withoutUnused(lines: readonly string[], worked: ReadonlySet<string>): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; ) {
    const end = /^function \w+\(/.test(lines[i]!) ? lines.indexOf('}', i) + 1 : 0;
    if (end === 0) out.push(lines[i++]!);
    else {
      out.push(...usedPart(lines.slice(i, end), worked));
      i = end;
    }
  }
  return out;
}

function usedPart([head, ...all]: readonly string[], worked: ReadonlySet<string>): string[] {
  const body = all;
  // What is declared later may use what is declared before: from the last to the first.
  for (let i = body.length - 1; i >= 0; i--) {
    const line = body[i]!.trim();
    const name = worked.has(line) ? /^const (\w+) = /.exec(line)?.[1] : undefined;
    if (name !== undefined && !mentioned(body.toSpliced(i, 1), name)) body.splice(i, 1);
  }
  const open = /^(function \w+\()(.*)(\): .* \{)$/.exec(head!);
  if (open === null) return [head!, ...body];
  const parameters = open[2]!.replace(/(^|, )(\w+)(?=\??: )/g, (all, comma: string, name: string) =>
    name.startsWith('_') || mentioned(body, name) ? all : `${comma}_${name}`,
  );
  return [`${open[1]}${parameters}${open[3]}`, ...body];
}
