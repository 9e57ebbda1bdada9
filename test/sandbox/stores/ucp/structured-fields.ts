/** The little of RFC 8941 that signatures need: dictionaries of strings, byte sequences and inner lists, with parameters. */
export type Bare = string | number | boolean | Buffer;
export interface Item {
  value: Bare;
  parameters: Map<string, Bare>;
}
export interface InnerList {
  items: Item[];
  parameters: Map<string, Bare>;
  /** As it was written: it is part of what is signed. */
  source: string;
}
export type Member = Item | InnerList;

/** Throws a SyntaxError where it is none. */
export function dictionaryOf(text: string): Map<string, Member> {
  return new Parser(text).dictionary();
}

export function isInnerList(member: Member | undefined): member is InnerList {
  return member !== undefined && 'items' in member;
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  dictionary(): Map<string, Member> {
    const members = new Map<string, Member>();
    this.skip();
    while (this.at < this.text.length) {
      const key = this.key();
      if (this.peek() === '=') {
        this.at++;
        members.set(key, this.peek() === '(' ? this.innerList() : this.item());
      } else members.set(key, { value: true, parameters: this.parameters() });
      this.skip();
      if (this.at === this.text.length) break;
      this.expect(',');
      this.skip();
      if (this.at === this.text.length) throw new SyntaxError('A comma at the end');
    }
    return members;
  }

  private innerList(): InnerList {
    const begun = this.at;
    this.expect('(');
    const items: Item[] = [];
    for (;;) {
      while (this.peek() === ' ') this.at++;
      if (this.peek() === ')') break;
      items.push(this.item());
      if (this.peek() !== ' ' && this.peek() !== ')') throw new SyntaxError('No space between items');
    }
    this.expect(')');
    const parameters = this.parameters();
    return { items, parameters, source: this.text.slice(begun, this.at) };
  }

  private item(): Item {
    return { value: this.bare(), parameters: this.parameters() };
  }

  private parameters(): Map<string, Bare> {
    const parameters = new Map<string, Bare>();
    while (this.peek() === ';') {
      this.at++;
      while (this.peek() === ' ') this.at++;
      const key = this.key();
      if (this.peek() === '=') {
        this.at++;
        parameters.set(key, this.bare());
      } else parameters.set(key, true);
    }
    return parameters;
  }

  private bare(): Bare {
    const rest = this.text.slice(this.at);
    const string = /^"((?:[^"\\]|\\["\\])*)"/.exec(rest);
    if (string) return this.took(string[0], string[1]!.replace(/\\(.)/g, '$1'));
    const bytes = /^:([A-Za-z0-9+/]*={0,2}):/.exec(rest);
    if (bytes) return this.took(bytes[0], Buffer.from(bytes[1]!, 'base64'));
    const number = /^-?\d{1,15}(\.\d{1,3})?/.exec(rest);
    if (number) return this.took(number[0], Number(number[0]));
    const boolean = /^\?([01])/.exec(rest);
    if (boolean) return this.took(boolean[0], boolean[1] === '1');
    const token = /^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/.exec(rest);
    if (token) return this.took(token[0], token[0]);
    throw new SyntaxError('No value');
  }

  private took<T>(source: string, value: T): T {
    this.at += source.length;
    return value;
  }

  private key(): string {
    const key = /^[a-z*][a-z0-9_.*-]*/.exec(this.text.slice(this.at))?.[0];
    if (key === undefined) throw new SyntaxError('No key');
    return this.took(key, key);
  }

  private peek(): string | undefined {
    return this.text[this.at];
  }

  private expect(letter: string): void {
    if (this.peek() !== letter) throw new SyntaxError(`No ${letter}`);
    this.at++;
  }

  private skip(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.at++;
  }
}
