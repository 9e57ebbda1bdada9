import { slugOf } from './slug';

describe('slugOf', () => {
  it.each([
    ["Macy's", 'macys'],
    ['  Güero & Söhne  ', 'guero-sohne'],
    ['日本', 'store'],
    ['--', 'store'],
    ['A'.repeat(200), 'a'.repeat(60)],
  ])('%s becomes %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});
