import { certainOf, matchesOf, sameGoods, type MatchCandidate, type OrderPicture } from './matching';

const AT = new Date('2026-11-26T12:00:00Z');
const HOUR = 3_600_000;
const after = (hours: number) => new Date(AT.getTime() + hours * HOUR);

const cart: MatchCandidate = {
  ...{ handoffId: 'h1', storeName: 'Old Navy', isOfStore: true, clickId: 'c'.repeat(28) },
  ...{ createdAt: AT, expiresAt: after(72), totalCents: 5298, subtotalCents: 3999, currency: 'USD' },
  items: [{ productName: 'Linen shirt', quantity: 1 }],
};
const mail: OrderPicture = {
  ...{ storeName: 'Old Navy', at: after(1), isConfirmation: true, clickIds: [] },
  total: { cents: 5298, currency: 'USD' },
  items: [{ name: 'Linen Shirt – M, white', quantity: 1, unitPriceCents: 3999 }],
};

const best = (picture: Partial<OrderPicture>, ...candidates: Partial<MatchCandidate>[]) => {
  const whole = { ...mail, ...picture };
  const matches = matchesOf(
    whole,
    (candidates.length > 0 ? candidates : [{}]).map((candidate) => ({ ...cart, ...candidate })),
  );
  return { matches, certain: certainOf(whole, matches)?.handoffId };
};

describe('A mail and the hand-offs that may be its order', () => {
  it('are one where store, time, total and goods agree', () => {
    const { matches, certain } = best({});
    expect(certain).toBe('h1');
    expect(matches[0]!.reasons).toEqual(['store', 'store_name', 'soon_after', 'total', 'items']);
  });

  it.each<[string, Partial<OrderPicture>]>([
    ['the total alone', { items: [] }],
    ['the goods alone', { total: null }],
    ['the goods, and a total with tax and delivery', { total: { cents: 5700, currency: 'USD' } }],
    ['the goods, and a total in another currency', { total: { cents: 99_000, currency: 'VES' } }],
    ['the link that Muse made', { total: null, items: [], clickIds: [cart.clickId] }],
  ])('are one by %s', (_, picture) => expect(best(picture).certain).toBe('h1'));

  it.each<[string, Partial<OrderPicture>]>([
    ['nothing but the store', { total: null, items: [] }],
    ['other goods of the same store', { items: [{ name: 'Running shoes', quantity: 1, unitPriceCents: 3999 }] }],
    ['the goods at quite another total', { total: { cents: 100_000, currency: 'USD' } }],
    ['a total that is only close', { items: [], total: { cents: 5500, currency: 'USD' } }],
    ['a mail that only says that something was sent', { isConfirmation: false }],
    ['another store of the same house', { storeName: 'Gap Factory', items: [] }],
  ])('are asked about where they agree by %s', (_, picture) => {
    const { matches, certain } = best(picture);
    expect(certain).toBeUndefined();
    expect(matches.length).toBeLessThanOrEqual(1);
  });

  it('are asked about where another’s mail has the link: whoever has seen it may write it', () => {
    const { matches, certain } = best({ clickIds: [cart.clickId] }, { isOfStore: false });
    expect(certain).toBeUndefined();
    expect(matches).toMatchObject([{ handoffId: 'h1' }]);
  });

  it.each<[string, Partial<OrderPicture>, Partial<MatchCandidate>]>([
    ['the mail is from before the hand-off', { at: after(-1) }, {}],
    ['the hand-off was over when it was written', { at: after(73) }, {}],
    ['neither store nor link is the same', {}, { isOfStore: false }],
  ])('are nothing to each other where %s', (_, picture, candidate) => {
    expect(best(picture, candidate).matches).toEqual([]);
  });

  it('are asked about where two hand-offs are as likely', () => {
    const { matches, certain } = best({}, {}, { handoffId: 'h2', createdAt: after(0.5) });
    expect(certain).toBeUndefined();
    expect(matches.map(({ handoffId }) => handoffId)).toEqual(['h1', 'h2']);
  });

  it('are told apart by goods, by total, or by the link', () => {
    const other = { handoffId: 'h2', items: [{ productName: 'Running shoes', quantity: 1 }], totalCents: 8000 };
    expect(best({}, other, {}).certain).toBe('h1');
    expect(best({ items: [] }, { ...other, subtotalCents: 8000 }, {}).certain).toBe('h1');
    expect(best({ clickIds: ['d'.repeat(28)] }, {}, { handoffId: 'h2', clickId: 'd'.repeat(28) }).certain).toBe('h2');
  });
});

describe('Names of goods', () => {
  it.each([
    ['Linen shirt', 'Linen Shirt (M)', true],
    ['Black Dress', 'Halogen® Black Dress, size M, black', true],
    ['Camisa de lino', 'CAMISA DE LINO – Azul', true],
    ['Linen shirt', 'Linen trousers', false],
    ['Shirt', 'Running shoes', false],
    ['', 'Shirt', false],
  ])('%j and %j: %s', (one, other, same) => expect(sameGoods(one, other)).toBe(same));
});
