import type { Limit } from '../../platform/http';

/** Whoever tries stolen cards out needs many tries; those that fail count, and all the ways to give a card count together. */
export const SAVINGS: Limit = { name: 'method-savings', most: 30, perSeconds: 3_600 };
/** Nothing is tried by a setup; each asks the provider. */
export const SETUPS: Limit = { ...SAVINGS, name: 'method-setups' };
