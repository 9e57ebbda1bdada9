import { MOST_BYTES, OrderMails } from './order-mails';
import { ReadingThread } from './reading-thread';

const context = { now: new Date('2026-11-26T12:00:00Z'), stores: [], authenticated: 'pass' as const, ownAddresses: [] };
const ORDER = [
  'From: Fern Street <orders@fernstreet.example>',
  'Message-ID: <1@fernstreet.example>',
  'Date: Tue, 10 Nov 2026 22:00:00 -0800',
  'Subject: Your order has shipped',
  '',
  'Order number: FS-2201',
  'UPS tracking number: 1Z9V6E471256605935',
  'Arriving tomorrow',
  'From: a.person@example.com, 14 Alder Road',
].join('\r\n');

// A thread loads the parser and compiles its patterns; on a machine that is busy that takes a while.
jest.setTimeout(120_000);

let mails: OrderMails;
beforeAll(() => {
  mails = new OrderMails();
});
afterAll(() => mails.onModuleDestroy());

const read = (source: string) => mails.read(Buffer.from(source), context);

it('reads a mail in a thread of its own', async () => {
  await expect(read(ORDER)).resolves.toMatchObject({
    messageId: '1@fernstreet.example',
    from: { address: 'orders@fernstreet.example', domain: 'fernstreet.example' },
    findings: [
      { kind: 'shipped', orderNumber: 'FS-2201', estimatedDelivery: { from: '2026-11-11', to: '2026-11-11' } },
    ],
    nothingBecause: null,
  });
});

it('gives the same answer for the same mail, whichever thread reads it', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => read(ORDER)));
  for (const one of all) expect(one).toEqual(all[0]);
});

it('does not open what is too large', async () => {
  await expect(mails.read(Buffer.alloc(MOST_BYTES + 1, 'a'), context)).resolves.toMatchObject({
    findings: [],
    nothingBecause: 'too_large',
  });
});

it('shows as evidence no more than 120 characters, and nobody’s address', async () => {
  const { findings } = await read(
    ORDER.replace('Order number: FS-2201', `Order number: FS-2201 for a.person@example.com ${'x'.repeat(300)}`),
  );
  const excerpts = findings.flatMap(({ evidence }) => evidence.map(({ excerpt }) => excerpt));
  expect(excerpts.length).toBeGreaterThan(2);
  for (const excerpt of excerpts) {
    expect(excerpt.length).toBeLessThanOrEqual(120);
    expect(excerpt).not.toContain('@');
  }
});

describe('a thread', () => {
  it('that takes too long is ended, and the mail is unreadable', async () => {
    const thread = new ReadingThread(1);
    const endless = Buffer.from(`Content-Type: text/html\r\n\r\n${'<div>'.repeat(200_000)}`);
    await expect(thread.read(endless, context)).resolves.toBeNull();
    expect(thread.isGone).toBe(true);
    await thread.stop();
  });

  it('that is used up is replaced: the next mail is read', async () => {
    await mails.read(Buffer.from(`Content-Type: text/html\r\n\r\n${'<b>'.repeat(900_000)}`), context);
    await expect(read(ORDER)).resolves.toMatchObject({ findings: [{ kind: 'shipped' }] });
  });
});
