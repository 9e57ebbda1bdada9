import type { Language } from '../../platform/http';
import type { Letter } from './letter';

const WORDS = {
  en: {
    verify: {
      subject: 'Confirm your address',
      text: 'Please confirm that this is your address. The link works once, for 24 hours.',
      link: 'Confirm my address',
      footer: 'You get this because somebody opened a Muse account with this address. If it was not you, do nothing.',
    },
    reset: {
      subject: 'Choose a new password',
      text: 'You can choose a new password now. The link works once, for 30 minutes.',
      link: 'Choose a new password',
      footer:
        'You get this because somebody asked for a new password for this address. If it was not you, do nothing: your password stays as it is.',
    },
    changed: {
      subject: 'Your password was changed',
      text: 'The password of your Muse account was changed just now, and every other sign-in has ended.',
      keys: (count: number) =>
        count === 1 ? 'One API key of your account still works.' : `${count} API keys of your account still work.`,
      endKeys:
        'End those that you do not know; choosing a new password by a mailed link (“Forgot the password”) ends all of them.',
      advice: 'If it was not you, choose a new password at once.',
      footer: 'You get this because it is your account.',
    },
  },
  es: {
    verify: {
      subject: 'Confirma tu dirección de correo',
      text: 'Confirma que esta dirección es tuya. El enlace funciona una vez, durante 24 horas.',
      link: 'Confirmar mi dirección',
      footer:
        'Recibes este mensaje porque alguien abrió una cuenta de Muse con esta dirección. Si no fuiste tú, no hagas nada.',
    },
    reset: {
      subject: 'Elige una contraseña nueva',
      text: 'Ya puedes elegir una contraseña nueva. El enlace funciona una vez, durante 30 minutos.',
      link: 'Elegir una contraseña nueva',
      footer:
        'Recibes este mensaje porque alguien pidió una contraseña nueva para esta dirección. Si no fuiste tú, no hagas nada: tu contraseña no cambia.',
    },
    changed: {
      subject: 'Tu contraseña ha cambiado',
      text: 'La contraseña de tu cuenta de Muse acaba de cambiar, y las demás sesiones han terminado.',
      keys: (count: number) =>
        count === 1
          ? 'Una clave de API de tu cuenta sigue funcionando.'
          : `${count} claves de API de tu cuenta siguen funcionando.`,
      endKeys:
        'Anula las que no conozcas; elegir una contraseña nueva con un enlace recibido por correo las anula todas.',
      advice: 'Si no fuiste tú, elige una contraseña nueva cuanto antes.',
      footer: 'Recibes este mensaje porque la cuenta es tuya.',
    },
  },
} as const;

/** Asks to prove the address of an account. */
export function verifyLetter(language: Language, link: string): Letter {
  const { subject, text, link: label, footer } = WORDS[language].verify;
  const blocks: Letter['blocks'] = [
    { type: 'text', text },
    { type: 'link', label, url: link },
  ];
  return { language, subject, blocks, footer };
}

/** Lets somebody who owns the address set the password anew. */
export function resetLetter(language: Language, link: string): Letter {
  const { subject, text, link: label, footer } = WORDS[language].reset;
  const blocks: Letter['blocks'] = [
    { type: 'text', text },
    { type: 'link', label, url: link },
  ];
  return { language, subject, blocks, footer };
}

/** Tells the owner of an account, in case it was somebody else; and how many of its API keys still work. */
export function passwordChangedLetter(language: Language, liveKeys: number): Letter {
  const { subject, text, keys, endKeys, advice, footer } = WORDS[language].changed;
  const ofKeys = liveKeys > 0 ? [`${keys(liveKeys)} ${endKeys}`] : [];
  return { language, subject, blocks: [text, ...ofKeys, advice].map((text) => ({ type: 'text', text })), footer };
}
