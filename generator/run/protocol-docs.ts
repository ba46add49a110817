/** The documentation of a protocol: its golden frames are explained, and all is printed. */

import { markdownView } from '../emit/docs-markdown.js';
import { docsView, type Sample, type SampleRow } from '../emit/emit-docs.js';
import { vectorTitle } from '../emit/emit-test.js';
import { render } from '../emit/render.js';
import { type Explained, type ExplainedFrame, type Explainer, explain, explainer, Unread } from '../explain/explain.js';
import { printExplained } from '../explain/print.js';
import { hideSecrets } from '../explain/secrets.js';
import type { ProtocolModel } from '../model/model.js';
import { showBytes } from '../schema/byte-literal.js';
import { plain } from '../schema/colors.js';

export interface ProtocolDocs {
  /** `PROTOCOL.md` */
  readonly markdown: string;
  /** A page that needs nothing else. */
  readonly html: string;
}

export async function protocolDocs(model: ProtocolModel): Promise<ProtocolDocs> {
  const view = docsView(model, await samplesOf(model));
  return {
    get markdown() {
      return render('protocol.md.hbs', markdownView(view));
    },
    get html() {
      return render('protocol.html.hbs', view);
    },
  };
}

async function samplesOf(model: ProtocolModel): Promise<Sample[]> {
  if (model.vectors.length === 0) return [];
  try {
    return samplesBy(await explainer(model, new Set(model.vectors.flatMap(v => v.is ?? []))), model);
  } catch (e) {
    // A golden frame that is refused may be any message, and in the frame of another one.
    if (!(e instanceof Unread)) throw e;
    return samplesBy(await explainer(model), model);
  }
}

function samplesBy(by: Explainer, model: ProtocolModel): Sample[] {
  return model.vectors.map((vector, i) => {
    const parts = hideSecrets(explain(by, vector.dir, vector.raw, vector));
    return {
      message: vector.is,
      title: vector.note ?? vectorTitle(vector, i),
      explained: printExplained(parts, vector.dir, plain),
      rows: parts.flatMap(rowsOf),
    };
  });
}

function rowsOf(part: Explained): SampleRow[] {
  if (part.kind === 'frame') return frameRows(part);
  const { at, bytes, text } = part;
  return [
    { at: String(at), bytes: showBytes(bytes), name: 'skipped', depth: 0, value: '', note: '', color: 0, wrong: text },
  ];
}

function frameRows({ rows, mistake }: ExplainedFrame): SampleRow[] {
  let color = -1;
  return rows.map((row, i) => {
    if (!row.isPart) color = (color + 1) % 5;
    const wire = row.wire === undefined ? '' : `on the wire: ${showBytes(row.wire)}`;
    return {
      at: row.isPart || (row.at === row.end && row.value === '') ? '' : String(row.at),
      bytes: row.isPart ? '' : showBytes(row.bytes),
      name: row.name,
      depth: row.depth,
      value: row.value,
      note: [row.note, wire].filter(n => n !== '').join(', '),
      color: Math.max(0, color),
      wrong: mistake?.row === i ? mistake.text : '',
    };
  });
}
