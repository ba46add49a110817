/** Kaitai Struct as a contender: `bench/kaitai` holds what its compiler (0.11) makes of the declarations beside it. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import kaitai from 'kaitai-struct';
import { apart, type Frames, type Work } from '../work.js';

type Parse = new (stream: object) => object;

const require = createRequire(import.meta.url);
// Its declarations describe a module of that name, without the class.
const { KaitaiStream } = kaitai as unknown as { readonly KaitaiStream: new (bytes: Uint8Array) => object };

/** @param file in `bench/kaitai`, @param name of the class that it exports */
export function kaitaiParsing<T extends object>(
  file: string,
  name: string,
  frames: Frames,
  consume: (value: T) => number,
): Work {
  const path = fileURLToPath(new URL(`../../../bench/kaitai/${file}.cjs`, import.meta.url));
  const Parser = (require(path) as { readonly [name: string]: Parse })[name]!;
  const buffers = apart(frames);
  const mask = buffers.length - 1;
  return {
    run(n) {
      let sink = 0;
      for (let i = 0; i < n; i++) sink += consume(new Parser(new KaitaiStream(buffers[i & mask]!)) as T);
      return sink;
    },
  };
}
