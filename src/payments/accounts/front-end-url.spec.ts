import { isFrontEndUrl } from './front-end-url';

const config = (isProduction: boolean) => ({
  APP_URL: 'https://app.muse.example/base',
  PUBLIC_URL: 'https://api.muse.example',
  CORS_ORIGINS: ['https://shop.example', 'http://plain.example'],
  isProduction,
});

describe('an address to come back to', () => {
  it.each(['https://app.muse.example/done?x=1', 'https://api.muse.example/m', 'https://shop.example'])(
    'may be one of our own: %s',
    (address) => {
      expect(isFrontEndUrl(address, config(true))).toBe(true);
    },
  );

  it.each([
    ...['https://evil.example/', 'http://shop.example/', 'https://shop.example.evil.example/', 'http://plain.example/'],
    ...[
      'https://shop.example:444/',
      'https://user@shop.example/',
      'https://user:p@shop.example',
      'javascript:alert(1)',
    ],
    ...['//shop.example', '/done', ''],
  ])('may be no other: %s', (address) => {
    expect(isFrontEndUrl(address, config(true))).toBe(false);
    expect(isFrontEndUrl(address, config(false))).toBe(false);
  });

  it.each(['http://localhost:5173/x', 'http://127.0.0.1:8080', 'http://[::1]/x', 'https://localhost/x'])(
    'may be on this machine, but not in production: %s',
    (address) => {
      expect(isFrontEndUrl(address, config(false))).toBe(true);
      expect(isFrontEndUrl(address, config(true))).toBe(false);
    },
  );
});
