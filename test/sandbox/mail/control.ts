import type { MailProvider, Fault } from './provider';
import type { ImapServer } from './servers';
import { received, type Account, type Authentication } from './world';

/** What no client can do: the people, the provider's staff and the network. Addresses name accounts. */
export interface Controls {
  account: { address: string; password: string };
  folder: { address: string; name: string };
  /** A mail as it comes from elsewhere, base64; `at`: when, for one of long ago. */
  deliver: { address: string; raw: string; folder?: string; at?: string; authentication?: Authentication };
  deliverMany: { address: string; raws: string[]; folder?: string; at?: string; authentication?: Authentication };
  /** What is there: uid, flags, subject. */
  mails: { address: string; folder?: string };
  renumber: { address: string };
  /** A token that opens the account over XOAUTH2; null: none any more. */
  token: { address: string; token: string | null };
  introspection: { url: string | null };
  refusePasswords: { refuses: boolean };
  authentication: { results: Authentication };
  fault: Fault;
  clearFaults: object;
  commands: object;
  clearCommands: object;
  /** How many are connected, and how many of them idle. */
  sessions: object;
  down: object;
  up: object;
  reset: object;
}

export interface Sandbox {
  provider: MailProvider;
  imap: ImapServer[];
  authentication: Authentication;
}

type Handlers = { [What in keyof Controls]: (sandbox: Sandbox, parameters: Controls[What]) => unknown };

const HANDLERS: Handlers = {
  account: ({ provider }, { address, password }) => void provider.world.account(address, password),
  folder: (sandbox, { address, name }) => void sandbox.provider.world.folder(one(sandbox, address), name),
  deliver: (sandbox, { raw, ...parameters }) => deliver(sandbox, { ...parameters, raws: [raw] })[0],
  deliverMany: (sandbox, parameters) => deliver(sandbox, parameters),
  mails: (sandbox, { address, folder = 'INBOX' }) =>
    (one(sandbox, address).folders.get(folder)?.mails ?? []).map(({ uid, flags, raw }) => ({
      ...{ uid, flags: [...flags] },
      subject: /^subject: (.*)$/im.exec(raw)?.[1] ?? null,
    })),
  renumber: (sandbox, { address }) => sandbox.provider.world.renumber(one(sandbox, address)),
  token: (sandbox, { address, token }) => {
    const { address: name } = one(sandbox, address);
    if (token === null) sandbox.provider.tokens.delete(name);
    else sandbox.provider.tokens.set(name, token);
  },
  introspection: ({ provider }, { url }) => void (provider.introspectionUrl = url),
  refusePasswords: ({ provider }, { refuses }) => void (provider.refusesPasswords = refuses),
  authentication: (sandbox, { results }) => void (sandbox.authentication = results),
  fault: ({ provider }, fault) => provider.addFault(fault),
  clearFaults: ({ provider }) => void (provider.faults.length = 0),
  commands: ({ provider }) => provider.commands,
  clearCommands: ({ provider }) => void (provider.commands.length = 0),
  sessions: ({ imap }) => {
    const all = imap.flatMap(({ sessions }) => [...sessions]);
    return { open: all.length, idling: all.filter(({ session }) => session.isIdling).length };
  },
  down: ({ imap }) => Promise.all(imap.map((server) => server.down())).then(() => undefined),
  up: ({ imap }) => Promise.all(imap.map((server) => server.up())).then(() => undefined),
  reset: ({ provider }) => {
    provider.world.accounts.clear();
    provider.tokens.clear();
    provider.faults.length = provider.commands.length = 0;
    provider.introspectionUrl = null;
    provider.refusesPasswords = false;
  },
};

/** Does what a request to the control names; throws for what it does not know. */
export async function obey(sandbox: Sandbox, text: string): Promise<unknown> {
  const { do: what, ...parameters } = JSON.parse(text) as { do: keyof Controls };
  const handler = HANDLERS[what] as ((sandbox: Sandbox, parameters: object) => unknown) | undefined;
  if (!handler) throw new Error(`There is no control ${what}.`);
  return handler(sandbox, parameters);
}

function deliver(sandbox: Sandbox, { address, raws, folder, at, authentication }: Controls['deliverMany']): number[] {
  const account = one(sandbox, address);
  return raws.map((raw) => {
    const mail = received(Buffer.from(raw, 'base64').toString('latin1'), authentication ?? sandbox.authentication);
    return sandbox.provider.world.deliver(account, mail, folder, at === undefined ? new Date() : new Date(at));
  });
}

function one({ provider }: Sandbox, address: string): Account {
  const account = provider.world.accounts.get(address.toLowerCase());
  if (!account) throw new Error('There is no such account.');
  return account;
}
