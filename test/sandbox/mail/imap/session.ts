import type { Socket } from 'node:net';
import type { Folder, Mail, Account } from '../world';
import type { MailProvider } from '../provider';
import { fieldOf, envelopeOf, partOf, sectionOf, structureOf } from './mime';
import { isOfSet, literal, parseCommand, quoted, type Command, type Word } from './parse';

/** A command longer than this ends the connection. */
const LONGEST = 1024 * 1024;
const CAPABILITIES = 'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN AUTH=XOAUTH2 IDLE ID UIDPLUS UNSELECT';

type Answer = (status: 'OK' | 'NO' | 'BAD', text: string) => void;

/** One connection to the IMAP server (RFC 3501, 2177, 7628's older brother XOAUTH2): commands one after the other. */
export class Session {
  private account?: Account;
  private folder?: Folder;
  private isReadOnly = true;
  /** So many the client was told of. */
  private told = 0;
  private idling: { answer: Answer } | undefined;
  /** What takes the next line, when it is no command. */
  private awaiting: ((line: string) => void) | undefined;
  private received = '';
  private busy: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: Socket,
    private readonly provider: MailProvider,
  ) {
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      this.received += String(data);
      if (this.received.length > LONGEST) socket.destroy();
      this.busy = this.busy.then(() => this.read()).catch(() => void socket.destroy());
    });
    socket.on('error', () => socket.destroy());
    const heard = (folder: Folder) => this.hear(folder);
    provider.world.on('changed', heard);
    socket.once('close', () => provider.world.off('changed', heard));
    this.say(`* OK [CAPABILITY ${CAPABILITIES}] The mail sandbox is ready.`);
  }

  get isIdling(): boolean {
    return this.idling !== undefined;
  }

  private say(line: string): void {
    if (!this.socket.destroyed) this.socket.write(`${line}\r\n`, 'latin1');
  }

  /** A mail came into a folder: who idles there is told at once. */
  private hear(folder: Folder): void {
    if (this.idling && folder === this.folder) this.tellNews();
  }

  private tellNews(): void {
    const { folder } = this;
    if (!folder || folder.mails.length === this.told) return;
    this.told = folder.mails.length;
    this.say(`* ${this.told} EXISTS`);
  }

  private async read(): Promise<void> {
    for (let line = this.take(); line !== undefined; line = this.take()) {
      if (this.awaiting) {
        const { awaiting } = this;
        this.awaiting = undefined;
        awaiting(line);
      } else await this.obey(line);
    }
  }

  /** The next line with its literals, once it is whole; the client is asked for those that wait for it. */
  private take(): string | undefined {
    for (let from = 0; ;) {
      const end = this.received.indexOf('\r\n', from);
      if (end < 0) return undefined;
      const [marker, length, runs] = /\{(\d+)(\+?)\}$/.exec(this.received.slice(from, end)) ?? [];
      if (marker === undefined || this.awaiting) {
        const line = this.received.slice(0, end);
        this.received = this.received.slice(end + 2);
        return line;
      }
      const whole = end + 2 + Number(length);
      if (this.received.length < whole) {
        if (runs === '' && this.received.length === end + 2) this.say('+ Go on');
        return undefined;
      }
      from = whole;
    }
  }

  private async obey(line: string): Promise<void> {
    let command: Command;
    try {
      command = parseCommand(line);
    } catch {
      return this.say('* BAD This is no command.');
    }
    const { tag, name } = command;
    const answer: Answer = (status, text) => {
      if (this.folder && name !== 'FETCH') this.tellNews();
      this.say(`${tag} ${status} ${text}`);
    };
    this.provider.note(name, command.words, this.account?.address);
    if (await this.provider.spoil(name, this.socket)) return;
    const run = COMMANDS[name];
    if (!run) return answer('BAD', 'Not known here.');
    if (run.needs !== 'nothing' && !this.account) return answer('NO', 'Sign in first.');
    if (run.needs === 'folder' && !this.folder) return answer('BAD', 'Choose a folder first.');
    await run.do.call(this, command, answer);
  }

  capability(_: Command, answer: Answer): void {
    this.say(`* CAPABILITY ${CAPABILITIES}`);
    answer('OK', 'These are they.');
  }

  login({ words: [user, password] }: Command, answer: Answer): void {
    this.admit(this.provider.byPassword(String(user), String(password)), answer);
  }

  authenticate({ words: [mechanism, initial] }: Command, answer: Answer): void | Promise<void> {
    const way = String(mechanism).toUpperCase();
    if (way !== 'PLAIN' && way !== 'XOAUTH2') return answer('NO', 'Not offered.');
    const prove = async (given: string): Promise<void> => {
      const text = Buffer.from(given, 'base64').toString();
      if (way === 'PLAIN') {
        const [, user = '', password = ''] = text.split('\0');
        return this.admit(this.provider.byPassword(user, password), answer);
      }
      const [first = '', second = ''] = text.split('\u0001');
      const [user, token] = [first.replace(/^user=/, ''), second.replace(/^auth=Bearer /, '')];
      const account = await this.provider.byToken(user, token);
      if (account) return this.admit(account, answer);
      // The reason first, as a challenge; the client answers it with an empty line.
      this.say(`+ ${Buffer.from('{"status":"400","schemes":"Bearer"}').toString('base64')}`);
      this.awaiting = () => this.admit(undefined, answer);
    };
    if (initial !== undefined) return prove(String(initial));
    this.say('+ ');
    this.awaiting = (line) => void (this.busy = this.busy.then(() => prove(line)));
  }

  private admit(account: Account | undefined, answer: Answer): void {
    if (!account) return answer('NO', '[AUTHENTICATIONFAILED] Invalid credentials.');
    this.account = account;
    answer('OK', `[CAPABILITY ${CAPABILITIES}] Signed in.`);
  }

  list({ words }: Command, answer: Answer): void {
    const pattern = String(words.at(-1) ?? '*');
    const wanted = new RegExp(
      `^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/[*%]/g, '.*')}$`,
      'i',
    );
    if (pattern === '') this.say('* LIST (\\Noselect) "/" ""');
    else
      for (const name of this.account!.folders.keys())
        if (wanted.test(name)) this.say(`* LIST (\\HasNoChildren) "/" ${quoted(name)}`);
    answer('OK', 'These are they.');
  }

  status({ words: [name, items] }: Command, answer: Answer): void {
    const folder = this.found(String(name));
    if (!folder) return answer('NO', '[NONEXISTENT] No such folder.');
    const values: Record<string, number> = {
      ...{ MESSAGES: folder.mails.length, UIDNEXT: folder.uidNext, UIDVALIDITY: folder.uidValidity, RECENT: 0 },
      UNSEEN: folder.mails.filter(({ flags }) => !flags.has('\\Seen')).length,
    };
    const asked = (items as string[]).map((item) => item.toUpperCase()).filter((item) => item in values);
    this.say(`* STATUS ${quoted(folder.name)} (${asked.map((item) => `${item} ${values[item]}`).join(' ')})`);
    answer('OK', 'So it stands.');
  }

  select({ name, words: [wanted] }: Command, answer: Answer): void {
    this.folder = undefined;
    const folder = this.found(String(wanted));
    if (!folder) return answer('NO', '[NONEXISTENT] No such folder.');
    this.isReadOnly = name === 'EXAMINE';
    this.told = folder.mails.length;
    this.say('* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)');
    this.say(`* ${folder.mails.length} EXISTS`);
    this.say('* 0 RECENT');
    this.say(`* OK [UIDVALIDITY ${folder.uidValidity}] UIDs are good.`);
    this.say(`* OK [UIDNEXT ${folder.uidNext}] The next.`);
    this.folder = folder;
    answer('OK', this.isReadOnly ? '[READ-ONLY] Looked at.' : '[READ-WRITE] Chosen.');
  }

  unselect(_: Command, answer: Answer): void {
    this.folder = undefined;
    answer('OK', 'Left.');
  }

  noop(_: Command, answer: Answer): void {
    answer('OK', 'Done.');
  }

  id(_: Command, answer: Answer): void {
    this.say('* ID ("name" "mail sandbox")');
    answer('OK', 'Pleased to meet you.');
  }

  idle(_: Command, answer: Answer): void {
    this.say('+ Listening');
    this.idling = { answer };
    this.tellNews();
    this.awaiting = (line) => {
      this.idling = undefined;
      if (/^done$/i.test(line)) answer('OK', 'It was a pleasure.');
      else answer('BAD', 'DONE was expected.');
    };
  }

  logout(_: Command, answer: Answer): void {
    this.say('* BYE Until next time.');
    answer('OK', 'Gone.');
    this.socket.end();
  }

  async uid({ tag, words: [verb, ...words] }: Command, answer: Answer): Promise<void> {
    const name = String(verb).toUpperCase();
    if (name === 'SEARCH') return this.search({ tag, name, words }, answer, true);
    if (name === 'FETCH') return this.fetch({ tag, name, words }, answer, true);
    return answer('BAD', 'Not known here.');
  }

  search({ words }: Command, answer: Answer, byUid = false): void {
    const found = this.folder!.mails.flatMap((mail, index) => {
      return this.fits(mail, index + 1, words) ? [byUid ? mail.uid : index + 1] : [];
    });
    this.say(`* SEARCH${found.map((number) => ` ${number}`).join('')}`);
    answer('OK', 'Searched.');
  }

  private fits(mail: Mail, number: number, words: Word[]): boolean {
    const rest = [...words];
    const { mails, uidNext } = this.folder!;
    const text = () => String(rest.shift() ?? '');
    const ofField = (name: string, wanted: string) =>
      (fieldOf(partOf(mail.raw).header, name) ?? '').toLowerCase().includes(wanted.toLowerCase());
    while (rest.length > 0) {
      const key = rest.shift()!;
      if (typeof key !== 'string') {
        if (!this.fits(mail, number, key)) return false;
        continue;
      }
      const word = key.toUpperCase();
      let fits = true;
      if (word === 'UID') fits = isOfSet(text(), mail.uid, uidNext - 1);
      else if (word === 'SINCE') fits = dayOf(mail.at) >= dayOf(new Date(text()));
      else if (word === 'BEFORE') fits = dayOf(mail.at) < dayOf(new Date(text()));
      else if (word === 'FROM' || word === 'SUBJECT') fits = ofField(word, text());
      else if (word === 'HEADER') fits = ofField(text(), text());
      else if (word === 'SEEN') fits = mail.flags.has('\\Seen');
      else if (word === 'UNSEEN') fits = !mail.flags.has('\\Seen');
      else if (word === 'CHARSET') text();
      else if (/^[\d*]/.test(word)) fits = isOfSet(word, number, mails.length);
      if (!fits) return false;
    }
    return true;
  }

  async fetch({ words: [set, asked] }: Command, answer: Answer, byUid = false): Promise<void> {
    const { mails, uidNext } = this.folder!;
    const items = (Array.isArray(asked) ? asked : [asked]).map(String);
    if (byUid && !items.some((item) => item.toUpperCase() === 'UID')) items.unshift('UID');
    const last = byUid ? uidNext - 1 : mails.length;
    for (const [index, mail] of mails.entries()) {
      if (!isOfSet(String(set), byUid ? mail.uid : index + 1, last)) continue;
      const whole = partOf(mail.raw);
      const values = items.map((item) => this.itemOf(mail, whole, item));
      if (await this.provider.spoil('FETCH_ANSWER', this.socket, `* ${index + 1} FETCH (`)) return;
      this.say(`* ${index + 1} FETCH (${values.filter((value) => value !== '').join(' ')})`);
    }
    answer('OK', 'Fetched.');
  }

  private itemOf(mail: Mail, whole: ReturnType<typeof partOf>, item: string): string {
    const name = item.toUpperCase();
    if (name === 'UID') return `UID ${mail.uid}`;
    if (name === 'FLAGS') return `FLAGS (${[...mail.flags].join(' ')})`;
    if (name === 'INTERNALDATE') return `INTERNALDATE "${internalDate(mail.at)}"`;
    if (name === 'RFC822.SIZE') return `RFC822.SIZE ${mail.raw.length}`;
    if (name === 'ENVELOPE') return `ENVELOPE ${envelopeOf(whole.header)}`;
    if (name === 'BODYSTRUCTURE') return `BODYSTRUCTURE ${structureOf(whole)}`;
    const [matched, peek, section = '', start, length] =
      /^BODY(\.PEEK)?\[(.*)\](?:<(\d+)\.(\d+)>)?$/is.exec(item) ?? [];
    if (matched === undefined) return '';
    if (!peek && !this.isReadOnly) mail.flags.add('\\Seen');
    const text = sectionOf(whole, mail.raw, section);
    const from = start === undefined ? '' : `<${start}>`;
    const cut = text === undefined || start === undefined ? text : text.slice(+start, +start + Number(length));
    return `BODY[${section}]${from} ${cut === undefined ? 'NIL' : literal(cut)}`;
  }

  private found(name: string): Folder | undefined {
    const { folders } = this.account!;
    return folders.get(/^inbox$/i.test(name) ? 'INBOX' : name);
  }
}

