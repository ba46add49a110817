/** An explanation that may be seen by anybody: what is secret in it is neither shown nor there any more. */
import { MASK } from '../../src/codec/index.js';
import type { Explained, WireRow } from './explain.js';

const NOTHING = new Uint8Array(0);

export function hideSecrets(parts: readonly Explained[]): Explained[] {
  return parts.map(part => {
    if (part.kind === 'frame') return { ...part, rows: part.rows.map(row => (row.secret ? hidden(row) : row)) };
    return part.secret ? { ...part, bytes: NOTHING } : part;
  });
}

/** Whether there is anything that {@link hideSecrets} takes away. */
export function haveSecrets(parts: readonly Explained[]): boolean {
  return parts.some(part => (part.kind === 'frame' ? part.rows.some(row => row.secret) : part.secret));
}

function hidden(row: WireRow): WireRow {
  const { decoded: _, raw: __, wire: ___, ...rest } = row;
  const holdsOthers = row.at === row.end && row.value === '';
  // Sizes and tags are no secret, but the number on the wire is.
  const note = row.note.split(', ').filter(said => !/^(?:raw|undeclared bits) /.test(said));
  return { ...rest, bytes: NOTHING, value: holdsOthers ? '' : MASK, note: note.join(', ') };
}
