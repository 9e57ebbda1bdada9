import { authenticationOf, isServerOf, verdictOf } from './authentication-results';

const isGoogle = isServerOf('imap.gmail.com', 'ana@gmail.com', ['google.com']);
const of = (value: string, from = 'shop.example') =>
  authenticationOf(`Delivered-To: ana@gmail.com\r\nAuthentication-Results: ${value}\r\nFrom: x`, from, isGoogle);

describe('What a mailbox provider says of a sender', () => {
  it.each([
    ['mx.google.com; dkim=pass header.i=@shop.example header.s=s1', 'pass'],
    ['mx.google.com; dkim=pass header.d=mail.shop.example', 'pass'],
    [
      'mx.google.com 1; spf=pass (google.com: domain of a@b designates; dkim=fail) smtp.mailfrom=bounce.shop.example',
      'pass',
    ],
    ['mx.google.com;\r\n dkim=pass header.d=other.example;\r\n dmarc=pass (p=REJECT) header.from=shop.example', 'pass'],
    ['mx.google.com; DKIM=Pass header.D=SHOP.example', 'pass'],
    ['mx.google.com; dkim=pass header.d=sender.example', 'unknown'],
    ['mx.google.com; dkim=pass header.d=shop.example.attacker.example', 'unknown'],
    ['mx.google.com; dkim=pass header.d=notshop.example; dmarc=fail header.from=shop.example', 'fail'],
    ['mx.google.com; dkim=none; spf=softfail smtp.mailfrom=shop.example', 'unknown'],
    ['mx.google.com; iprev=pass policy.iprev=1.2.3.4; x-foo=pass header.d=shop.example', 'unknown'],
    ['mx.google.com; dkim=pass header.d="shop.example"', 'pass'],
    // Whoever sends a mail chooses the local part of its envelope's address.
    ['mx.google.com; spf=pass smtp.mailfrom="a; dkim=pass header.d=shop.example; b"@attacker.example', 'unknown'],
    ['mx.google.com; spf=pass smtp.mailfrom="a smtp.mailfrom=shop.example b"@attacker.example', 'unknown'],
    [
      'mx.google.com; spf=pass smtp.mailfrom="a(\\"; dkim=pass header.d=shop.example; \\")"@attacker.example',
      'unknown',
    ],
    ['mx.google.com; none', 'unknown'],
    ['', 'unknown'],
    [';;;===', 'unknown'],
    [`mx.google.com; (((((${'('.repeat(500)} dkim=pass header.d=shop.example`, 'unknown'],
  ])('%s: %s', (value, verdict) => {
    expect(of(value)).toBe(verdict);
  });

  it('counts only where a server of that provider says it', () => {
    expect(of('mx.attacker.example; dkim=pass header.d=shop.example')).toBe('unknown');
    expect(of('google.com.attacker.example; dkim=pass header.d=shop.example')).toBe('unknown');
  });

  it('counts only where it stands topmost', () => {
    const headers = [
      'Authentication-Results: mx.google.com; dkim=none',
      'Authentication-Results: mx.google.com; dkim=pass header.d=shop.example',
    ].join('\r\n');
    expect(authenticationOf(headers, 'shop.example', isGoogle)).toBe('unknown');
  });

  it('is of the domain of the address, where that has servers of its own', () => {
    const isOwn = isServerOf('mail.hoster.example', 'ana@perez.example', []);
    expect(isOwn('mx.perez.example')).toBe(true);
    expect(isOwn('mx7.hoster.example')).toBe(true);
    expect(isOwn('hoster.example.attacker.example')).toBe(false);
  });

  it.each([...'/?#:\\', '%2f', ' ', '@', '\0'])('does not take what only begins with a name for it: %j', (sign) => {
    for (const domain of [
      `shop.com${sign}.attacker.com`,
      `shop.com${sign}attacker.com`,
      `attacker.com${sign}shop.com`,
    ]) {
      const checks = [{ method: 'dkim', result: 'pass', domain }];
      expect(verdictOf(checks, 'shop.com')).toBe('unknown');
      expect(verdictOf(checks, domain)).toBe('unknown');
    }
  });

  it('does not take one customer of a host for another', () => {
    const checks = [{ method: 'dkim', result: 'pass', domain: 'thief.myshopify.com' }];
    expect(verdictOf(checks, 'honest.myshopify.com')).toBe('unknown');
    for (const shared of ['mybigcommerce.com', 'bigcartel.com'])
      for (const domain of [`thief.${shared}`, shared])
        expect(verdictOf([{ method: 'dkim', result: 'pass', domain }], `honest.${shared}`)).toBe('unknown');
  });
});
