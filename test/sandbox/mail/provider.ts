import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Word } from './imap/parse';
import { MailWorld, type Account } from './world';

/**
 * What goes wrong at the next command of a name (`LOGIN`, `EXAMINE`, `UID`, `FETCH_ANSWER` …): the connection ends, at once or
 * in the middle of an answer, nothing is said, or it takes a while. `times`: how often, default once.
 */
export interface Fault {
  at: string;
  kind: 'cut' | 'half' | 'hang' | 'slow' | 'flood';
  ms?: number;
  times?: number;
}

/** A command as it was met. */
export interface CommandRecord {
  name: string;
  words: string;
  account: string | null;
}

const SECRET = new Set(['LOGIN', 'AUTHENTICATE']);

/** The mail provider: who may come in, and what goes wrong. */
export class MailProvider {
  readonly world = new MailWorld();
  readonly faults: Required<Fault>[] = [];
  readonly commands: CommandRecord[] = [];
  /** Tokens by address, for whom no authorization server is asked. */
  readonly tokens = new Map<string, string>();
  /** Where it is asked whether a token is good (RFC 7662), and for whom. */
  introspectionUrl: string | null = null;
  /** Passwords are refused, right ones too. */
  refusesPasswords = false;

  byPassword(user: string, password: string): Account | undefined {
    const account = this.world.accounts.get(user.toLowerCase());
    return account && !this.refusesPasswords && account.password === password ? account : undefined;
  }

  async byToken(user: string, token: string): Promise<Account | undefined> {
    const account = this.world.accounts.get(user.toLowerCase());
    if (!account || token === '') return undefined;
    if (this.tokens.get(account.address) === token) return account;
    if (this.introspectionUrl === null) return undefined;
    const answer = await fetch(this.introspectionUrl, { method: 'POST', body: new URLSearchParams({ token }) });
    const { active } = (await answer.json()) as { active: boolean };
    return active ? account : undefined;
  }

  note(name: string, words: Word[], account: string | undefined): void {
    this.commands.push({
      ...{ name, account: account ?? null },
      words: SECRET.has(name)
        ? ''
        : words.map((word) => (Array.isArray(word) ? `(${word.join(' ')})` : word)).join(' '),
    });
  }

  addFault({ at, kind, ms = 1_000, times = 1 }: Fault): void {
    this.faults.push({ at: at.toUpperCase(), kind, ms, times });
  }

  /** Whether nothing more is to be said. `begun`: the beginning of an answer, for half of one. */
  async spoil(name: string, socket: Socket, begun = '* OK Hal'): Promise<boolean> {
    const fault = this.faults.find(({ at }) => at === name);
    if (!fault) return false;
    if (--fault.times <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    if (fault.kind === 'slow') {
      await sleep(fault.ms);
      return false;
    }
    if (fault.kind === 'half') socket.write(begun, () => socket.destroy());
    if (fault.kind === 'flood') flood(socket);
    if (fault.kind === 'cut') socket.destroy();
    return true;
  }
}

/** Answers that nobody asked for, as fast as they are taken, until the other side ends the connection. */
function flood(socket: Socket): void {
  const much = '* 1 FETCH (UID 1 FLAGS ())\r\n'.repeat(20_000);
  const more = (): void => {
    while (!socket.destroyed && socket.write(much));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
}
