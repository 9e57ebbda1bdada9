import type { MailFinding } from '../../store-integrations';

/** An order's lines and amounts, as far as its mails tell them. */
export interface GoodsInMail {
  items: { name: string; quantity: number; unitPriceCents: number }[];
  currency: string;
  subtotalCents: number;
  discountCents: number;
  /** What the total has beyond the goods, unnamed: delivery, tax, and goods without a price. */
  otherCents: number;
  totalCents: number;
}

const MOST_ITEMS = 100;
const MOST_UNITS = 999;

/**
 * Amounts that add up, whatever a mail leaves out: the total is the store's word, and what the named goods do not explain of
 * it stands as one further amount, or as a discount. Without a total it is what the goods come to.
 */
export function goodsInMail(
  told: Pick<MailFinding, 'items' | 'total'>,
  nameless: string,
  currencyOfStore: string,
): GoodsInMail {
  const currency = told.total?.currency ?? currencyOfStore;
  let items = told.items.slice(0, MOST_ITEMS).map(({ name, quantity, unitPriceCents }) => {
    return {
      name,
      quantity: Math.max(1, Math.min(MOST_UNITS, quantity)),
      unitPriceCents: Math.max(0, unitPriceCents ?? 0),
    };
  });
  // A mail without goods still tells of one thing that was bought, at the total.
  if (items.length === 0) items = [{ name: nameless, quantity: 1, unitPriceCents: told.total?.cents ?? 0 }];
  const subtotalCents = items.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0);
  const totalCents = told.total?.cents ?? subtotalCents;
  const discountCents = Math.max(0, subtotalCents - totalCents);
  const otherCents = Math.max(0, totalCents - subtotalCents);
  return { items, currency, subtotalCents, discountCents, otherCents, totalCents };
}
