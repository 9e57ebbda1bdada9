import { languageOf } from './language';

describe('languageOf', () => {
  it.each([
    ['es', 'es'],
    ['es-VE,es;q=0.9,en;q=0.5', 'es'],
    ['en-GB', 'en'],
    ['fr, es;q=0.4, en;q=0.3', 'es'],
    ['fr, en;q=0.4, es;q=0.4', 'en'],
    ['es;q=0, en;q=0.1', 'en'],
    ['*', 'en'],
    ['fr', undefined],
    ['', undefined],
    ['es;q=nonsense', undefined],
    [undefined, undefined],
  ])('gives the best of ours: %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});
