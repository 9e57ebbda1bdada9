import { kindOf } from './kind';

const said = (subject: string, ...sentences: string[]) => kindOf(subject, sentences)?.kind ?? null;

it.each([
  ['Your order is in!', 'ordered'],
  ['¡Gracias por tu compra!', 'ordered'],
  ['A shipment from order #123 is on the way', 'shipped'],
  ['Tu pedido ha sido entregado a la empresa de transporte', 'shipped'],
  ['Your parcel is being delivered today', 'out_for_delivery'],
  ['Your package was left with your neighbour', 'delivered'],
  ['Votre colis a été livré', 'delivered'],
  ['We tried to deliver your package', 'exception'],
  ['Your delivery date has changed', 'delayed'],
  ['We couldn’t fulfill your order'.replace('’', "'"), 'cancelled'],
  ['Te devolvimos el dinero', 'refunded'],
  ['Package returned to shipper', 'returned'],
])('hears what %s says', (subject, kind) => expect(said(subject)).toBe(kind));

it('does not take what may or will happen for what has', () => {
  expect(said('Thanks for your order', "We'll email you when your order has shipped.")).toBe('ordered');
  expect(said('', 'Once your refund has been issued, you will receive an email.')).toBeNull();
  expect(said('', 'No order has been placed yet.')).toBeNull();
});

it('lets the subject and what came last decide', () => {
  expect(said('Your order has been cancelled', 'Your refund has been processed.')).toBe('cancelled');
  expect(said('Your parcel is on its way', 'Your parcel is out for delivery.')).toBe('out_for_delivery');
  expect(said('A refund is on its way', 'A credit of $64.00 is on its way to your Visa.')).toBe('refunded');
});
