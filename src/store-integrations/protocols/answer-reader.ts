import { isPublicHost, isUrl } from '../../platform/http-client';

/** More than any answer of a protocol nests; what is nested deeper is meant to hurt. */
const MAX_DEPTH = 40;
const MAX_MEMBERS = 2_000;
/** As the tables that keep ids have it. */
const MAX_ID = 255;
const MAX_TEXT = 1_000;
/** Of money, in minor units, and of whatever is counted: sums of a list of them are still exact. */
const MAX_INTEGER = 1_000_000_000_000;

// eslint-disable-next-line no-control-regex
const UNWANTED = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]/g;

/** What came is not what the protocol says. It names the place and never the value: that may be anybody's data. */
export class BadAnswer extends Error {
  constructor(
    readonly path: string,
    readonly expected: string,
  ) {
    super(`${path} is not ${expected}`);
    this.name = 'BadAnswer';
  }
}

/**
 * JSON of a party that is not trusted, read member by member. Whatever is read is what its reader says, or BadAnswer: ids
 * are short and hold no control characters, amounts are whole and exact, text for people is cut and cleaned, lists end.
 */
export class AnswerReader {
  constructor(
    private readonly value: unknown,
    readonly path = '$',
  ) {}

  /** Throws BadAnswer for what is no JSON, not UTF-8, or nested beyond reason. */
  static parse(body: Buffer): AnswerReader {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    } catch {
      throw new BadAnswer('$', 'UTF-8');
    }
    // Before parsing: a parser that runs out of stack takes the process with it.
    if (isTooDeep(text)) throw new BadAnswer('$', `nested less than ${MAX_DEPTH} deep`);
    try {
      return new AnswerReader(JSON.parse(text));
    } catch {
      throw new BadAnswer('$', 'JSON');
    }
  }

  /** Null counts as not there. */
  get isThere(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isText(): boolean {
    return typeof this.value === 'string';
  }

  /** A member of this object; of one that is not there, one that is not there. */
  at(name: string): AnswerReader {
    const path = `${this.path}.${name}`;
    if (!this.isThere) return new AnswerReader(undefined, path);
    const object = this.object();
    return new AnswerReader(Object.hasOwn(object, name) ? object[name] : undefined, path);
  }

  /** The elements of a list; none where it is not there. */
  list(): AnswerReader[] {
    if (!this.isThere) return [];
    if (!Array.isArray(this.value) || this.value.length > MAX_MEMBERS) throw this.not('a list');
    return this.value.map((element, index) => new AnswerReader(element, `${this.path}[${index}]`));
  }

  /** The members of an object; none where it is not there. */
  entries(): [string, AnswerReader][] {
    if (!this.isThere) return [];
    const entries = Object.entries(this.object());
    if (entries.length > MAX_MEMBERS) throw this.not('an object');
    return entries.map(([name, value]) => [name, new AnswerReader(value, `${this.path}.${name}`)]);
  }

  /** An identifier, a code, a status: taken as it is or not at all. */
  id(): string {
    const { value } = this;
    if (typeof value !== 'string' || value === '' || value.length > MAX_ID || !isClean(value)) {
      throw this.not('an identifier');
    }
    return value;
  }

  idOrNull(): string | null {
    return this.isThere ? this.id() : null;
  }

  /** For people: cleaned of control characters, and cut where it is long. */
  text(): string {
    if (typeof this.value !== 'string') throw this.not('text');
    return this.value.toWellFormed().replace(UNWANTED, '').trim().slice(0, MAX_TEXT).toWellFormed();
  }

  textOrNull(): string | null {
    return (this.isThere && this.text()) || null;
  }

  oneOf<T extends string>(values: readonly T[]): T {
    if (!values.includes(this.value as T)) throw this.not('a known value');
    return this.value as T;
  }

  /** An integer that may be added to others of its kind. */
  integer(): number {
    const { value } = this;
    if (!Number.isInteger(value) || Math.abs(value as number) > MAX_INTEGER) throw this.not('an integer');
    return value as number;
  }

  /** An integer of zero or more. */
  amount(): number {
    const amount = this.integer();
    if (amount < 0) throw this.not('an amount');
    return amount;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.not('true or false');
    return this.value;
  }

  /** ISO 4217. */
  currency(): string {
    if (typeof this.value !== 'string' || !/^[A-Z]{3}$/.test(this.value)) throw this.not('a currency');
    return this.value;
  }

  /** RFC 3339, of this age. */
  time(): Date {
    const time = typeof this.value === 'string' && RFC_3339.test(this.value) ? new Date(this.value) : undefined;
    if (!time || !(time >= EARLIEST && time <= LATEST)) throw this.not('a time');
    return time;
  }

  timeOrNull(): Date | null {
    return this.isThere ? this.time() : null;
  }

  /** An absolute address, https and of a public host unless `mayBeHttp` (the sandbox's), without credentials. */
  url(mayBeHttp = false): string {
    const url = this.safeUrl(mayBeHttp);
    if (url === null) throw this.not('an https address');
    return url;
  }

  urlOrNull(mayBeHttp = false): string | null {
    return this.isThere ? this.url(mayBeHttp) : null;
  }

  /** The same where nothing depends on it: an address that nobody should follow is none. */
  safeUrl(mayBeHttp = false): string | null {
    const { value } = this;
    const url = typeof value === 'string' && value.length <= 2_000 && isUrl(value) ? new URL(value) : null;
    if (!url || url.username !== '' || url.password !== '') return null;
    const isSafe = mayBeHttp
      ? url.protocol === 'https:' || url.protocol === 'http:'
      : url.protocol === 'https:' && isPublicHost(url.hostname);
    return isSafe ? url.href : null;
  }

  not(expected: string): BadAnswer {
    return new BadAnswer(this.path, expected);
  }

  private object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) throw this.not('an object');
    return this.value as Record<string, unknown>;
  }
}

const EARLIEST = new Date('1970-01-01T00:00:00Z');
const LATEST = new Date('2200-01-01T00:00:00Z');
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function isClean(text: string): boolean {
  return text.isWellFormed() && text.search(UNWANTED) === -1 && !/[\t\n\r]/.test(text);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (inText) {
      if (character === 0x5c) at++;
      else if (character === 0x22) inText = false;
    } else if (character === 0x22) inText = true;
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (character === 0x7d || character === 0x5d) depth--;
  }
  return false;
}
