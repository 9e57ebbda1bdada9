import type { DeliveryQuote } from '../../delivery';
import type { AnswerReader } from '../answer-reader';
import { totalsOf } from './acp-totals';

const DAY_MS = 86_400_000;
/** What is promised where the store promises nothing. */
const SOMETIME = { minDays: 1, maxDays: 14 };

export interface AcpDelivery extends DeliveryQuote {
  type: string;
}

/** What a session offers to bring the goods by, the cheapest first. Pickup is left out: nobody brings anything then. */
export function deliveryOptionsOf(json: AnswerReader, now: Date): AcpDelivery[] {
  return json
    .list()
    .map((option) => ({ option, type: option.at('type').id() }))
    .filter(({ type }) => ['shipping', 'local_delivery', 'digital'].includes(type))
    .map(({ option, type }) => ({
      ...{ type, id: option.at('id').id(), name: (option.at('title').textOrNull() ?? type).slice(0, 100) },
      priceCents: priceOf(option),
      ...daysOf(option, type, now),
    }))
    .sort((a, b) => a.priceCents - b.priceCents || a.maxDays - b.maxDays || (a.id < b.id ? -1 : 1));
}

function priceOf(option: AnswerReader): number {
  const { total, subtotal, fulfillment, base, tax } = totalsOf(option.at('totals'));
  return total ?? (fulfillment || (subtotal ?? base ?? 0) + tax);
}

function daysOf(option: AnswerReader, type: string, now: Date): { minDays: number; maxDays: number } {
  if (type === 'digital') return { minDays: 0, maxDays: 0 };
  const window = option.at('delivery_window');
  const from = (type === 'shipping' ? option.at('earliest_delivery_time') : window.at('start')).timeOrNull();
  const to = (type === 'shipping' ? option.at('latest_delivery_time') : window.at('end')).timeOrNull();
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
export function selectionOf(json: AnswerReader): { optionIds: string[]; itemIds: string[] } {
  const chosen = json.list();
  return {
    optionIds: chosen.map((one) => one.at('option_id').id()),
    itemIds: chosen.flatMap((one) =>
      one
        .at('item_ids')
        .list()
        .map((id) => id.id()),
    ),
  };
}
