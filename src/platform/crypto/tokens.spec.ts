import { hashToken, randomCode, randomToken } from './tokens';

describe('tokens', () => {
  it('are 256 random bits after their prefix', () => {
    expect(randomToken('mg_')).toMatch(/^mg_[A-Za-z0-9_-]{43}$/);
    expect(new Set(Array.from({ length: 100 }, () => randomToken(''))).size).toBe(100);
  });

  it('are known by their SHA-256', () => {
    expect(hashToken('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('for people leave out letters that look like others', () => {
    expect(randomCode(500)).toMatch(/^[0-9A-HJKMNP-TV-Z]{500}$/);
  });
});
