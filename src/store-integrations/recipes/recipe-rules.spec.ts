import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe, SectionName } from './recipe';
import { RECIPE_SCHEMA } from './recipe.schema';
import { faultsOf, hostsOf, knowsHow } from './recipe-rules';

const button = (name: string) => [{ by: 'role', role: 'button', name }];
const total = { from: [{ by: 'css', is: '#total' }], as: 'money' };
const read = (what: object) => [{ step: 'read', do: 'read', read: what }];
const number = { from: [{ by: 'css', is: '#number' }], as: 'text' };
const WHOLE = {
  ...{ format: 1, origin: 'https://shop.example', currency: 'USD' },
  sections: {
    signIn: [{ step: 'open', do: 'goto', url: '/account' }],
    findProduct: [{ step: 'open', do: 'goto', url: '{line.url}' }],
    add: [{ step: 'add', do: 'click', target: button('Add') }],
    review: read({ total }),
    place: [
      { step: 'terms', do: 'check', target: [{ by: 'label', is: 'I agree' }], on: true },
      {
        ...{ step: 'place', do: 'click', target: button('Place order'), last: true },
        check: [{ reading: total, atMost: '{agreedTotal}', otherwise: 'price_moved' }],
      },
    ],
    confirmation: read({ orderNumber: number }),
    orderList: read({ orders: { each: [{ by: 'css', is: 'li' }], read: { number, total } } }),
  } as Record<string, object[]>,
};
/** The whole recipe with one section otherwise. */
const withSection = (name: SectionName, steps: object[] | undefined) => {
  const others = Object.entries(WHOLE.sections).filter(([other]) => other !== name);
  return { ...WHOLE, sections: { ...Object.fromEntries(others), ...(steps ? { [name]: steps } : {}) } };
};
const withStep = (step: object) => withSection('signIn', [step]);
const wait = (more: object) => withStep({ step: 'wait', do: 'wait', ...more });

