import { STREAM_CHANNEL } from '../platform/events';
import { MAX_COUPONS } from './cart-line';

/** Wakes the streams of a cart's row, where there are any. */
export const NOTIFY = (cart: string) =>
  `CASE WHEN ${cart}.watched_until > now() THEN pg_notify('${STREAM_CHANNEL}', 'cart:' || ${cart}.shopper_id) END`;
export const COUNTED = `version = carts.version + 1, status = 'open', touched_on = current_date, updated_at = now()`;
/** A shopper who goes on with the cart has seen what was left behind at the sign-in. */
export const TOUCHED = `${COUNTED}, left_behind = NULL`;
/** Line `l` is the one that `x` names. */
export const EQUAL = `l.store_id = x.store_id AND l.item_key = x.item_key
  AND l.size IS NOT DISTINCT FROM x.size AND l.color IS NOT DISTINCT FROM x.color`;
/** Codes of two lists, those of the first before the others, each once, as many as a cart may have. */
export const CODES_OF = (lists: string) => `ARRAY(
     SELECT code FROM unnest(${lists}) WITH ORDINALITY AS x (code, at) GROUP BY code ORDER BY min(at) LIMIT ${MAX_COUPONS})`;
