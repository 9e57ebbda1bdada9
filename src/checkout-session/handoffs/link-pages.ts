import type { Language } from '../../platform/http';

const WORDS: Record<Language, Record<'over' | 'unknown', [title: string, text: string]>> = {
  en: {
    over: [
      'This link is over',
      'Your order was placed, you changed your mind, or its time ran out. Your checkout in Muse says which.',
    ],
    unknown: ['There is no such link', 'Open your checkout in Muse again, and follow the link that stands there.'],
  },
  es: {
    over: [
      'Este enlace ya no es válido',
      'Tu pedido está hecho, cambiaste de opinión o se acabó el tiempo. Tu compra en Muse te dice cuál de ellas.',
    ],
    unknown: ['Este enlace no existe', 'Abre de nuevo tu compra en Muse y sigue el enlace que aparece allí.'],
  },
};

/** What stands where a link leads nowhere. The same for everybody: it says nothing of whose link it was. */
export function linkPage(of: 'over' | 'unknown', language: Language): string {
  const [title, text] = WORDS[language][of];
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`;
}
