const MAX_LENGTH = 60;

/** A store's name as part of an address: "Güero & Söhne" → "guero-sohne"; "store" where no letter or digit is left. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replaceAll(/[\p{M}'’]/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replaceAll(/^-+|-+$/g, '');
  return slug || 'store';
}
