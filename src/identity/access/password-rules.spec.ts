import type { Config } from '../../platform/config';
import { PasswordRules, ownWords } from './password-rules';

const ana = { email: 'ana.perez@example.com', displayName: 'Ana Pérez Gómez' };

describe('PasswordRules', () => {
  const rules = new PasswordRules({ PASSWORD_MIN_LENGTH: 10 } as Config);
  const verdict = async (password: string): Promise<string> => {
    try {
      await rules.assertGood(password, ana);
      return 'good';
    } catch (error) {
      return (error as { extra: { reason: string } }).extra.reason;
    }
  };

  it.each(['123456789', 'ñ'.repeat(9), '🔑'.repeat(9), 'e\u0301'.repeat(9)])('find %s too short', async (password) => {
    expect(await verdict(password)).toBe('too_short');
  });

  it.each([
    ...['password123', 'Password123', 'P4ssw0rd123', 'drowssap123', 'qwertyuiop', '1234567890', 'iloveyou123'],
    ...['aaaaaaaaaaaaaaaa', 'abcabcabcabc', 'letmein12345', 'qwerty123456', '0987654321'],
  ])('find %s too common', async (password) => expect(await verdict(password)).toBe('too_common'));

  it.each([
    ...['ana.perez@example.com', 'anaperez123', 'AnaPérezGómez', 'perezperez', 'muse123456', 'MuseMuseMuse'],
    ...['zerepana1987', 'example.com1'],
  ])('find %s too near to its owner', async (password) => expect(await verdict(password)).toBe('too_common'));

  it.each([
    ...['correct horse battery', 'tarde de lluvia', 'contraseña larga', 'kX9vPq2LmZ', 'пароль для магазина'],
    ...['東京特許許可局長今日急遽休暇', 'muse-demo-passphrase', 'una tarde con ana en caracas', 'пароль🔑 '.repeat(20)],
  ])('find %s good, and ask nothing of its characters', async (password) =>
    expect(await verdict(password)).toBe('good'),
  );

  it('look at a long password in no time to speak of', async () => {
    await verdict('the lists are read');
    const began = performance.now();
    expect(await verdict('@4$501!'.repeat(36))).toBe('good');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('hold as long a password as the operator asks for', async () => {
    const strict = new PasswordRules({ PASSWORD_MIN_LENGTH: 15 } as Config);
    await expect(strict.assertGood('tarde de lluvi', ana)).rejects.toThrow('at least 15');
    await strict.assertGood('tarde de lluvia', ana);
  });
});

describe('ownWords', () => {
  it('are the name and the address in every way that they might be written', () => {
    const words = ownWords(ana);
    for (const word of [
      'ana.perez@example.com',
      'anaperez',
      'ana',
      'perez',
      'pérez',
      'anaperezgomez',
      'zereplana',
      'muse',
    ])
      expect([word, words.includes(word)]).toEqual([word, word !== 'zereplana']);
    expect(words).toContain('zerepana');
  });
});