describe('a recipe', () => {
  it.each([
    ['an address', { step: 'a', do: 'goto', url: '/search?q={credentials.password}' }, '/url'],
    [
      'what is looked for',
      { step: 'a', do: 'wait', waitFor: [{ present: [{ by: 'text', is: '{credentials.password}' }] }] },
      '/waitFor/0/present/0/is',
    ],
    ['an option', { step: 'a', do: 'select', target: button('A'), options: ['{credentials.password}'] }, '/options/0'],
  ])('names the password in no other place than the value of a field: not in %s', (_, step, at) => {
    expect(faultsOf(withStep(step))).toEqual([
      { pointer: `/sections/signIn/0${at}`, detail: '{credentials.password} is only ever filled into a field' },
    ]);
  });

  it('is taken as it should be', () => {
    expect(faultsOf(WHOLE)).toEqual([]);
  });

  it('is known by the schema that is published', () => {
    const published = readFileSync(join(__dirname, '../../../docs/recipe.schema.json'), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(RECIPE_SCHEMA)));
  });

  it.each<[string, unknown, string, string]>([
    ['no object', 'x', '', 'must be object'],
    ['another format', { ...WHOLE, format: 2 }, '/format', 'must be 1'],
    ['no origin', { ...WHOLE, origin: undefined }, '/origin', 'is needed'],
    ['a path in its origin', { ...WHOLE, origin: 'https://shop.example/x' }, '/origin', 'must match pattern'],
    ['a host with a path', { ...WHOLE, hosts: ['cdn.example/x'] }, '/hosts/0', 'must match pattern'],
    ['a host with no such port', { ...WHOLE, hosts: ['cdn.example:99999'] }, '/hosts/0', 'must be a host'],
    ['a member that is not known', { ...WHOLE, script: 'alert(1)' }, '/script', 'is not known here'],
    [
      'a section that is not known',
      { ...WHOLE, sections: { ...WHOLE.sections, hack: [] } },
      '/sections/hack',
      'is not known here',
    ],
    ['a step of no kind', withStep({ step: 'x', do: 'evaluate' }), '/sections/signIn/0/do', 'is none of the kinds'],
    ['a step without its target', withStep({ step: 'x', do: 'click' }), '/sections/signIn/0/target', 'is needed'],
    ['a step without a name', withStep({ do: 'wait' }), '/sections/signIn/0/step', 'is needed'],
    [
      ...([
        'a candidate of no kind',
        withStep({ step: 'x', do: 'click', target: [{ by: 'xpath', is: '//a' }] }),
      ] as const),
      ...(['/sections/signIn/0/target/0/by', 'is none of the kinds'] as const),
    ],
    [
      'no candidate',
      withStep({ step: 'x', do: 'click', target: [] }),
      '/sections/signIn/0/target',
      'must NOT have fewer than 1 items',
    ],
    [
      'a state of two kinds',
      wait({ waitFor: [{ path: '/', given: 'line.size' }] }),
      '/sections/signIn/0/waitFor/0',
      'must NOT have more than 1',
    ],
    [
      'a check of no kind',
      wait({ check: [{ reading: total }] }),
      '/sections/signIn/0/check/0',
      'must be a state, a reading',
    ],
    [
      'a check of two kinds',
      wait({ check: [{ reading: total, is: '1', atMost: '2' }] }),
      '/sections/signIn/0/check/0',
      'must be a state',
    ],
    [
      'an outcome that there is not',
      wait({ otherwise: 'oops' }),
      '/sections/signIn/0/otherwise',
      'must be one of: login_wall',
    ],
    [
      'a pattern that is none',
      wait({ check: [{ reading: { ...total, pattern: '(' }, is: '1' }] }),
      '/sections/signIn/0/check/0/reading/pattern',
      'must match format',
    ],
    ['a wait of minutes', wait({ timeoutMs: 300_000 }), '/sections/signIn/0/timeoutMs', 'must be <= 30000'],
    [
      'a reading by another name',
      withSection('review', read({ total, colour: number })),
      '/sections/review/0/read/colour',
      'is not known here',
    ],
    [
      'a template that means nothing',
      withStep({ step: 'x', do: 'goto', url: '/{card.number}' }),
      '/sections/signIn/0/url',
      'nothing is called {card.number}',
    ],
    [
      'a line where there is none',
      withStep({ step: 'x', do: 'goto', url: '{line.url}' }),
      '/sections/signIn/0/url',
      'is known in findProduct',
    ],
    [
      'a condition on nothing',
      wait({ when: { given: 'card' } }),
      '/sections/signIn/0/when/given',
      'nothing is called card',
    ],
    [
      ...([
        'two steps of one name',
        withSection('signIn', [...WHOLE.sections['signIn']!, ...WHOLE.sections['signIn']!]),
      ] as const),
      ...(['/sections/signIn/1/step', 'is the name of a step before it'] as const),
    ],
    [
      ...(['a last click elsewhere', withStep({ step: 'x', do: 'click', target: button('Go'), last: true })] as const),
      ...(['/sections/signIn/0/last', 'is for a step of place or cancel only'] as const),
    ],
    [
      'no last click',
      withSection('place', [{ step: 'x', do: 'click', target: button('Go') }]),
      '/sections/place',
      'must hold one click with last',
    ],
    [
      ...([
        'two last clicks',
        withSection('place', [...WHOLE.sections['place']!, { ...WHOLE.sections['place']![1], step: 'again' }]),
      ] as const),
      ...(['/sections/place', 'must hold only one click with last'] as const),
    ],
    [
      ...([
        'a last click within others',
        withSection('place', [
          ...WHOLE.sections['place']!,
          {
            step: 'r',
            do: 'repeat',
            while: { path: '/' },
            atMost: 2,
            steps: [{ ...WHOLE.sections['place']![1], step: 'again' }],
          },
        ]),
      ] as const),
      ...(['/sections/place/2/steps/0/last', 'is for a step of place or cancel only'] as const),
    ],
    [
      ...([
        'a click after the last',
        withSection('place', [...WHOLE.sections['place']!, { step: 'x', do: 'click', target: button('Go') }]),
      ] as const),
      ...(['/sections/place/2/do', 'after the last click must be wait or read'] as const),
    ],
    [
      ...([
        'a last click that may be repeated',
        withSection('place', [{ ...WHOLE.sections['place']![1], repeatable: true, waitFor: [{ path: '/' }] }]),
      ] as const),
      ...(['/sections/place/0/repeatable', 'the last click is made once'] as const),
    ],
    [
      ...([
        'a last click without a ceiling',
        withSection('place', [{ step: 'place', do: 'click', target: button('Go'), last: true }]),
      ] as const),
      ...(['/sections/place/0/check', 'must hold a check of the total atMost {agreedTotal}'] as const),
    ],
    [
      ...([
        'a click again that nothing tells',
        withStep({ step: 'x', do: 'click', target: button('Go'), repeatable: true }),
      ] as const),
      ...(['/sections/signIn/0/waitFor', 'is needed to tell'] as const),
    ],
    [
      'a review without a total',
      withSection('review', read({ subtotal: total })),
      '/sections/review',
      'must read total',
    ],
    [
      'a confirmation without a number',
      withSection('confirmation', read({ total })),
      '/sections/confirmation',
      'must read orderNumber',
    ],
    [
      'orders that cannot be placed and not be looked up',
      withSection('orderList', undefined),
      '/sections/orderList',
      'is needed where place is',
    ],
    [
      ...([
        'an order list without totals',
        withSection('orderList', read({ orders: { each: [{ by: 'css', is: 'li' }], read: { number } } })),
      ] as const),
      ...(['/sections/orderList/0/read/orders/read/total', 'is needed'] as const),
    ],
  ])('is refused with %s, at that place', (_, recipe, pointer, detail) => {
    const fault = faultsOf(JSON.parse(JSON.stringify(recipe))).find((one) => one.pointer === pointer);
    expect(fault?.detail).toContain(detail);
  });

  it('is refused with at most twenty faults', () => {
    const steps = Array.from({ length: 40 }, () => ({ step: 'x', do: 'nothing' }));
    expect(faultsOf({ ...WHOLE, sections: { signIn: steps } })).toHaveLength(20);
  });

  it('says which flows it knows, and which hosts it needs', () => {
    const recipe = { ...WHOLE, hosts: ['pay.example', 'shop.example'] } as unknown as Recipe;
    expect(hostsOf(recipe)).toEqual(['shop.example', 'pay.example']);
    expect([knowsHow(recipe, 'quote'), knowsHow(recipe, 'place'), knowsHow(recipe, 'cancel')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
