import { Passwords, isPassword } from './passwords';

describe('isPassword', () => {
  it('counts characters of the normalised text', () => {
    expect(isPassword('1234567')).toBe(false);
    expect(isPassword('12345678')).toBe(true);
    expect(isPassword('🔑'.repeat(8))).toBe(true);
    expect(isPassword('🔑'.repeat(7))).toBe(false);
    expect(isPassword('e\u0301'.repeat(7))).toBe(false);
    expect(isPassword('ñ'.repeat(256))).toBe(true);
    expect(isPassword('ñ'.repeat(257))).toBe(false);
    expect(isPassword(12345678)).toBe(false);
  });
});

describe('Passwords', () => {
  const passwords = new Passwords();

  it('matches the same text however it was composed', async () => {
    const stored = await passwords.hash('contrase\u00f1a larga');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(passwords.matches(stored, 'contrasen\u0303a larga')).resolves.toBe(true);
    await expect(passwords.matches(stored, 'contrasena larga')).resolves.toBe(false);
  });

  it('never matches an account that does not exist', async () => {
    await expect(passwords.matches(undefined, 'anything at all')).resolves.toBe(false);
  });

  it('takes as many as it says it will, and turns the next away', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 110 }, () => passwords.matches('not a hash', 'x')));
    const turnedAway = answers.filter(
      (a) => a.status === 'rejected' && (a.reason as { code?: string }).code === 'sign_in_busy',
    );
    expect(turnedAway).toHaveLength(8);
    await expect(passwords.matches(undefined, 'x')).resolves.toBe(false);
  });
});
