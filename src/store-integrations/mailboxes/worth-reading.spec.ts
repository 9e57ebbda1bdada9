import { isWorthReading } from './worth-reading';

const worth = (from: string[], subject = 'Hello', headers = '', senders: string[] = []) =>
  isWorthReading({ from, subject, headers }, senders, 'ana@perez.example');

describe('A mail is opened', () => {
  it.each([
    [['orders@shop.example'], 'Hello'],
    [['lola@gmail.com'], 'Fwd: Your order M-12 has shipped'],
    [['lola@gmail.com'], 'Tu pedido está en camino'],
    [['ana@perez.example'], 'Fwd: Your order'],
  ])('by its head: %j, %s', (from, subject) => {
    expect(worth(from, subject)).toBe(true);
  });

  it.each([
    ['of a person about something else', ['lola@gmail.com'], 'Dinner on Friday?', ''],
    ['of the shopper about something else', ['ana@perez.example'], 'Notes', ''],
    [
      'of a list on which people talk',
      ['list@club.example'],
      'Re: order of the day',
      'List-Post: <mailto:list@club.example>',
    ],
    ['that answers by itself', ['orders@shop.example'], 'Out of office', 'Auto-Submitted: auto-replied'],
    ['of nobody', [], 'Your order', ''],
    ['of two', ['a@shop.example', 'b@bank.example'], 'Your order', ''],
    ['of no address', ['shop'], 'Your order', ''],
  ])('not if it is one %s', (_, from, subject, headers) => {
    expect(worth(from, subject, headers)).toBe(false);
  });

  it('of chosen senders alone, where some are chosen: domains with what is below them, and single addresses', () => {
    const senders = ['shop.example', 'lola@gmail.com'];
    const chosen = (from: string) => worth([from], 'Hello', '', senders);
    expect(['x@shop.example', 'x@mail.SHOP.example', 'Lola@gmail.com'].map(chosen)).toEqual([true, true, true]);
    expect(['x@notshop.example', 'x@shop.example.attacker.example', 'pia@gmail.com'].map(chosen)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
