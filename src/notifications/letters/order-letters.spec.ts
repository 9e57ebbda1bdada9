import { write } from './letter';
import {
  handoffLetter,
  lowStockLetter,
  merchantOrderLetter,
  merchantReturnLetter,
  orderLetter,
  type OrderFacts,
  type OrderNews,
} from './order-letters';

const usd = (amount: number) => ({ amount, currency: 'USD' });
const LINK = 'https://muse.example/m/order#order=o1&token=mot_x';

const item = (overrides: Partial<OrderFacts['items'][number]> = {}): OrderFacts['items'][number] => ({
  ...{ id: 'i1', productName: 'Linen shirt', productSku: 'S-1', productUrl: null, productImageUrl: null },
  ...{
    size: 'M',
    color: 'white',
    quantity: 2,
    quantityShipped: 0,
    quantityReturned: 0,
    status: 'ordered',
    unitPrice: usd(1000),
    lineTotal: usd(2000),
    discount: usd(0),
    tax: usd(0),
  },
  ...overrides,
});
const order = (overrides: Partial<OrderFacts> = {}): OrderFacts => ({
  ...{ number: 'M-7K3QF-92XTB', storeOrderNumber: null, settlement: 'pay_later' },
  store: {
    ...{ id: 's1', name: 'Casa Lola' },
    support: { email: 'help@casalola.example', phone: '+58 212 555 0100', url: 'https://casalola.example/help' },
  },
  items: [item()],
  ...{ subtotal: usd(2000), discount: usd(0), shipping: usd(500), fees: [], tax: usd(0), total: usd(2500) },
  totalIn: { VES: { amount: 91250, currency: 'VES', rateId: 'r1' } },
  shippingAddress: {
    ...{ name: 'Ana Pérez', line1: '350 Fifth Avenue', line2: 'Floor 3', city: 'New York', region: 'NY' },
    ...{ postalCode: '10118', country: 'US', phone: null, lat: null, lng: null },
  },
  estimatedDelivery: { from: '2026-11-25', to: '2026-11-28' },
  parcels: [],
  ...overrides,
});
const written = (news: OrderNews, facts = order(), language: 'en' | 'es' = 'en') => {
  const { subject, text, html } = write(orderLetter(news, language, facts, LINK));
  return { subject, html, text: text.replace(/[^\S\n]+/gu, ' ') };
};

