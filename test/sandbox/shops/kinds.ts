import { fern } from './fern/fern';
import { macys } from './macys/macys';
import { nordstrom } from './nordstrom/nordstrom';
import { oldnavy } from './oldnavy/oldnavy';
import type { Manners } from './shop';

/** The shops that there are. */
export const KINDS: Record<string, Manners> = { nordstrom, macys, oldnavy, fern };
