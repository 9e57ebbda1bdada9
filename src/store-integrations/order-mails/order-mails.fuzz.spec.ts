import fc from 'fast-check';
import type { ReadMail } from './finding';
import { MOST_BYTES, OrderMails } from './order-mails';

// The same mails on every run: what fails here fails for everybody.
const SEED = 20_261_126;
const LONGEST_MS = 30_000;
const context = {
  now: new Date('2026-11-26T12:00:00Z'),
  stores: [{ name: 'Fern Street', domains: ['fernstreet.example'] }],
  authenticated: 'pass' as const,
  ownAddresses: ['a.person@example.com'],
};

jest.setTimeout(120_000);

let mails: OrderMails;
beforeAll(() => (mails = new OrderMails()));
afterAll(() => mails.onModuleDestroy());

const HTML = `<html><body><script type="application/ld+json">{"@context":"http://schema.org","@type":"Order","orderNumber":"FS-2201",
"merchant":{"name":"Fern Street"},"price":"40.00","priceCurrency":"USD","orderStatus":"http://schema.org/OrderInTransit"}</script>
<table><tr><td><img alt="Fern Street" src="x"></td></tr><tr><td><h1>Tu pedido está en camino</h1></td></tr>
<tr><td><a href="https://fernstreet.example/p/1">Candle &amp; Wick</a><br>Qty: 2</td><td>$20.00</td></tr>
<tr><td>Order total</td><td>$40.00</td></tr></table>UPS 1Z9V6E471256605935, arriving Thu, Nov 26 - Fri, 27.11.2026</body></html>`;
const HEAD =
  'From: Fern Street <orders@fernstreet.example>\r\nDate: Tue, 10 Nov 2026 22:00:00 -0800\r\nSubject: =?utf-8?Q?Your_order_FS-2201?=\r\nMIME-Version: 1.0\r\n';
const MAILS = [
  `${HEAD}Content-Type: text/html; charset=utf-8\r\n\r\n${HTML}`,
  `${HEAD}Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(HTML).toString('base64')}`,
  `${HEAD}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nOrder #FS-2201\r\n--b\r\nContent-Type: text/html\r\n\r\n${HTML}\r\n--b--\r\n`,
  `From: a.person@example.com\r\nSubject: Fwd: Your order\r\n\r\n---------- Forwarded message ---------\r\nFrom: Fern <orders@fernstreet.example>\r\nDate: Tue, Nov 10, 2026\r\nSubject: Your order FS-2201 has shipped\r\nTo: me\r\n\r\nOrder number: FS-2201`,
].map((text) => Buffer.from(text));

const charset = fc.constantFrom(
  'utf-8',
  'utf-7',
  'utf-16',
  'utf-32',
  'iso-8859-1',
  'shift_jis',
  'gb18030',
  'koi8-r',
  'x-none',
  '',
  '"',
  '💌',
);
const encoding = fc.constantFrom('base64', 'quoted-printable', '7bit', 'uuencode', 'x-none', '');
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

async function holds(source: Buffer): Promise<void> {
  const began = performance.now();
  const read = await mails.read(source, context);
  expect(performance.now() - began).toBeLessThan(LONGEST_MS);
  expectWhole(read);
}

function expectWhole({ findings, nothingBecause, from }: ReadMail): void {
  expect(findings.length === 0).toBe(nothingBecause !== null);
  expect(findings.length).toBeLessThanOrEqual(20);
  expect((from?.address.length ?? 0) <= 320).toBe(true);
  for (const one of findings) {
    expect(one.confidence).toBeGreaterThanOrEqual(0);
    expect(one.confidence).toBeLessThanOrEqual(1);
    expect(Date.parse(one.at)).toBeLessThanOrEqual(context.now.getTime());
    expect(one.total === null || Number.isSafeInteger(one.total.cents)).toBe(true);
    expect(one.items.every(({ quantity, name }) => quantity > 0 && name.length <= 160)).toBe(true);
    expect(one.evidence.every(({ excerpt }) => excerpt.length <= 120)).toBe(true);
    const days = one.estimatedDelivery;
    expect(days === null || days.from <= days.to).toBe(true);
  }
}

const run = (property: fc.IAsyncProperty<[Buffer]>, numRuns: number) =>
  fc.assert(property, { seed: SEED, numRuns, endOnFailure: true });
const check = (source: fc.Arbitrary<Buffer>, numRuns: number) => run(fc.asyncProperty(source, holds), numRuns);

