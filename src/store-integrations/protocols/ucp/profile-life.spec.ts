import { lifeOf } from './profile-life';

describe('A profile is kept', () => {
  it.each([
    ['public, max-age=300', undefined, 300],
    ['PUBLIC, Max-Age=300', undefined, 300],
    ['public, max-age="300"', undefined, 300],
    ['max-age=300, s-maxage=120', undefined, 120],
    ['max-age=300', '100', 200],
    ['max-age=300', '1000', 60],
    ['max-age=1', undefined, 60],
    ['max-age=0', undefined, 60],
    ['no-store', undefined, 60],
    ['private, max-age=9000', undefined, 60],
    ['no-cache', undefined, 60],
    ['max-age=99999999', undefined, 86_400],
    ['max-age=-5', undefined, 600],
    ['public', undefined, 600],
    [undefined, undefined, 600],
    ['', 'x', 600],
  ])('with Cache-Control %s and Age %s for %i s', (cacheControl, age, seconds) => {
    expect(lifeOf(cacheControl, age)).toBe(seconds);
  });
});
