import type { Link } from './mime/page';

/** As hand-offs make them: 26 to 32 of these. */
const CLICK_ID = /(?<![a-z0-9])[a-z0-9]{26,32}(?![a-z0-9])/g;

/** What may be a click id of ours in a mail's links: in a path or a parameter of its own. Whether it is one, its owner knows. */
export function clickIdsIn(links: Link[]): string[] {
  const found = new Set<string>();
  for (const { url } of links) {
    for (const [id] of decoded(url).matchAll(CLICK_ID)) {
      // A whole number or a word is no id.
      if (/\d/.test(id) && /[a-z]/.test(id)) found.add(id);
      if (found.size >= 40) return [...found];
    }
  }
  return [...found];
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
