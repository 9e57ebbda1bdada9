import type { MailContext } from '../finding';
import { readOrderMail } from '../read-order-mail';

const CONTEXT: MailContext = {
  now: new Date('2026-11-26T12:00:00Z'),
  stores: [{ name: 'Fern Street', domains: ['fernstreet.example'] }],
  authenticated: 'pass',
  ownAddresses: ['a.person@example.com'],
};
const mail = (from: string, body = '', subject = 'Your order #2201 has shipped') =>
  Buffer.from(
    `From: ${from}\r\nDate: Tue, 10 Nov 2026 10:00:00 +0000\r\nSubject: ${subject}\r\nContent-Type: text/html\r\n\r\n<p>Order number: FS-2201. Shipped with UPS 1Z9V6E471256605935.</p>${body}`,
  );
const reason = async (source: Buffer, context = CONTEXT) => (await readOrderMail(source, context)).nothingBecause;

it('reads what a store writes from its own domain', async () => {
  await expect(reason(mail('Fern Street <orders@mail.fernstreet.example>'))).resolves.toBeNull();
});

it.each([
  ['writes under another’s name', mail('"Amazon.com" <orders@gadgets.example>')],
  ['shows an address that is not its own', mail('"orders@amazon.com" <x@gadgets.example>')],
  ['has a domain that looks like a known one', mail('Orders <x@amaz0n.com>')],
  ['has a known name and a word of service for a domain', mail('Orders <x@walmart-orders.shop>')],
  ['hides its letters', mail('Orders <x@xn--mazon-wqa.com>')],
  ['writes from a private mailbox', mail('Orders <x@gmail.com>')],
  [
    'shows one address and leads to another',
    mail('Amazon <x@amazon.com>', '<a href="https://evil.example/">www.amazon.com/orders</a>'),
  ],
  ['leads to a bare number', mail('Fern Street <orders@fernstreet.example>', '<a href="http://192.0.2.7/x">Track</a>')],
  [
    'asks for a fee',
    mail('Parcel <x@parcel.example>', '<p>Pay the redelivery fee of $1.99 within 24 hours. Verify your address.</p>'),
  ],
  [
    'asks for a call about an order that nobody made',
    mail('Desk <x@desk.example>', '<p>If you did not place this order call +1 (888) 555-0110.</p>'),
  ],
])('doubts a mail that %s', async (_, source) => expect(await reason(source)).toBe('suspicious'));

it('doubts what is not authentic, whatever it says', async () => {
  const context = { ...CONTEXT, authenticated: 'fail' as const };
  await expect(reason(mail('Fern Street <orders@fernstreet.example>'), context)).resolves.toBe('suspicious');
});

it('takes a forward for the one who wrote first, and asks where a stranger forwarded it', async () => {
  const quoted =
    '---------- Forwarded message ---------\r\nFrom: Fern Street <orders@fernstreet.example>\r\nDate: Mon, Nov 9, 2026\r\nSubject: Your order FS-2201 has shipped\r\nTo: me\r\n\r\nOrder number: FS-2201\r\nUPS tracking number 1Z9V6E471256605935';
  const forward = (by: string) =>
    readOrderMail(
      Buffer.from(`From: ${by}\r\nDate: Tue, 10 Nov 2026 10:00:00 +0000\r\nSubject: Fwd: Your order\r\n\r\n${quoted}`),
      CONTEXT,
    );
  const own = await forward('a.person@example.com');
  expect(own).toMatchObject({
    isForwarded: true,
    from: { domain: 'fernstreet.example' },
    findings: [{ kind: 'shipped' }],
  });
  const strange = await forward('stranger@elsewhere.example');
  expect(own.findings[0]!.confidence).toBeGreaterThanOrEqual(0.8);
  expect(strange.findings.every(({ confidence }) => confidence < 0.8)).toBe(true);
});
