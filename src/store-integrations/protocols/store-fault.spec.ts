import { StoreFault, type StoreFaultKind } from './store-fault';

describe('A fault', () => {
  it.each<[StoreFaultKind, string, boolean]>([
    ['unavailable', 'connect_failed', true],
    ['unavailable', 'bad_answer', true],
    ['unknown', 'timed_out', true],
    ['unavailable', 'identity_required', false],
    ['unavailable', 'no_token', false],
    ['refused', 'out_of_stock', false],
    ['throttled', 'rate_limited', false],
    ['conflict', 'conflict', false],
    ['relink', 'unauthorized', false],
  ])('that is %s (%s) counts against its store: %s', (kind, code, counts) => {
    expect(new StoreFault(kind, code, '').isOfStore).toBe(counts);
  });

  it('says nothing but its kind and code', () => {
    const fault = new StoreFault('refused', 'out_of_stock', 'Ana Reyes wants too many.');
    expect(`${fault}`).toBe('StoreFault: refused: out_of_stock');
  });
});
