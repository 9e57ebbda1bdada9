import type { MakeDeliveryOptionRequest, MakePartnerStoreRequest, MakeStoreRequest } from '../stores';

const usd = (amount: number) => ({ amount, currency: 'USD' });

const delivery = (
  name: string,
  priceCents: number,
  minDays: number,
  maxDays: number,
  freeOverCents?: number,
): MakeDeliveryOptionRequest => ({
  name,
  price: usd(priceCents),
  freeOver: freeOverCents === undefined ? null : usd(freeOverCents),
  minDays,
  maxDays,
  countries: null,
});

const us = (
  name: string,
  host: string,
): Pick<MakePartnerStoreRequest, 'name' | 'currency' | 'country' | 'url' | 'support'> => ({
  name,
  currency: 'USD',
  country: 'US',
  url: `https://${host}`,
  support: { url: `https://${host}/help` },
});

/** Said, so that nobody goes and looks: these are real stores. */
const OF_ITS_OWN = 'its own';

/**
 * Partner stores by the key that their goods name. The department stores' delivery rules are those of the product
 * document's example cart, which totals 351.93. None of them has allowed Muse to drive a browser there. The boutiques' carts
 * are filled by what their platforms take: Shopify whole, WooCommerce emptying what was there, and VTEX by a template.
 */
export const PARTNER_STORES: Record<string, MakePartnerStoreRequest> = {
  nordstrom: {
    ...us('Nordstrom', 'www.nordstrom.com'),
    tier: 'headless',
    platform: OF_ITS_OWN,
    hosts: ['www.nordstrom.com', 'nordstrom.com'],
    linkRequired: true,
    policies: { returnsDays: 40 },
    deliveryOptions: [delivery('Standard', 0, 3, 6), delivery('Two-day', 1500, 2, 2)],
  },
  macys: {
    ...us("Macy's", 'www.macys.com'),
    tier: 'headless',
    platform: OF_ITS_OWN,
    hosts: ['www.macys.com', 'macys.com'],
    policies: { returnsDays: 30 },
    deliveryOptions: [delivery('Standard', 595, 3, 6, 9900), delivery('Express', 1695, 1, 2)],
  },
  oldNavy: {
    ...us('Old Navy', 'oldnavy.gap.com'),
    tier: 'redirect',
    platform: OF_ITS_OWN,
    hosts: ['oldnavy.gap.com', 'www.oldnavy.com'],
    policies: { returnsDays: 30 },
    deliveryOptions: [delivery('Basic', 700, 5, 7, 5000), delivery('Express', 1500, 2, 3)],
  },
  walmart: {
    ...us('Walmart', 'www.walmart.com'),
    tier: 'oauth_api',
    platform: 'walmart',
    hosts: ['www.walmart.com', 'walmart.com'],
    linkRequired: true,
    policies: { returnsDays: 90 },
    deliveryOptions: [delivery('Standard', 699, 3, 5, 3500)],
  },
  target: {
    ...us('Target', 'www.target.com'),
    tier: 'oauth_api',
    platform: 'target',
    hosts: ['www.target.com', 'target.com'],
    linkRequired: true,
    policies: { returnsDays: 90 },
    deliveryOptions: [delivery('Standard', 599, 3, 5, 3500)],
  },
  lunaYMar: {
    ...us('Luna y Mar', 'luna-y-mar.example'),
    tier: 'redirect',
    platform: 'shopify',
    hosts: ['luna-y-mar.example'],
    policies: { returnsDays: 14 },
    deliveryOptions: [delivery('Standard', 850, 4, 8, 12000)],
  },
  hiloTaller: {
    ...us('Hilo Taller', 'hilo-taller.example'),
    tier: 'redirect',
    platform: 'woocommerce',
    hosts: ['hilo-taller.example'],
    policies: { returnsDays: 15 },
    deliveryOptions: [delivery('Standard', 600, 5, 9), delivery('Courier', 1400, 2, 3)],
  },
  altamar: {
    ...us('Altamar Calzado', 'altamar-calzado.example'),
    tier: 'redirect',
    platform: 'vtex',
    hosts: ['altamar-calzado.example'],
    policies: { returnsDays: 30 },
    cartLink: {
      template: 'https://altamar-calzado.example/checkout/cart/add?sc=1&{items}',
      item: 'sku={externalId}&qty={quantity}&seller=1',
      separator: '&',
      warnings: ['adds_to_cart'],
    },
    deliveryOptions: [delivery('Standard', 950, 4, 7, 15000)],
  },
};

/** Stores on Muse, with the account that owns each. */
export const MERCHANT_STORES: Record<
  string,
  { owner: string; store: MakeStoreRequest; deliveryOptions: MakeDeliveryOptionRequest[] }
> = {
  casaLola: {
    owner: 'merchant@muse.example',
    store: {
      name: 'Casa Lola',
      currency: 'USD',
      country: 'US',
      support: { email: 'hola@casa-lola.example', phone: '+1 305 555 0100' },
      policies: { returnsDays: 30 },
    },
    deliveryOptions: [delivery('Standard', 500, 2, 4, 8000), delivery('Same day', 1200, 0, 1)],
  },
  tallerAvila: {
    owner: 'merchant2@muse.example',
    store: {
      name: 'Taller Ávila',
      currency: 'USD',
      country: 'US',
      support: { email: 'taller@avila.example' },
      policies: { returnsDays: 15 },
    },
    deliveryOptions: [delivery('Standard', 450, 3, 6)],
  },
};
