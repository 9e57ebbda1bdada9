/** Each asks the store something. */
export const LINKS_PER_CALLER = { name: 'store-links', most: 20, perSeconds: 600, by: 'caller' } as const;

/** Each takes of what the store allows all shoppers together. */
export const READS_PER_CALLER = { name: 'store-reads', most: 60, perSeconds: 600, by: 'caller' } as const;
