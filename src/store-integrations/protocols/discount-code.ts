import type { AnswerReader } from './answer-reader';

/** Which of an answer's discount codes a message is about, by the JSONPath that both open protocols write; null: of none. */
export function discountCodeAt(path: string | null, codes: AnswerReader): string | null {
  const at = /^\$\.discounts\.codes\[(\d{1,4})\]/.exec(path ?? '')?.[1];
  return at === undefined ? null : (codes.list()[Number(at)]?.textOrNull() ?? null);
}
