import { searchTerms } from './search-terms';

describe('searchTerms', () => {
  it('takes the last word as the beginning of one', () => {
    expect(searchTerms('black dre')).toEqual({ words: 'black', prefix: 'dre' });
    expect(searchTerms('  boots ')).toEqual({ words: '', prefix: 'boots' });
    expect(searchTerms('pantalón ne')).toEqual({ words: 'pantalón', prefix: 'ne' });
  });

  it.each(['"black dress"', 'dress -black', 'boots or shoes', 't-shirt', "women's", "a' & b:*"])(
    'leaves %s to the database',
    (typed) => {
      expect(searchTerms(typed)).toEqual({ words: typed, prefix: null });
    },
  );
});
