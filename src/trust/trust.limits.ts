import type { Limit } from '../platform/http';

/** Enough for whoever has bad luck with many, not for who makes a habit of it. */
export const REPORTS: Limit = { name: 'reports', most: 20, perSeconds: 86_400 };
