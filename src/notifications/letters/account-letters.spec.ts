import { passwordChangedLetter, resetLetter, verifyLetter } from './account-letters';
import { write } from './letter';

const LINK = 'https://muse.example/m/verify#token=mo_secret';

describe('Mails of an account', () => {
  it.each([
    ['en', 'Confirm your address', 'Choose a new password', 'Your password was changed'],
    ['es', 'Confirma tu dirección de correo', 'Elige una contraseña nueva', 'Tu contraseña ha cambiado'],
  ] as const)('say in %s what they are for, and what to do if it was somebody else', (language, ...subjects) => {
    const letters = [verifyLetter(language, LINK), resetLetter(language, LINK), passwordChangedLetter(language, 0)];
    const written = letters.map(write);
    expect(written.map(({ subject }) => subject)).toEqual(subjects);
    for (const { text, html } of written.slice(0, 2)) {
      expect(text).toContain(`:\n${LINK}\n`);
      expect(html).toContain(`href="${LINK}"`);
      expect(text).toMatch(/If it was not you, do nothing|Si no fuiste tú, no hagas nada/);
    }
    expect(written[2]!.text).not.toContain('http');
    expect(written[2]!.text).not.toContain('API');
  });

  it('say after a change of password how many API keys still work', () => {
    const texts = (['en', 'es'] as const).flatMap((language) =>
      [1, 3].map((keys) => write(passwordChangedLetter(language, keys)).text),
    );
    expect(texts[0]).toContain('One API key of your account still works.');
    expect(texts[1]).toContain('3 API keys of your account still work.');
    expect(texts[2]).toContain('Una clave de API de tu cuenta sigue funcionando.');
    expect(texts[3]).toContain('3 claves de API de tu cuenta siguen funcionando.');
  });
});