describe('a mail that nobody sane has written is read without a crash, in bounded time', () => {
  it('when it is any bytes', () => check(bytes(4_000), 60), 120_000);

  it('when it ends anywhere', async () => {
    const cut = fc.tuple(fc.constantFrom(...MAILS), fc.nat(3_000)).map(([mail, at]) => mail.subarray(0, at));
    await check(cut, 80);
  }, 120_000);

  it('when pieces of it are lost, doubled or replaced', async () => {
    const edit = fc.record({ at: fc.nat(3_000), length: fc.nat(200), put: bytes(60), twice: fc.boolean() });
    const broken = fc
      .tuple(fc.constantFrom(...MAILS), fc.array(edit, { minLength: 1, maxLength: 8 }))
      .map(([mail, edits]) =>
        edits.reduce((all, { at, length, put, twice }) => {
          const piece = all.subarray(at, at + length);
          return Buffer.concat([
            all.subarray(0, at),
            twice ? Buffer.concat([piece, piece]) : put,
            all.subarray(at + length),
          ]);
        }, mail),
      );
    await check(broken, 100);
  }, 120_000);

  it('when its charset and encoding are others than it says, or none', async () => {
    const wrong = fc
      .tuple(charset, encoding, bytes(600))
      .map(([set, by, body]) =>
        Buffer.concat([
          Buffer.from(
            `${HEAD}Content-Type: text/html; charset=${set}\r\nContent-Transfer-Encoding: ${by}\r\n\r\n${HTML}`,
          ),
          body,
        ]),
      );
    await check(wrong, 60);
  }, 120_000);

  it('when parts hold parts, and messages hold messages', async () => {
    const nested = fc
      .tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom('multipart', 'message'))
      .map(([depth, kind]) => {
        const levels = Array.from({ length: depth }, (_, level) =>
          kind === 'multipart'
            ? `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`
            : 'From: x@y.example\r\nContent-Type: message/rfc822\r\n\r\n',
        );
        return Buffer.from(`${HEAD}${levels.join('')}Content-Type: text/plain\r\n\r\nOrder number: FS-2201`);
      });
    await check(nested, 12);
  }, 180_000);

  it('when tags, tables, links or JSON go on and on', async () => {
    const piece = fc.constantFrom(
      ...[
        '<div>',
        '<table><tr><td>',
        '<a href="https://x.example/?q=1Z9V6E471256605935">track',
        '<b',
        '<!--',
        '&amp;',
        '"',
      ],
      ...[
        '<span itemscope itemprop="acceptedOffer" itemtype="http://schema.org/Order">',
        '<script type="application/ld+json">{"@graph":[',
      ],
    );
    const long = fc
      .tuple(piece, fc.integer({ min: 1_000, max: 30_000 }))
      .map(([one, times]) => Buffer.from(`${HEAD}Content-Type: text/html\r\n\r\n${one.repeat(times)}${HTML}`));
    await check(long, 18);
  }, 300_000);

  it('when its text is made to be hard for patterns', async () => {
    const piece = fc.constantFrom(
      'Order number ',
      '1 x ',
      '$1,',
      '12/',
      'Qty: ',
      'no ',
      "your order's ",
      '1 2 3 ',
      'a@',
      '-- ',
      '\t',
      'Total ',
      'entre el 1 y ',
      '#',
      'From: a@b.example\r\nTo: x\r\nSubject: y\r\n',
    );
    const long = fc
      .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.integer({ min: 100, max: 20_000 }))
      .map(([pieces, times]) =>
        Buffer.from(
          `${HEAD.replace('Your_order', 'Fwd:_Your_order')}\r\n${pieces.join('').repeat(times).slice(0, 400_000)}`,
        ),
      );
    await check(long, 25);
  }, 300_000);

  it('when a header is as long as a book', async () => {
    const header = fc
      .constantFrom('Subject', 'From', 'To', 'References', 'Content-Type', 'Date')
      .map((name) =>
        Buffer.from(`${name}: ${'Your order #1 <a@b.example>, '.repeat(30_000)}\r\n${HEAD}\r\nOrder number: FS-2201`),
      );
    await check(header, 6);
  }, 180_000);

  it('when it is as large as is taken', async () => {
    await holds(
      Buffer.concat([
        Buffer.from(`${HEAD}\r\n`),
        Buffer.alloc(MOST_BYTES - 1_000, 'Order number: 1042 $5.00 Qty 1\r\n'),
      ]),
    );
  }, 60_000);
});

it('reads the next mail after all of that', async () => {
  const { findings } = await mails.read(MAILS[0]!, context);
  expect(findings).toMatchObject([{ kind: 'shipped', orderNumber: 'FS-2201' }]);
});
