import { OrderMails } from './order-mails';

const context = { now: new Date('2026-11-26T12:00:00Z'), stores: [], authenticated: 'pass' as const, ownAddresses: [] };
let mails: OrderMails;
beforeAll(() => (mails = new OrderMails()));
afterAll(() => mails.onModuleDestroy());

it('reads a mail in a thread of its own', async () => {
  const read = await mails.read(
    Buffer.from('From: A <a@mail.shop.co.uk>\r\nMessage-ID: <x@y>\r\nSubject: Hi\r\n\r\nHello'),
    context,
  );
  expect(read).toMatchObject({ messageId: 'x@y', from: { domain: 'shop.co.uk' }, findings: [] });
});
