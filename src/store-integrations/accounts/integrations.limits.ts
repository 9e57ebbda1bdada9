/** Each asks the store something. */
export const LINKS_PER_CALLER = { name: 'store-links', most: 20, perSeconds: 600, by: 'caller' } as const;
