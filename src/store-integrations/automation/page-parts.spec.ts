import { changeOf } from './page-parts';

const PAGE = [
  'button|submit|||place',
  'form||checkout||',
  'h1||||',
  'input|text|city|address-level2|',
  'input|text|zip||',
];

describe('A key page', () => {
  it('is the same with the same parts', () => expect(changeOf(PAGE, PAGE)).toBeNull());

  it('is the same with one part more', () => expect(changeOf(PAGE, [...PAGE, 'button||||help'])).toBeNull());

  it('has changed with a part less, and both are told', () =>
    expect(changeOf(PAGE, [...PAGE.slice(1), 'button|submit|||buy'])).toEqual({
      appeared: ['button|submit|||buy'],
      vanished: ['button|submit|||place'],
    }));

  it('has changed with many parts more', () =>
    expect(changeOf(PAGE, [...PAGE, 'a', 'b'])).toEqual({ appeared: ['a', 'b'], vanished: [] }));
});
