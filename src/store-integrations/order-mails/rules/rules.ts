import { parse } from 'tldts';
import type { MailKind, NothingBecause } from '../finding';
import kindsJson from './kinds.json';
import negativesJson from './negatives.json';
import sendersJson from './senders.json';
import wordsJson from './words.json';

/** A store or carrier that mails speak of; `aliases` are names that nobody else may write under. */
export interface KnownSender {
  id: string;
  name: string;
  domains: string[];
  /** The same name under the domain of any country is theirs too. */
  anyCountry?: boolean;
  aliases: string[];
}

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

export const SENDERS = sendersJson as {
  stores: KnownSender[];
  carriers: KnownSender[];
} & Record<'relays' | 'trackers' | 'neutral' | 'freemail' | 'notStores', string[]>;
export const WORDS = wordsJson;

export type LabelName = Exclude<keyof typeof wordsJson.labels, 'totals'>;
export const label = (name: LabelName): string => wordsJson.labels[name];

/** The domain that somebody registered: mail.shop.co.uk → shop.co.uk. Null for an address or a name without one. */
export function registrable(host: string): string | null {
  return parse(host, { allowPrivateDomains: false }).domain;
}

export function isAmong(
  domain: string | null,
  list: 'relays' | 'trackers' | 'neutral' | 'freemail' | 'notStores',
): boolean {
  return domain !== null && SENDERS[list].includes(domain);
}

/** Whether a registrable domain belongs to a known sender. */
export function owns(sender: KnownSender, domain: string): boolean {
  if (sender.domains.includes(domain)) return true;
  if (!sender.anyCountry) return false;
  const suffix = domain.slice(domain.indexOf('.') + 1);
  const name = sender.domains[0]!.split('.')[0]!;
  // Of a country, or one below a country's: amazon.de, amazon.co.uk.
  return domain.startsWith(`${name}.`) && /^(?:(?:com?|org)\.)?[a-z]{2}$/.test(suffix);
}
