import { randomUUID } from 'node:crypto';

/** What a store writes to its customer, as stores do: for machines, and in words. */
export interface StoreMail {
  /** The store's name and domain. */
  store: string;
  domain: string;
  to?: string;
  number: string;
  at?: Date;
  messageId?: string;
}

export interface Bought {
  name: string;
  quantity: number;
  /** Minor units of USD. */
  cents: number;
}

const dollars = (cents: number) => `$${(cents / 100).toFixed(2)}`;

/** "Thank you for your order": goods, total and the store's number. */
export function confirmationMail(mail: StoreMail, items: Bought[], totalCents: number): Buffer {
  const rows = items
    .map(({ name, quantity, cents }) => `<tr><td>${name}</td><td>Qty: ${quantity}</td><td>${dollars(cents)}</td></tr>`)
    .join('');
  const order = {
    ...{ '@context': 'https://schema.org', '@type': 'Order', orderNumber: mail.number, orderStatus: 'OrderProcessing' },
    ...{
      merchant: { '@type': 'Organization', name: mail.store },
      priceCurrency: 'USD',
      price: (totalCents / 100).toFixed(2),
    },
    acceptedOffer: items.map(({ name, quantity, cents }) => ({
      ...{ '@type': 'Offer', itemOffered: { '@type': 'Product', name }, priceCurrency: 'USD' },
      ...{ price: (cents / 100).toFixed(2), eligibleQuantity: { '@type': 'QuantitativeValue', value: quantity } },
    })),
  };
  return write(mail, `Your ${mail.store} order ${mail.number} is confirmed`, [
    `<script type="application/ld+json">${JSON.stringify(order)}</script>`,
    `<h1>Thank you for your order!</h1><p>Order number: <b>${mail.number}</b></p><table>${rows}`,
    `<tr><td>Order total</td><td></td><td><b>${dollars(totalCents)}</b></td></tr></table>`,
    '<p>We will write to you again when your order has shipped.</p>',
  ]);
}

/** "On its way", "out for delivery" or "delivered": the same parcel each time. */
export function parcelMail(
  mail: StoreMail,
  what: 'shipped' | 'out_for_delivery' | 'delivered',
  parcel: { carrier: string; number: string },
): Buffer {
  const [subject, sentence] = {
    shipped: [`Your ${mail.store} order ${mail.number} has shipped`, 'Good news: your order has shipped.'],
    out_for_delivery: [`Out for delivery: order ${mail.number}`, 'Your package is out for delivery and arrives today.'],
    delivered: [`Delivered: your ${mail.store} order ${mail.number}`, 'Your package has been delivered.'],
  }[what];
  return write(mail, subject!, [
    `<h1>${sentence}</h1><p>Order number: <b>${mail.number}</b></p>`,
    `<p>Carrier: ${parcel.carrier}<br>Tracking number: <b>${parcel.number}</b></p>`,
  ]);
}

function write(
  { store, domain, to = 'shopper@example.com', at = new Date(), messageId }: StoreMail,
  subject: string,
  html: string[],
): Buffer {
  return Buffer.from(
    [
      `From: "${store}" <orders@${domain}>`,
      `To: ${to}`,
      `Subject: ${subject}`,
      `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <${messageId ?? `${randomUUID()}@${domain}`}>`,
      'MIME-Version: 1.0',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<!doctype html><html><body>',
      ...html,
      `<p><a href="https://www.${domain}/orders">Your orders at ${store}</a></p></body></html>`,
    ].join('\r\n'),
  );
}
