/** An application over the line protocol, for tests that start it as processes. */
import { defineApp } from '../../src/index.js';
import { lineProtocol } from './line-protocol.js';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

// Tools take an app file's default export.
export default defineApp({
  listeners: [
    {
      listen: process.env.LINE_LISTEN ?? 'tcp://127.0.0.1:0',
      protocol: lineProtocol({
        within: number('LINE_WITHIN', 60_000),
        every: number('LINE_EVERY', 60_000),
        ...(process.env.LINE_FRAME === undefined ? {} : { frame: number('LINE_FRAME', 0) }),
        wireHash: process.env.LINE_HASH ?? 'wire-1',
      }),
      events: () => import('./line-events.js'),
      concurrent: number('LINE_CONCURRENT', 1),
      limits: { noWorker: number('LINE_NO_WORKER', 60_000) },
      ...(process.env.LINE_CERT !== undefined && { tls: { cert: process.env.LINE_CERT, key: process.env.LINE_KEY! } }),
    },
  ],
  ...(process.env.LINE_LINK_CA !== undefined && {
    linkTls: { cert: process.env.LINE_LINK_CERT!, key: process.env.LINE_LINK_KEY!, ca: process.env.LINE_LINK_CA },
  }),
  ...(process.env.LINE_STATE === undefined ? {} : { state: process.env.LINE_STATE }),
});
