import type { DeliveryQuote } from '../../delivery';
import type { JsonReader } from '../json-reader';
import { totalsOf } from './acp-totals';

const DAY_MS = 86_400_000;
/** What is promised where the store promises nothing. */
const SOMETIME = { minDays: 1, maxDays: 14 };

export interface AcpDelivery extends DeliveryQuote {
  type: string;
}

/** What a session offers to bring the goods by, the cheapest first. Pickup is left out: nobody brings anything then. */
export function deliveryOptionsOf(json: JsonReader, now: Date): AcpDelivery[] {
  return json
    .list()
    .map((option) => ({ option, type: option.get('type').text(50) }))
    .filter(({ type }) => ['shipping', 'local_delivery', 'digital'].includes(type))
    .map(({ option, type }) => ({
      ...{ type, id: option.get('id').text(255), name: option.get('title').wordsOrNull(100) ?? type },
      priceCents: priceOf(option),
      ...daysOf(option, type, now),
    }))
    .sort((a, b) => a.priceCents - b.priceCents || a.maxDays - b.maxDays || (a.id < b.id ? -1 : 1));
}

function priceOf(option: JsonReader): number {
  const { total, subtotal, fulfillment, base, tax } = totalsOf(option.get('totals'));
  return total ?? (fulfillment || (subtotal ?? base ?? 0) + tax);
}

function daysOf(option: JsonReader, type: string, now: Date): { minDays: number; maxDays: number } {
  if (type === 'digital') return { minDays: 0, maxDays: 0 };
  const window = option.get('delivery_window');
  const from = (type === 'shipping' ? option.get('earliest_delivery_time') : window.get('start')).momentOrNull();
  const to = (type === 'shipping' ? option.get('latest_delivery_time') : window.get('end')).momentOrNull();
  if (!from && !to) return SOMETIME;
  const days = [from ?? to!, to ?? from!].map((at) => daysUntil(at, now)).sort((a, b) => a - b);
  return { minDays: days[0]!, maxDays: days[1]! };
}

/** Calendar days (UTC) from today; what is past is today. */
function daysUntil(at: Date, now: Date): number {
  const days = Math.floor(at.getTime() / DAY_MS) - Math.floor(now.getTime() / DAY_MS);
  return Math.min(Math.max(days, 0), 365);
}

/** What of the options is chosen, and for what: `itemIds` as the store writes them. */
export function selectionOf(json: JsonReader): { optionIds: string[]; itemIds: string[] } {
  const chosen = json.list();
  return {
    optionIds: chosen.map((one) => one.get('option_id').text(255)),
    itemIds: chosen.flatMap((one) =>
      one
        .get('item_ids')
        .list()
        .map((id) => id.text(255)),
    ),
  };
}
