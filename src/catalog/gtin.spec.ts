import { isGtin } from './gtin';

describe('isGtin', () => {
  it.each(['96385074', '036000291452', '4006381333931', '10012345678902'])('accepts %s', (digits) => {
    expect(isGtin(digits)).toBe(true);
  });

  it.each(['96385075', '036000291453', '4006381333932', '', '400638133393', '4006381333931x', '１２３４５６７０'])(
    'refuses %s',
    (digits) => {
      expect(isGtin(digits)).toBe(false);
    },
  );

  it('notices any single wrong digit', () => {
    const right = '4006381333931';
    for (let place = 0; place < right.length; place++) {
      const wrong = right.slice(0, place) + ((Number(right[place]) + 1) % 10) + right.slice(place + 1);
      expect(isGtin(wrong)).toBe(false);
    }
  });
});
