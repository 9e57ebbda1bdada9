import type { Language } from '../../platform/http';
import type { Letter } from './letter';

const WORDS = {
  en: {
    contacted: {
      subject: (store: string) => `Somebody has written to ${store}`,
      text: (store: string) =>
        `A shopper on Muse has written to ${store}. You can read it and answer by this link, without an account.`,
      link: 'Read and answer',
      note: 'The link works for 180 days, for whoever holds it. With a Muse account you can claim the store by it: then its conversations and goods are yours, and it can take orders.',
      footer:
        'You get this because you are named as the contact of this store on Muse. You can block the shopper by the link; then nobody writes to you about this conversation any more.',
    },
  },
  es: {
    contacted: {
      subject: (store: string) => `Alguien ha escrito a ${store}`,
      text: (store: string) =>
        `Una persona ha escrito a ${store} en Muse. Con este enlace puedes leer su mensaje y responder, sin tener cuenta.`,
      link: 'Leer y responder',
      note: 'El enlace funciona durante 180 días para quien lo tenga. Con una cuenta de Muse puedes reclamar la tienda con él: entonces sus conversaciones y sus productos son tuyos, y puede recibir pedidos.',
      footer:
        'Recibes este mensaje porque figuras como contacto de esta tienda en Muse. Con el enlace puedes bloquear a esa persona; entonces nadie te escribirá más sobre esta conversación.',
    },
  },
} as const;

/** Tells the contact of an unclaimed store that somebody has written; not what. */
export function storeContactedLetter(language: Language, storeName: string, url: string): Letter {
  const { subject, text, link, note, footer } = WORDS[language].contacted;
  const blocks: Letter['blocks'] = [
    { type: 'text', text: text(storeName) },
    { type: 'link', label: link, url },
    { type: 'text', text: note },
  ];
  return { language, subject: subject(storeName), blocks, footer };
}
