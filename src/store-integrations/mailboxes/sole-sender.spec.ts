import { openLetter } from '../order-mails/mime/letter';
import { soleSenderOf } from './sole-sender';

const mail = (...lines: string[]) =>
  Buffer.from([...lines, 'Subject: Your order', '', 'From: x@body.example'].join('\r\n'));
const LONG = `X-Long: ${`${'a'.repeat(900)}\r\n `.repeat(80)}`;

describe('The only sender of a mail', () => {
  it('is who stands in its From', async () => {
    await expect(soleSenderOf(mail('From: "Shop, Inc." <orders@Mail.Shop.example>'))).resolves.toBe(
      'mail.shop.example',
    );
    await expect(soleSenderOf(Buffer.from('From: a@shop.example\r\nSubject: x\r\n'))).resolves.toBe('shop.example');
  });

  it.each([
    ['none', mail('Sender: a@shop.example')],
    ['two fields', mail('From: a@attacker.example', 'From: a@shop.example')],
    ['two fields, one with a blank', mail('From: a@attacker.example', 'From : a@shop.example')],
    ['two addresses', mail('From: a@attacker.example, a@shop.example')],
    ['a group', mail('From: shop: a@shop.example;')],
    ['one that nobody may have read', mail('From: a@attacker.example', LONG, 'From: a@shop.example')],
  ])('is not there: %s', (_, source) => expect(soleSenderOf(source)).resolves.toBeNull());

  it('is the one whom the reader of the mail takes for it, or nobody', async () => {
    const ends = [
      '\r\n',
      '\n',
      '\r',
      '\r\r\n',
      '\n \r\n',
      '\r\n\t\r\n',
      '\0\n',
      '\x0b',
      '\x0c\n',
      '\u0085',
      '\r\n\r\n',
      '\n\n',
      '',
    ];
    const fields = [
      'From: a@attacker.example',
      'From: b@shop.example',
      'from : c@shop.example',
      'X: y',
      ' folded',
      'From',
      ': d@shop.example',
      'From mbox',
      'Content-Type: message/rfc822',
    ];
    let seed = 7;
    const next = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    let known = 0;
    for (let run = 0; run < 1_500; run++) {
      const text = Array.from({ length: 6 }, () => fields[next(fields.length)]! + ends[next(ends.length)]!).join('');
      const source = Buffer.from(`${text}Subject: x\r\n\r\nbody`, 'latin1');
      const sole = await soleSenderOf(source);
      if (sole === null) continue;
      known++;
      const { from } = await openLetter(source);
      expect([text, from?.address.split('@').at(-1)]).toEqual([text, sole]);
    }
    expect(known).toBeGreaterThan(100);
  });
});
