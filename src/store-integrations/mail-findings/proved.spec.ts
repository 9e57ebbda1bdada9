import type { MailFinding } from '../order-mails/finding';
import { isProved, storeDomainOf } from './proved';
import { domainsOfOwner, ownedDomain, registrable } from './store-domains';

const from = (domain: string, isForwarded = false) => ({ from: { address: `orders@${domain}`, domain }, isForwarded });
const told = (more: Partial<MailFinding> = {}) => ({
  ...{
    store: { name: 'Old Navy', domain: 'oldnavy.com' },
    carrier: null,
    evidence: [] as MailFinding['evidence'],
    ...more,
  },
});
const by = (of: string, how: 'rule' | 'json_ld' | 'text' | 'sender') => [{ of, by: how, excerpt: 'x' }];
const carrierOnly = { store: { name: null, domain: null }, carrier: 'ups' };

describe('A mail may speak for a store', () => {
  it.each<[string, ReturnType<typeof from>, Partial<MailFinding>]>([
    ['of its own domain', from('oldnavy.com'), {}],
    ['of a host below it', from('email.oldnavy.com'), {}],
    ['that is known to write for it', from('shopifyemail.com'), { evidence: by('store', 'rule') }],
    [
      'which is the carrier, of the carrier’s own parcels',
      from('ups.com'),
      { ...carrierOnly, evidence: by('store', 'sender') },
    ],
  ])('by an authenticated sender %s', (_, mail, more) => {
    expect(isProved('pass', mail, told(more))).toBe(true);
    for (const how of ['unknown', 'fail'] as const) expect(isProved(how, mail, told(more))).toBe(false);
    expect(isProved('pass', { ...mail, isForwarded: true }, told(more))).toBe(false);
  });

  it.each<[string, ReturnType<typeof from>, Partial<MailFinding>]>([
    ['of another domain', from('attacker.example'), {}],
    ['of a domain that only ends like it', from('notoldnavy.com'), {}],
    [
      'of a neighbour under a shared domain',
      from('evil.github.io'),
      { store: { name: null, domain: 'shop.github.io' } },
    ],
    ['whose mail only says whose it is', from('attacker.example'), { evidence: by('store', 'json_ld') }],
    ['whose text only says whose it is', from('attacker.example'), { ...carrierOnly, evidence: by('store', 'text') }],
    [
      'of another shop below a shared domain, which the reader takes for this one',
      from('evil.myshopify.com'),
      { store: { name: 'Luna', domain: 'luna.myshopify.com' }, evidence: by('store', 'sender') },
    ],
    ['who is nobody', { from: null as never, isForwarded: false }, {}],
  ])('and not by a sender %s', (_, mail, more) => expect(isProved('pass', mail, told(more))).toBe(false));
});

describe('The domain that somebody owns', () => {
  it.each([
    ['www.OldNavy.com', 'oldnavy.com'],
    ['shop.example.co.uk', 'example.co.uk'],
    ['luna.myshopify.com', 'luna.myshopify.com'],
    ['www.luna.mybigcommerce.com', 'luna.mybigcommerce.com'],
    ['mybigcommerce.com', 'mybigcommerce.com'],
    ['127.0.0.1:4000', '127.0.0.1'],
    ['localhost', 'localhost'],
  ])('of %s is %s', (host, domain) => expect(registrable(host)).toBe(domain));

  it.each([
    'localhost',
    'myshopify.com',
    'bigcartel.com',
    'co.uk',
    'old navy',
    'a'.repeat(300),
    '',
    '<script>.com',
    "x'.com",
  ])('is none of %j', (host) => expect(ownedDomain(host)).toBeNull());
});

describe('Whose a mail is', () => {
  it.each<[string, string, Partial<MailFinding>, string | null]>([
    ['orders@email.oldnavy.com', 'oldnavy.com', {}, 'oldnavy.com'],
    ['orders@luna.myshopify.com', 'myshopify.com', {}, 'luna.myshopify.com'],
    ['orders@ups.com', 'oldnavy.com', { carrier: 'ups' }, 'oldnavy.com'],
    ['orders@shopifyemail.com', 'myshopify.com', {}, null],
    ['orders@luna.mybigcommerce.com', 'mybigcommerce.com', {}, 'luna.mybigcommerce.com'],
    ['noreply@bigcartel.com', 'bigcartel.com', {}, null],
  ])('from %s, of %s', (address, domain, more, owned) => {
    const mail = { from: { address, domain: address.split('@')[1]! } };
    expect(storeDomainOf(mail, told({ store: { name: null, domain }, ...more }))).toBe(owned);
  });

  it('is that of any domain of its house', () => {
    expect(domainsOfOwner('nordstrom.com')).toEqual(expect.arrayContaining(['nordstrom.com', 'nordstromrack.com']));
    expect(domainsOfOwner('luna.example')).toEqual(['luna.example']);
  });

  it('is not that of its name in a country where somebody else has it', () => {
    for (const domain of ['amazon.ws', 'ebay.com.cm', 'sephora.tk']) expect(domainsOfOwner(domain)).toEqual([domain]);
  });
});
