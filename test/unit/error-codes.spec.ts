import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEM_TITLES } from '../../src/platform/http/problem.filter';
import { REFUSALS } from '../../src/store-integrations/strategies/oauth-api/refusal-code';

const ROOT = join(__dirname, '..', '..');
const FILES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'),
);
const textOf = (paths: string[]) => paths.map((path) => readFileSync(join(ROOT, 'src', path), 'utf8')).join('\n');
const SOURCE = textOf(FILES);
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');

/** `code status` for each code of a problem document that the source can answer. */
function answered(): string[] {
  const classes = SOURCE.split(/\n(?=(?:export )?class )/).filter((text) => /^(?:export )?class /.test(text));
  const codes = classes.flatMap((text) => {
    const parent = /^(?:export )?class \w+ extends (\w+)/.exec(text)?.[1];
    if (parent !== 'DomainError' && parent !== 'InvalidField') return [];
    // A field's error gives its code last, after the pointer and what is allowed there.
    const [code, status] =
      /super\(\s*'([a-z_]+)',\s*(\d{3})/.exec(text)?.slice(1) ??
      /super\(\s*code,\s*(\d{3})/
        .exec(text)
        ?.slice(1)
        .flatMap((of) => [defaultOf(text), of]) ??
      /super\([^;]*'([a-z_]+)',?\s*\);/.exec(text)?.slice(1).concat('422') ??
      [];
    if (!code) throw new Error(`What code has ${text.split('\n')[0]}`);
    return [`${code} ${status}`];
  });
  const inPlace = found(SOURCE, /new DomainError\(\s*'([a-z_]+)',\s*(\d{3})/g).map(
    ([code, status]) => `${code} ${status}`,
  );
  const fields = found(SOURCE, /new InvalidField\([^;]*?,\s*'([a-z_]+)',?\s*\)/g).map(([code]) => `${code} 422`);
  const generic = Object.entries(PROBLEM_TITLES).map(([status, [code]]) => `${code} ${status}`);
  return unique([...codes, ...inPlace, ...fields, ...generic]);
}

/** The code of a class that lets its maker give another. */
function defaultOf(text: string): string {
  return /code = '([a-z_]+)'/.exec(text)?.[1] ?? '';
}

function found(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(pattern)].map((match) => match.slice(1));
}

function unique(values: string[]): string[] {
  return [...new Set(values)].sort();
}

/** The rows of the table below a heading: the texts of its cells. */
function table(heading: string): string[][] {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (!section) throw new Error(`docs/errors.md has no section "${heading}"`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('docs/errors.md', () => {
  it('lists every code that the API can answer, with its status, and no other', () => {
    expect(unique(table('Problem documents').map(([code, status]) => `${code} ${status}`))).toEqual(answered());
  });

  it('lists every note of problems[], with its severities, and no other', () => {
    const notes = found(SOURCE, /code: '([a-z_]+)',\s*severity: ([^,]+),/g);
    const severities = (text: string) => found(text, /'(\w+)'/g).map(([severity]) => severity!);
    const known = unique(notes.flatMap(([code, text]) => severities(text!).map((severity) => `${code} ${severity}`)));
    const listed = table('Notes in `problems[]`').flatMap(([code, cell]) =>
      cell!.split(', ').map((severity) => `${code} ${severity}`),
    );
    expect(unique(listed)).toEqual(known);
  });

  it('lists every reason for which a store can fail, and no other', () => {
    // A payment provider may be unavailable too: that is told to nobody.
    const stores = textOf(FILES.filter((path) => !path.startsWith('payments')));
    const reasons = [
      ...found(stores, /type: '(?:rejected|unavailable)',\s*code: '([a-z_]+)'/g),
      ...found(stores, /\brejected\(\s*'([a-z_]+)'/g),
    ].map(([code]) => code!);
    expect(unique(table('Failures of a store').map(([code]) => code!))).toEqual(unique([...reasons, ...REFUSALS]));
  });

  it('says of every code when it comes and what to do', () => {
    for (const heading of ['Problem documents', 'Notes in `problems[]`', 'Failures of a store']) {
      for (const [code, ...cells] of table(heading)) {
        expect({ code, empty: cells.filter((cell) => cell.length < 3) }).toEqual({ code, empty: [] });
      }
    }
  });
});
