import { isPublicUrl } from './public-host';

describe('An address that somebody gave', () => {
  it.each([
    ...[
      '127.0.0.1',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.1.',
    ],
    ...['①②⑦.0.0.1', '１２７.0.0.1', '127。0。0。1', '%31%32%37.0.0.1', '0', '0.0.0.0', '0x0', '[::]', '[::1]'],
    ...['[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]'],
    ...[
      '[64:ff9b:1::1]',
      '[2002:7f00:1::]',
      '[2001:0:7f00:1::]',
      '[fe80::1]',
      '[fec0::1]',
      '[fc00::1]',
      '[fd12:3456::1]',
    ],
    ...['[ff02::1]', '[2001:db8::1]', '[100::1]', '10.0.0.1', '167772161', '0xa.0.0.1', '172.16.0.1', '172.31.255.255'],
    ...[
      '192.168.1.1',
      '3232235777',
      '169.254.169.254',
      '2852039166',
      '0xa9fea9fe',
      '0251.0376.0251.0376',
      '100.64.0.1',
    ],
    ...[
      '100.127.255.255',
      '192.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.1',
      '224.0.0.1',
      '240.0.0.1',
    ],
    ...[
      '255.255.255.255',
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      'ｌｏｃａｌｈｏｓｔ',
      'printer.local',
    ],
    ...['metadata.google.internal', 'router.lan', 'nas.home.arpa', 'db', 'intranet'],
  ])('leads nowhere private: %s', (host) => {
    expect(isPublicUrl(`http://${host}/x`)).toBe(false);
    expect(isPublicUrl(`https://${host}:8443/x`)).toBe(false);
  });

  it.each([
    ...[
      'ftp://example.com/',
      'file:///etc/passwd',
      'data:text/plain,x',
      'javascript:alert(1)',
      'gopher://example.com/',
    ],
    ...['//example.com/', 'example.com', '', ' ', 'http://', 'https://user@example.com/', 'https://u:p@example.com/'],
    ...['https://:p@example.com/', 'http://[::1', 'http://exa mple.com/', 'http://256.256.256.256/'],
  ])('is whole, http or https, and holds no credentials: %j', (address) => {
    expect(isPublicUrl(address)).toBe(false);
  });

  it.each([undefined, null, 1, {}, ['https://example.com']])('is text: %j', (address) => {
    expect(isPublicUrl(address)).toBe(false);
  });

  it.each([
    ...[
      'https://www.nordstrom.com/s/1',
      'http://example.com',
      'https://shop.example:8443/x?y=1#z',
      'https://bücher.example/',
    ],
    ...[
      'https://1.1.1.1/',
      'https://[2606:4700:4700::1111]/',
      'https://localhost.example/',
      'https://local.example.com/',
    ],
  ])('is taken where it is public: %s', (address) => {
    expect(isPublicUrl(address)).toBe(true);
  });

  it('is taken as often as it is asked for', () => {
    for (let times = 0; times < 100_000; times++)
      if (!isPublicUrl('https://bücher.example/')) throw new Error('refused');
  });
});
