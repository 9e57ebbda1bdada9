/** A search as the database asks it: whole words, and the beginning of the word that is still being typed. */
export interface SearchTerms {
  /** In the syntax of websearch_to_tsquery: words, "phrases", or, -not */
  words: string;
  /** Also matches words that begin like this; null where the last word is not a plain one */
  prefix: string | null;
}

const PLAIN_WORD = /^[\p{L}\p{N}]+$/u;
const OPERATORS = /"|(^|\s)-|(^|\s)or(\s|$)/i;

/** Splits what a shopper typed. Whoever uses operators gets exactly what they say, without a prefix. */
export function searchTerms(typed: string): SearchTerms {
  const text = typed.trim();
  const cut = text.search(/\S+$/);
  const last = text.slice(cut);
  if (OPERATORS.test(text) || !PLAIN_WORD.test(last)) return { words: text, prefix: null };
  return { words: text.slice(0, cut).trim(), prefix: last };
}
