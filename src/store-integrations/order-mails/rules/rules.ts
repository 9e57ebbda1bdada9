import type { MailKind, NothingBecause } from '../finding';
import kindsJson from './kinds.json';
import negativesJson from './negatives.json';
import wordsJson from './words.json';

interface KindRule {
  id: string;
  kind: MailKind;
  weight: number;
  pattern: RegExp;
}
interface NegativeRule {
  id: string;
  because: NothingBecause;
  where: 'subject' | 'head' | 'page';
  /** Whatever else the mail says. */
  always?: boolean;
  pattern: RegExp;
}

const filled = (pattern: string) =>
  pattern.replace(/\{([a-z]+)\}/g, (_, name: string) => (kindsJson.groups as Record<string, string>)[name]!);
/** JavaScript's own knows the edges of English words only: "livré" has none for it. */
const EDGE = '(?:(?<=[\\p{L}\\p{N}])(?![\\p{L}\\p{N}])|(?<![\\p{L}\\p{N}])(?=[\\p{L}\\p{N}]))';
const regex = (pattern: string, isEnglish = false) =>
  new RegExp(isEnglish ? filled(pattern) : filled(pattern).replaceAll('\\b', EDGE), 'iu');

/** What has happened, as people say it. Compiled once a thread. */
export const KIND_RULES = kindsJson.phrases.map((one) => ({
  ...one,
  pattern: regex(one.pattern, one.id.startsWith('en.')),
})) as KindRule[];
const LANGUAGES = Object.entries(kindsJson.languages).map(([name, pattern]) => ({
  pattern: new RegExp(pattern, 'iu'),
  rules: KIND_RULES.filter(({ id }) => id.startsWith(`${name}.`)),
}));

/** The rules of the languages that a text may be in: most of the time goes into rules that cannot match. */
export function kindRulesFor(text: string): typeof KIND_RULES {
  return LANGUAGES.flatMap(({ pattern, rules }) => (pattern.test(text) ? rules : []));
}

/** A sentence of this form tells of what may or will happen, not of what did. */
export const CONDITIONAL = kindsJson.conditional.map((one) => regex(one, true));
/** What says that only some of an order's goods are meant. */
export const PARTIAL = kindsJson.partial.map((one) => regex(one, true));
/** A step of a progress bar: the whole line or cell. */
export const STEP = regex(kindsJson.steps);
export const NEGATIVE_RULES = negativesJson.phrases.map((one) => ({
  ...one,
  pattern: regex(one.pattern, true),
})) as NegativeRule[];

export const WORDS = wordsJson;

export type LabelName = Exclude<keyof typeof wordsJson.labels, 'totals'>;
export const label = (name: LabelName): string => wordsJson.labels[name];
