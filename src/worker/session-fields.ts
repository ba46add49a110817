/**
 * What sessions hold, for the compiler: empty as long as you do not say it, and then any key takes any value. Once you do,
 * every session of the program has these fields, each of them optional, and no others.
 * @example declare module 'framegate' { interface SessionFields { room: string; since: number } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be merged with.
export interface SessionFields {}
