import { holds, pathFits, targetsOf, type Sight } from './states';
import type { State, Target } from './recipe';

describe('a path', () => {
  it.each([
    ['/cart', 'https://s.example/cart', true],
    ['/cart', 'https://s.example/cart/', true],
    ['/cart', 'https://s.example/cart?a=1#b', true],
    ['/cart', 'https://s.example/cart/2', false],
    ['/orders/*', 'https://s.example/orders/A-1', true],
    ['/*/thanks', 'https://s.example/checkout/thanks', true],
    ['/*/thanks', 'https://s.example/thanks', false],
    ['/a*b*c', 'https://s.example/a1b2c', true],
    ['/a*b*c', 'https://s.example/a1c2b', false],
    ['/ab*bc', 'https://s.example/abc', false],
    ['/checkout?step=*', 'https://s.example/checkout?step=review', true],
    ['/checkout?step=review', 'https://s.example/checkout', false],
    ['/', 'about:blank', false],
  ])('%s and %s: %s', (pattern, url, fits) => {
    expect(pathFits(pattern, url)).toBe(fits);
  });
});

describe('a state', () => {
  const [a, b]: [Target, Target] = [[{ by: 'css', is: 'a' }], [{ by: 'css', is: 'b' }]];
  const sight: Sight = {
    url: 'https://s.example/x',
    isSeen: (target) => target === a,
    isGiven: (name) => name === 'line.size',
  };

  it.each<[State, boolean]>([
    [{ present: a }, true],
    [{ present: b }, false],
    [{ absent: a }, false],
    [{ absent: b }, true],
    [{ path: '/x' }, true],
    [{ given: 'line.size' }, true],
    [{ given: 'line.color' }, false],
    [{ any: [{ present: b }, { path: '/x' }] }, true],
    [{ any: [{ present: b }, { path: '/y' }] }, false],
  ])('%j: %s', (state, isSo) => {
    expect(holds(state, sight)).toBe(isSo);
  });

  it('names every target that has to be looked at', () => {
    expect(targetsOf({ any: [{ present: a }, { any: [{ absent: b }, { path: '/' }] }] })).toEqual([a, b]);
  });
});
