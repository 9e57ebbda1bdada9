const MAX_DEPTH = 40;
const MAX_ITEMS = 1000;

/** What a store sent cannot be read. `place` says where, in the terms of its document, and holds nothing of what stood there. */
export class Unreadable extends Error {
  override name = 'Unreadable';

  constructor(
    readonly place: string,
    wanted: string,
  ) {
    super(`${place} is not ${wanted}`);
  }
}

/** A JSON document of somebody else's: of bounded depth, read value by value. Throws Unreadable. */
export function readJson(body: Buffer | string): JsonReader {
  const text = typeof body === 'string' ? body : body.toString('utf8');
  if (depthOf(text) > MAX_DEPTH) throw new Unreadable('$', `at most ${MAX_DEPTH} levels deep`);
  try {
    return new JsonReader(JSON.parse(text) as unknown, '$');
  } catch {
    throw new Unreadable('$', 'JSON');
  }
}

/**
 * One value of a store's answer and its place. It gives what is asked for in the form that is asked for, or throws
 * Unreadable: what a store sends is never taken as it is. Null and absent are the same.
 */
export class JsonReader {
  constructor(
    private readonly value: unknown,
    readonly place: string,
  ) {}

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A member of an object; absent where there is none. */
  get(name: string): JsonReader {
    if (this.isAbsent) return new JsonReader(undefined, `${this.place}.${name}`);
    if (typeof this.value !== 'object' || Array.isArray(this.value)) throw new Unreadable(this.place, 'an object');
    const own = Object.hasOwn(this.value as object, name);
    return new JsonReader(own ? (this.value as Record<string, unknown>)[name] : undefined, `${this.place}.${name}`);
  }

  /** Fails where it is no object, or absent. */
  object(): this {
    if (this.isAbsent || typeof this.value !== 'object' || Array.isArray(this.value))
      throw new Unreadable(this.place, 'an object');
    return this;
  }

  /** The members of a list; none where it is absent. */
  list(): JsonReader[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value) || this.value.length > MAX_ITEMS)
      throw new Unreadable(this.place, `a list of at most ${MAX_ITEMS}`);
    return this.value.map((item, index) => new JsonReader(item, `${this.place}[${index}]`));
  }

  /** A text that is not empty. */
  text(maxLength = 2_000): string {
    if (typeof this.value !== 'string' || this.value === '' || this.value.length > maxLength)
      throw new Unreadable(this.place, `a text of at most ${maxLength} characters`);
    return this.value;
  }

  textOrNull(maxLength?: number): string | null {
    return this.isAbsent || this.value === '' ? null : this.text(maxLength);
  }

  /** For people: whatever stands there as one line of text, cut where it is long; null where nothing does. */
  wordsOrNull(maxLength = 500): string | null {
    if (typeof this.value !== 'string') return null;
    // oxlint-disable-next-line no-control-regex -- what cannot be seen has no place in a sentence
    const words = this.value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
    return words === '' ? null : words.slice(0, maxLength);
  }

  /** A whole number that a double holds exactly. */
  integer(): number {
    if (typeof this.value !== 'number' || !Number.isSafeInteger(this.value))
      throw new Unreadable(this.place, 'a whole number');
    return this.value;
  }

  integerOrNull(): number | null {
    return this.isAbsent ? null : this.integer();
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw new Unreadable(this.place, 'true or false');
    return this.value;
  }

  booleanOrNull(): boolean | null {
    return this.isAbsent ? null : this.boolean();
  }

  /** An RFC 3339 time. */
  moment(): Date {
    const text = this.text(40);
    const at = /^\d{4}-\d{2}-\d{2}T/.test(text) ? new Date(text) : new Date(Number.NaN);
    if (Number.isNaN(at.getTime())) throw new Unreadable(this.place, 'a time');
    return at;
  }

  momentOrNull(): Date | null {
    return this.isAbsent ? null : this.moment();
  }
}

/** How deep lists and objects lie in each other, without opening any. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInText) {
      // Skips what a backslash protects.
      if (code === 0x5c) at++;
      else if (code === 0x22) isInText = false;
    } else if (code === 0x22) isInText = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}
