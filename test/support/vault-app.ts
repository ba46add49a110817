/** The vault as an application: does to its secrets what handlers may, rightly or not. */
import { accept, type Client, defineApp, type MessageEvent, type Protocol, refuse } from '../../src/index.js';
import { misfits, PASSWORD, planted, SESSION, TOKEN } from './vault.js';
import { sleep } from './wait.js';

const { vaultProtocol } = (await import(process.env.VAULT_CODEC!)) as { vaultProtocol: Protocol };

type Fields = { readonly [field: string]: unknown };

export interface Vault {
  up: { login: Fields; put: Fields; told: Fields; denied: Fields };
  down: { welcome: Fields; no: Fields; give: Fields; ask: Fields; done: Fields };
  auth: { login: { ok: Fields; fail: Fields } };
  requests: { ask: Fields };
  replies: object;
}

const shown = (m: Fields): string => Object.values(m).map(String).join(' and ');

const events = {
  async onLogin(client: Client<Vault>, m: Fields) {
    if (m.pass === 'throw') throw new Error(`nobody knows ${String(m.pass)}`);
    if (m.pass !== PASSWORD) {
      if (m.name === 'thrown') throw new Error(`wrong password ${String(m.pass)}`);
      // One hint fits, the other does not.
      return refuse({ hint: m.name === 'misfit' ? { [PASSWORD]: PASSWORD } : PASSWORD } as object);
    }
    client.session.set({ kept: SESSION, deep: { kept: [SESSION] } });
    return accept({ token: m.name === 'odd' ? [TOKEN] : TOKEN } as object);
  },

  async onPut(client: Client<Vault>, m: Fields, event: MessageEvent<Vault>) {
    const n = Number(m.n);
    const done = (): void => client.send('done', { deed: m.deed, n });
    switch (m.deed) {
      case 'throw':
        done();
        throw new Error(`no good: ${shown(m)}`);
      case 'field':
        done();
        throw new TypeError(`no good: ${String(Object.values(planted)[n])}`);
      case 'object':
        done();
        throw { ...m, more: { ...m } };
      case 'misfit':
        done();
        return client.send('give', misfits[n]!);
      case 'late':
        await sleep(400);
        throw new Error(`too late: ${shown(m)}`);
      case 'session':
        for (const values of [{ kept: SESSION, bad: (() => SESSION) as never }, { large: SESSION.repeat(5000) }]) {
          try {
            await client.session.patch(values);
          } catch (error) {
            console.log(String(error));
          }
        }
        return done();
      case 'give':
        client.send('give', planted);
        return done();
      case 'ask': {
        // Its answer is denied, cannot be decoded, or does not come.
        done();
        const answer = client.request('ask', { key: TOKEN });
        return await answer;
      }
      case 'die':
        if (!event.redelivered) process.exit(3);
        return done();
    }
  },

  onError(error: unknown) {
    throw error;
  },
};

const listener = { protocol: vaultProtocol, events: () => Promise.resolve(events as never) };
const { VAULT_CERT: cert, VAULT_KEY: key } = process.env;

export default defineApp({
  listeners: [
    { listen: 'tcp://127.0.0.1:0', ...listener },
    { listen: 'tls://127.0.0.1:0', ...listener, tls: { cert: cert!, key: key! } },
  ],
  worker: { slowHandlerMs: 50, handlerTimeoutMs: 200 },
});
