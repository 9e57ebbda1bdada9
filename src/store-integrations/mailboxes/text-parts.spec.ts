import type { MessageStructureObject } from 'imapflow';
import { simpleParser } from 'mailparser';
import { keysOf, planOf, rebuilt } from './text-parts';

const node = (type: string, more: Partial<MessageStructureObject> = {}): MessageStructureObject => ({
  type,
  size: 100,
  ...more,
});
const keys = (structure: MessageStructureObject) => {
  const plan = planOf(structure);
  return plan === null ? [] : keysOf(plan).map(({ key }) => key);
};

describe('What of a mail is fetched', () => {
  it('is the text of one that is nothing else', () => {
    expect(keys(node('text/html'))).toEqual(['1', '1.mime']);
  });

  it('is text and HTML, and no picture or file', () => {
    const structure = node('multipart/mixed', {
      childNodes: [
        node('multipart/alternative', {
          part: '1',
          childNodes: [node('text/plain', { part: '1.1' }), node('text/html', { part: '1.2' })],
        }),
        node('image/png', { part: '2' }),
        node('application/pdf', { part: '3', disposition: 'attachment' }),
        node('text/html', { part: '4', disposition: 'attachment' }),
        node('message/rfc822', { part: '5' }),
      ],
    });
    expect(keys(structure)).toEqual(['1.1', '1.1.mime', '1.2', '1.2.mime', '5', '5.mime']);
  });

  it.each([['image/png'], ['application/pkcs7-mime'], ['text/calendar'], ['multipart/encrypted']])(
    'is nothing of %s alone',
    (type) => {
      expect(planOf(node(type))).toBeNull();
      expect(planOf(undefined)).toBeNull();
    },
  );

  it('is bounded in size, number and depth', () => {
    const large = planOf(
      node('multipart/mixed', {
        childNodes: Array.from({ length: 200 }, (_, part) => node('text/plain', { part: `${part + 1}`, size: 1e9 })),
      }),
    )!;
    const fetched = keysOf(large).filter(({ key }) => !key.endsWith('.mime'));
    expect(fetched.reduce((sum, { maxLength }) => sum + maxLength, 0)).toBe(512 * 1024);
    let deep = node('text/plain', { part: '1' });
    for (let depth = 0; depth < 500; depth++) deep = node('multipart/mixed', { part: '1', childNodes: [deep] });
    expect(planOf(deep)).toBeNull();
  });
});

describe('A mail that is put together again', () => {
  it('reads as the whole would, without what was not fetched', async () => {
    const header = Buffer.from(
      'From: Shop <a@shop.example>\r\nSubject: =?UTF-8?Q?H=C3=A4llo?=\r\nContent-Type: multipart/mixed;\r\n boundary="x"\r\nMessage-ID: <1@shop.example>\r\n\r\n',
    );
    const plan = planOf(
      node('multipart/mixed', {
        childNodes: [
          node('multipart/alternative', {
            part: '1',
            childNodes: [node('text/plain', { part: '1.1' }), node('text/html', { part: '1.2' })],
          }),
          node('image/png', { part: '2' }),
        ],
      }),
    )!;
    const mime = (type: string, encoding: string) =>
      Buffer.from(`Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`);
    const parts = new Map([
      ['1.1.mime', mime('text/plain', 'quoted-printable')],
      ['1.1', Buffer.from('Total: 12 =E2=82=AC\r\n')],
      ['1.2.mime', mime('text/html', 'base64')],
      ['1.2', Buffer.from(Buffer.from('<p>Total: 12 €</p>').toString('base64'))],
    ]);
    const mail = await simpleParser(rebuilt(header, plan, parts));
    expect(mail).toMatchObject({ subject: 'Hällo', messageId: '<1@shop.example>', html: '<p>Total: 12 €</p>' });
    expect(mail.text).toContain('Total: 12 €');
    expect(mail.attachments).toEqual([]);
  });

  it('of one part is that part under its own header', async () => {
    const header = Buffer.from('From: a@shop.example\r\nContent-Type: text/plain\r\n\r\n');
    const mail = await simpleParser(rebuilt(header, planOf(node('text/plain'))!, new Map([['1', Buffer.from('Hi')]])));
    expect(mail.text).toBe('Hi');
  });
});