describe('An order confirmation', () => {
  it('says what was ordered, what it costs in both currencies, when it comes, where to, and whom to ask', () => {
    const { subject, text, html } = written('placed');
    expect(subject).toBe('Your order M-7K3QF-92XTB at Casa Lola');
    for (const part of [
      ...['Order: M-7K3QF-92XTB', '2 × Linen shirt (M, white): $20.00', 'Subtotal: $20.00', 'Delivery: $5.00'],
      ...['Total: $25.00', 'Total in VES: VES 912.50', 'Payment: as you agree with the store'],
      ...['Estimated delivery: November 25 – 28, 2026', 'Ana Pérez\n350 Fifth Avenue\nFloor 3\nNew York, NY 10118'],
      ...['United States', 'help@casalola.example', '+58 212 555 0100', 'https://casalola.example/help', LINK],
    ])
      expect(text).toContain(part);
    expect(text).not.toMatch(/Discount|Tax/);
    expect(html).toContain(`href="${LINK.replace('&', '&amp;')}"`);
  });

  it('says it in Spanish, with its amounts and dates', () => {
    const { subject, text, html } = written('placed', order(), 'es');
    expect(subject).toBe('Tu pedido M-7K3QF-92XTB en Casa Lola');
    for (const part of ['Envío: 5,00 US$', 'Total en VES: 912,50 VES', 'Estados Unidos', 'noviembre de 2026'])
      expect(text).toContain(part);
    expect(html).toContain('<html lang="es">');
  });

  it('holds fifty items', () => {
    const items = Array.from({ length: 50 }, (_, n) => item({ productName: `Thing ${n}`, size: null, color: null }));
    const { text, html } = written('placed', order({ items }));
    for (let n = 0; n < 50; n++) {
      expect(text).toContain(`2 × Thing ${n}: $20.00\n`);
      expect(html).toContain(`>2 × Thing ${n}</td>`);
    }
  });

  it('takes names of products and stores for text', () => {
    const productName = '<img src=x onerror=alert(1)>';
    const store = { ...order().store, name: 'A"><script>b()</script>' };
    const { html } = written('placed', order({ items: [item({ productName })], store }));
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('shows currencies without decimals as they are, and discounts, fees and tax where there are any', () => {
    const jpy = (amount: number) => ({ amount, currency: 'JPY' });
    const { text } = written('placed', {
      ...order({ subtotal: jpy(5000), discount: jpy(500), shipping: jpy(0), tax: jpy(450), total: jpy(5250) }),
      ...{ items: [item({ lineTotal: jpy(5000) })], totalIn: {} },
      fees: [{ code: 'gift_wrap', name: 'Gift wrapping', amount: jpy(300) }],
    });
    for (const part of ['Subtotal: ¥5,000', 'Discount: -¥500', 'Delivery: ¥0', 'Gift wrapping: ¥300', 'Tax: ¥450'])
      expect(text).toContain(part);
    expect(text).toContain('Total: ¥5,250');
    expect(text).not.toContain('Total in');
  });

  it('says so where the store gave no day, nobody to ask, or there is no address', () => {
    const store = { ...order().store, support: { email: null, phone: null, url: 'javascript:alert(1)' } };
    const { text, html } = written('placed', order({ estimatedDelivery: null, store, shippingAddress: null }));
    expect(text).toContain('The store has not said yet when it will arrive.');
    expect(text).toContain('Casa Lola has named nobody to ask');
    expect(text).not.toContain('Delivered to');
    expect(text + html).not.toContain('javascript:');
  });

  it("names the store's own number where it is known", () => {
    expect(written('placed', order({ storeOrderNumber: 'ND-12345' })).text).toContain('Number at Casa Lola: ND-12345');
  });
});

describe('Further news of an order', () => {
  const parcel = {
    ...{ id: 'p1', carrier: 'UPS', trackingNumber: '1Z999', shippedAt: '2026-11-24T15:30:00Z', items: [] },
    status: 'in_transit',
  } as const;

  it('shows each parcel with carrier, number and link', () => {
    const parcels = [
      { ...parcel, trackingUrl: 'https://www.ups.com/track?tracknum=1Z999' },
      { ...parcel, carrier: 'Zoom', trackingNumber: 'Z-2', trackingUrl: 'javascript:alert(1)' },
    ];
    const { subject, text, html } = written('shipped', order({ parcels }));
    expect(subject).toBe('Your order M-7K3QF-92XTB from Casa Lola is on its way');
    for (const part of ['Carrier: UPS', 'Number: 1Z999', 'https://www.ups.com/track?tracknum=1Z999', 'Carrier: Zoom'])
      expect(text).toContain(part);
    expect(text + html).not.toContain('javascript:');
    expect(text).not.toContain('Fifth Avenue');
  });

  it.each([
    ['delivered', 'en', 'Your order M-7K3QF-92XTB from Casa Lola has arrived'],
    ['delivered', 'es', 'Tu pedido M-7K3QF-92XTB de Casa Lola ha llegado'],
    ['cancelled', 'en', 'Your order M-7K3QF-92XTB at Casa Lola is cancelled'],
    ['cancelled', 'es', 'Tu pedido M-7K3QF-92XTB en Casa Lola está cancelado'],
  ] as const)('says that it is %s (%s), with its items and the link', (news, language, subject) => {
    const letter = written(news, order(), language);
    expect(letter.subject).toBe(subject);
    expect(letter.text).toContain('2 × Linen shirt (M, white)');
    expect(letter.text).toContain(LINK);
    expect(letter.text).not.toContain('Fifth Avenue');
  });

  it.each([
    ['not_confirmed', 'en', 'Your order M-7K3QF-92XTB at Casa Lola is cancelled', 'did not confirm your order in time'],
    ['not_confirmed', 'es', 'Tu pedido M-7K3QF-92XTB en Casa Lola está cancelado', 'no confirmó tu pedido a tiempo'],
    ['change_proposed', 'en', 'Casa Lola asks to change your order M-7K3QF-92XTB', 'accept or refuse it'],
    ['change_proposed', 'es', 'Casa Lola pide cambiar tu pedido M-7K3QF-92XTB', 'acéptalo o recházalo'],
    ['return_approved', 'en', 'Your return to Casa Lola is approved (order M-7K3QF-92XTB)', 'Send the goods back'],
    ['return_approved', 'es', 'Tu devolución a Casa Lola está aprobada (pedido M-7K3QF-92XTB)', 'Envía ahora'],
    ['return_refused', 'en', 'Your return to Casa Lola is refused (order M-7K3QF-92XTB)', 'says why'],
    ['return_refused', 'es', 'Tu devolución a Casa Lola está rechazada (pedido M-7K3QF-92XTB)', 'dice por qué'],
    ['return_received', 'en', 'Casa Lola has received your return (order M-7K3QF-92XTB)', 'what you sent back'],
    ['return_received', 'es', 'Casa Lola ha recibido tu devolución (pedido M-7K3QF-92XTB)', 'lo que devolviste'],
    ['exchange_placed', 'en', 'Your exchange at Casa Lola is order M-7K3QF-92XTB', '2 × Linen shirt'],
    ['exchange_placed', 'es', 'Tu cambio en Casa Lola es el pedido M-7K3QF-92XTB', '2 × Linen shirt'],
  ] as const)('says %s (%s), with the link and without the address', (news, language, subject, part) => {
    const letter = written(news, order(), language);
    expect(letter.subject).toBe(subject);
    for (const one of [part, LINK, 'M-7K3QF-92XTB']) expect(letter.text).toContain(one);
    expect(letter.text).not.toContain('Fifth Avenue');
  });

  it('says what a proposed change does to the total', () => {
    const totals = { before: usd(2500), after: usd(2200) };
    const { text } = write(orderLetter('change_proposed', 'en', order(), LINK, totals));
    expect(text).toContain('Total so far: $25.00\nTotal with the change: $22.00');
  });
});

describe('Mails to a merchant', () => {
  it.each(['en', 'es'] as const)('say what was ordered, and not by whom nor where it goes (%s)', (language) => {
    const { text, html } = write(merchantOrderLetter(language, order()));
    expect(text).toContain('2 × Linen shirt (M, white)');
    expect(text + html).not.toMatch(/Ana|Fifth|10118|New York|mot_/);
  });

  it.each(['en', 'es'] as const)('say that something is to come back, and not from whom (%s)', (language) => {
    const { subject, text, html } = write(merchantReturnLetter(language, order()));
    expect(subject).toContain('M-7K3QF-92XTB');
    expect(text + html).not.toMatch(/Ana|Fifth|10118|New York|mot_/);
  });

  it('say what runs low, and how much is left', () => {
    const stock = { storeName: 'Casa Lola', product: 'Dress', sku: 'D-1', size: 'S', color: null };
    const { subject, text } = write(lowStockLetter('en', { ...stock, available: 2, threshold: 3 }));
    expect(subject).toBe('Running low: Dress (S)');
    expect(text).toContain('D-1');
    expect(text).toContain('Left to sell: 2\nYou asked to be told at: 3');
  });
});

describe('A reminder of a cart that waits at a store', () => {
  it('leads there, and says until when', () => {
    const cart = {
      ...{ storeName: 'Old Navy', continueUrl: 'https://oldnavy.example/cart?c=1', currency: 'USD' },
      expiresAt: new Date('2026-11-25T12:00:00Z'),
      items: [{ productName: 'Jeans', size: '32', color: null, quantity: 2, unitPriceCents: 3999 }],
    };
    const { subject, text } = write(handoffLetter('en', cart));
    expect(subject).toBe('Your cart at Old Navy is still waiting');
    for (const part of ['2 × Jeans (32): $79.98', 'November 25, 2026', cart.continueUrl]) expect(text).toContain(part);
    expect(write(handoffLetter('es', cart)).subject).toBe('Tu carrito en Old Navy sigue esperando');
  });
});
