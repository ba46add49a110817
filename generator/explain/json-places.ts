/** Where the members of a JSON object stand in its text. */

export interface JsonMember {
  readonly name: string;
  /** `[from, to)`: its name in quotes, the colon and the value. */
  readonly from: number;
  readonly to: number;
  /** Of a list of objects: these. */
  readonly items: readonly JsonPlaces[] | undefined;
}

/** An object in `[from, to)`. */
export class JsonPlaces {
  readonly from: number;
  readonly to: number;
  readonly members: readonly JsonMember[];

  private constructor(from: number, to: number, members: readonly JsonMember[]) {
    this.from = from;
    this.to = to;
    this.members = members;
  }

  /** Of a text that is one JSON object; `undefined` where it is none. */
  static of(text: string): JsonPlaces | undefined {
    try {
      if (typeof JSON.parse(text) !== 'object') return undefined;
    } catch {
      return undefined;
    }
    const at = behindSpace(text, 0);
    return text[at] === '{' ? JsonPlaces.#object(text, at) : undefined;
  }

  static #object(text: string, from: number): JsonPlaces {
    const members: JsonMember[] = [];
    let i = behindSpace(text, from + 1);
    while (text[i] !== '}') {
      const first = i;
      i = behindString(text, i);
      const name = JSON.parse(text.slice(first, i)) as string;
      const value = behindSpace(text, behindSpace(text, i) + 1);
      i = behindValue(text, value);
      members.push({ name, from: first, to: i, items: JsonPlaces.#items(text, value) });
      i = behindSpace(text, i);
      if (text[i] === ',') i = behindSpace(text, i + 1);
    }
    return new JsonPlaces(from, i + 1, members);
  }

  static #items(text: string, from: number): JsonPlaces[] | undefined {
    if (text[from] !== '[') return undefined;
    const items: JsonPlaces[] = [];
    let i = behindSpace(text, from + 1);
    while (text[i] !== ']') {
      if (text[i] !== '{') return undefined;
      const item = JsonPlaces.#object(text, i);
      items.push(item);
      i = behindSpace(text, item.to);
      if (text[i] === ',') i = behindSpace(text, i + 1);
    }
    return items;
  }
}

function behindSpace(text: string, i: number): number {
  while (' \t\r\n'.includes(text[i] ?? 'x')) i++;
  return i;
}

/** Behind the string that begins at `i`. */
function behindString(text: string, i: number): number {
  for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
  return i + 1;
}

function behindValue(text: string, i: number): number {
  if (text[i] === '"') return behindString(text, i);
  if (text[i] !== '{' && text[i] !== '[') {
    while (i < text.length && !',]} \t\r\n'.includes(text[i]!)) i++;
    return i;
  }
  for (let depth = 0; ; ) {
    const c = text[i];
    if (c === '"') {
      i = behindString(text, i);
      continue;
    }
    if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') depth--;
    i++;
    if (depth === 0) return i;
  }
}
