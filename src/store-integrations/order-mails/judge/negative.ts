import type { NothingBecause } from '../finding';
import { NEGATIVE_RULES } from '../rules/rules';

export interface Negative {
  because: NothingBecause;
  ruleId: string;
  inSubject: boolean;
}

const TOP = 6;

/** What else a mail may be about: a cart that was left, a survey, a bill, news. */
export function negativeOf(subject: string, sentences: string[]): Negative | null {
  const inSubject = NEGATIVE_RULES.find(({ pattern }) => pattern.test(subject));
  if (inSubject) return { because: inSubject.because, ruleId: inSubject.id, inSubject: true };
  const top = sentences.slice(0, TOP);
  const inHead = NEGATIVE_RULES.find(({ where, pattern }) => where === 'head' && top.some((one) => pattern.test(one)));
  return inHead ? { because: inHead.because, ruleId: inHead.id, inSubject: false } : null;
}
