import { secretsOf, type FlowInputs } from '../recipes';

/** Below that a word says nothing of anybody, and would cover half of every page. */
const SHORTEST_WORD = 3;

/**
 * What nobody may see in a trail: what was filled in and answered, the cookies, and what pages make of it (a first name in
 * a greeting, a telephone number with blanks in it).
 */
export function hiddenTexts(inputs: FlowInputs, more: readonly string[]): string[] {
  const { address, contact, credentials } = inputs;
  const names = [address?.name, contact?.email.split('@')[0], credentials?.username.split('@')[0]];
  const words = names.flatMap((name) => name?.split(/[\s.]+/) ?? []).filter((word) => word.length >= SHORTEST_WORD);
  const phones = [address?.phone, contact?.phone].flatMap((phone) => (phone ? phoneForms(phone) : []));
  return [...new Set([...secretsOf(inputs), ...words, ...phones, ...more])].filter((text) => text !== '');
}

/** As people write them; the last ten digits are those that a country prefix stands before. */
function phoneForms(phone: string): string[] {
  const digits = phone.replace(/\D/g, '');
  const local = digits.slice(-10);
  if (local.length < 10) return digits.length > 5 ? [digits] : [];
  const [area, middle, end] = [local.slice(0, 3), local.slice(3, 6), local.slice(6)];
  return [
    ...[digits, local, `(${area}) ${middle}-${end}`, `(${area}) ${middle} ${end}`],
    ...['-', ' ', '.'].map((sign) => [area, middle, end].join(sign)),
  ];
}
