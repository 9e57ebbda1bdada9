import type { NothingBecause } from '../finding';
import { NEGATIVE_RULES } from '../rules/rules';

export interface Negative {
  because: NothingBecause;
  ruleId: string;
  place: 'subject' | 'head' | 'page';
  always: boolean;
}

const TOP = 6;
const PAGE = 60;

/** What else a mail may be about: a cart that was left, a survey, a bill, news. */
export function negativeOf(subject: string, sentences: string[]): Negative | null {
  const found = (place: Negative['place'], texts: string[]): Negative | null => {
    const rules = NEGATIVE_RULES.filter(({ where }) => place === 'subject' || where === place || where === 'page');
    const hits = rules.filter(({ pattern }) => texts.some((one) => pattern.test(one)));
    const hit = hits.find(({ always }) => always) ?? hits[0];
    return hit ? { because: hit.because, ruleId: hit.id, place, always: hit.always ?? false } : null;
  };
  const all = [
    found('subject', [subject]),
    found('head', sentences.slice(0, TOP)),
    found('page', sentences.slice(0, PAGE)),
  ];
  return all.find((one) => one?.always) ?? all.find((one) => one !== null) ?? null;
}