type Needs = 'nothing' | 'account' | 'folder';
type Runner = (this: Session, command: Command, answer: Answer) => void | Promise<void>;

const of = (needs: Needs, run: Runner): { needs: Needs; do: Runner } => ({ needs, do: run });
const { prototype } = Session;
const COMMANDS: Record<string, { needs: Needs; do: Runner } | undefined> = {
  CAPABILITY: of('nothing', prototype.capability),
  NOOP: of('nothing', prototype.noop),
  ID: of('nothing', prototype.id),
  LOGOUT: of('nothing', prototype.logout),
  LOGIN: of('nothing', prototype.login),
  AUTHENTICATE: of('nothing', prototype.authenticate),
  LIST: of('account', prototype.list),
  LSUB: of('account', prototype.list),
  STATUS: of('account', prototype.status),
  SELECT: of('account', prototype.select),
  EXAMINE: of('account', prototype.select),
  UNSELECT: of('account', prototype.unselect),
  CLOSE: of('account', prototype.unselect),
  IDLE: of('account', prototype.idle),
  SEARCH: of('folder', prototype.search),
  FETCH: of('folder', prototype.fetch),
  UID: of('folder', prototype.uid),
};

const dayOf = (date: Date): number => Math.floor(date.getTime() / 86_400_000);

function internalDate(at: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString())!;
  return `${day}-${month}-${year} ${time} +0000`;
}
