import type { Language } from '../../platform/http';

const WORDS: Record<Language, (store: string) => string> = {
  en: (store) =>
    `Muse may earn a commission from ${store} when you buy through this link. Your price stays the same, and you can turn such links off.`,
  es: (store) =>
    `Muse puede recibir una comisión de ${store} cuando compras por este enlace. Tu precio no cambia, y puedes desactivar estos enlaces.`,
};

/** What is said wherever a link is, or will be, an affiliate link. */
export function affiliateDisclosure(store: string, language: Language): string {
  return WORDS[language](store);
}
