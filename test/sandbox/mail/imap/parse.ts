/** A word of a command (RFC 3501, 9): an atom or a string, or a list of words in parentheses. */
export type Word = string | Word[];

export interface Command {
  tag: string;
  name: string;
  words: Word[];
}

/** Reads one command, literals in place. Throws where it is none. */
export function parseCommand(text: string): Command {
  let at = 0;
  const words: Word[] = [];
  const stack: Word[][] = [words];
  const add = (word: string) => stack.at(-1)!.push(word);
  while (at < text.length) {
    const sign = text[at]!;
    if (sign === ' ') at++;
    else if (sign === '(') {
      const list: Word[] = [];
      stack.at(-1)!.push(list);
      stack.push(list);
      at++;
    } else if (sign === ')') {
      if (stack.length === 1) throw new Error('A parenthesis too many');
      stack.pop();
      at++;
    } else if (sign === '"') {
      const quoted = /"((?:[^"\\]|\\.)*)"/y;
      quoted.lastIndex = at;
      const found = quoted.exec(text);
      if (!found) throw new Error('A quotation mark is missing');
      add(found[1]!.replaceAll(/\\(.)/g, '$1'));
      at = quoted.lastIndex;
    } else if (/\{\d+\+?\}\r\n/y.test(text.slice(at, at + 20))) {
      const [marker, length] = /^\{(\d+)\+?\}\r\n/.exec(text.slice(at, at + 20))!;
      at += marker.length;
      add(text.slice(at, at + Number(length)));
      at += Number(length);
    } else {
      // An atom; a section in brackets belongs to it, blanks and parentheses and all: BODY.PEEK[HEADER.FIELDS (FROM)]<0.100>
      const atom = /(?:[^\s()"[]|\[[^\]]*\])+/y;
      atom.lastIndex = at;
      const found = atom.exec(text);
      if (!found) throw new Error('Not a word');
      add(found[0]);
      at = atom.lastIndex;
    }
  }
  if (stack.length > 1) throw new Error('A parenthesis is missing');
  const [tag, name, ...rest] = words;
  if (typeof tag !== 'string' || typeof name !== 'string') throw new Error('Not a command');
  return { tag, name: name.toUpperCase(), words: rest };
}

/** Whether a number is of a set such as `1:4,7,9:*`; `*` is the last there is. */
export function isOfSet(set: string, value: number, last: number): boolean {
  return set.split(',').some((range) => {
    const [from, to = from] = range.split(':').map((end) => (end === '*' ? last : Number(end)));
    return value >= Math.min(from!, to!) && value <= Math.max(from!, to!);
  });
}

/** A text as a literal, whatever stands in it. */
export function literal(text: string): string {
  return `{${text.length}}\r\n${text}`;
}

export function quoted(text: string | null | undefined): string {
  if (text === null || text === undefined) return 'NIL';
  if (/[\r\n\u0080-\u00ff]/.test(text)) return literal(text);
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
