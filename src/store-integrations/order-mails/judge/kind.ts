import type { MailKind } from '../finding';
import { CONDITIONAL, kindRulesFor } from '../rules/rules';

export interface KindFound {
  kind: MailKind;
  /** From 1: a word somewhere; from 9: the subject or the headline says so. */
  score: number;
  ruleId: string;
  excerpt: string;
}

/** Sentences at the top: what a mail is about stands there. */
export const HEAD = 12;
const WEIGHT_OF_PLACE = { subject: 3, head: 2, body: 0.6 } as const;
/** The later in an order's life, the less it is said in passing: it wins where both are said alike. */
const AT_EQUAL: MailKind[] = [
  ...([
    'cancelled',
    'refunded',
    'returned',
    'exception',
    'delivered',
    'out_for_delivery',
    'delayed',
    'shipped',
  ] as const),
  'ordered',
];

const LATER: Partial<Record<MailKind, MailKind>> = { shipped: 'out_for_delivery', returned: 'refunded' };
const PLAIN = 8;
const MONEY = /(?<!\p{L})(?:refund|credit(?! card)|reembolso|abono|erstattung|remboursement)/iu;

/** What a mail says has happened, or null. What will or may happen does not count. */
export function kindOf(subject: string, sentences: string[]): KindFound | null {
  const said = new Map<MailKind, Record<keyof typeof WEIGHT_OF_PLACE, number> & Omit<KindFound, 'score'>>();
  const rules = kindRulesFor([subject, ...sentences].join('\n'));
  const hear = (place: keyof typeof WEIGHT_OF_PLACE, written: string) => {
    // "n.º 12" ends no sentence.
    const sentence = written.replace(/\b(n|no|nr|num)\.\s?(?=[º°ª#\d])/giu, '$1 ');
    for (const { id, kind, weight, pattern } of rules) {
      const match = pattern.exec(sentence);
      // Money is on its way, too.
      if (!match || (kind === 'shipped' && MONEY.test(sentence))) continue;
      const known = said.get(kind) ?? { kind, ruleId: id, excerpt: match[0], subject: 0, head: 0, body: 0 };
      said.set(kind, { ...known, [place]: Math.max(known[place], weight) });
    }
  };
  hear('subject', subject);
  const facts = sentences.map((one) => ({ one, isFact: !CONDITIONAL.some((pattern) => pattern.test(one)) }));
  facts.forEach(({ one, isFact }, at) => isFact && one.length < 500 && hear(at < HEAD ? 'head' : 'body', one));
  const scored = [...said.values()].map(({ kind, ruleId, excerpt, ...places }) => ({
    ...{ kind, ruleId, excerpt },
    score: (['subject', 'head', 'body'] as const).reduce(
      (sum, place) => sum + places[place] * WEIGHT_OF_PLACE[place],
      0,
    ),
  }));
  const [first] = scored.sort((a, b) => b.score - a.score || AT_EQUAL.indexOf(a.kind) - AT_EQUAL.indexOf(b.kind));
  const later = first && LATER[first.kind];
  // What was said of the goods, and then what came of it: the later is the news.
  return scored.find(({ kind, score }) => kind === later && score >= PLAIN) ?? first ?? null;
}
