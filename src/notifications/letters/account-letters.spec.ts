import { passwordChangedLetter, resetLetter, verifyLetter } from './account-letters';
import { write } from './letter';

const LINK = 'https://muse.example/m/verify#token=mo_secret';

describe('Mails of an account', () => {
  it.each([
    ['en', 'Confirm your address', 'Choose a new password', 'Your password was changed'],
    ['es', 'Confirma tu dirección de correo', 'Elige una contraseña nueva', 'Tu contraseña ha cambiado'],
  ] as const)('say in %s what they are for, and what to do if it was somebody else', (language, ...subjects) => {
    const letters = [verifyLetter(language, LINK), resetLetter(language, LINK), passwordChangedLetter(language)];
    const written = letters.map(write);
    expect(written.map(({ subject }) => subject)).toEqual(subjects);
    for (const { text, html } of written.slice(0, 2)) {
      expect(text).toContain(`:\n${LINK}\n`);
      expect(html).toContain(`href="${LINK}"`);
      expect(text).toMatch(/If it was not you, do nothing|Si no fuiste tú, no hagas nada/);
    }
    expect(written[2]!.text).not.toContain('http');
  });
});
