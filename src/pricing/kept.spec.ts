import { Kept } from './kept';

/** A read that ends when the test says so. */
function slow() {
  let end!: (value: string) => void;
  let fail!: (error: Error) => void;
  const reading = new Promise<string>((resolve, reject) => ([end, fail] = [resolve, reject]));
  return { read: () => reading, end, fail };
}
const gives = (value: string) => () => Promise.resolve(value);

describe.each(['get', 'getWithin'] as const)('What is kept, asked for by %s', (by) => {
  it('is read again only when its time is over', async () => {
    let now = 1_000;
    const kept = new Kept<string>(5_000, () => now);
    expect(await kept[by](gives('first'))).toBe('first');
    now += 4_999;
    expect(await kept[by](gives('second'))).toBe('first');
    now += 1;
    expect(await kept[by](gives('third'))).toBe('third');
  });

  it('is not what was read before it was forgotten, even where that reading ends later', async () => {
    const kept = new Kept<string>(5_000);
    const before = slow();
    const asked = kept[by](before.read);
    kept.forget();
    const after = slow();
    const again = kept[by](after.read);
    after.end('new');
    expect(await again).toBe('new');
    before.end('old');
    expect(await asked).toBe('old');
    expect(await kept[by](gives('newer'))).toBe('new');
  });

  it('is nothing after a forgetting while it was read', async () => {
    const kept = new Kept<string>(5_000);
    const before = slow();
    const asked = kept[by](before.read);
    kept.forget();
    before.end('old');
    await asked;
    expect(await kept[by](gives('new'))).toBe('new');
  });

  it('is read by the next one when reading failed', async () => {
    const kept = new Kept<string>(5_000);
    const broken = slow();
    const asked = kept[by](broken.read);
    broken.fail(new Error('no connection'));
    await expect(asked).rejects.toThrow('no connection');
    expect(await kept[by](gives('there'))).toBe('there');
  });
});

describe('What is kept', () => {
  it('is read once for all who ask meanwhile, and by each transaction for itself', async () => {
    const kept = new Kept<string>(5_000);
    const one = slow();
    const asked = [kept.get(one.read), kept.get(gives('not read'))];
    expect(await kept.getWithin(gives('own'))).toBe('own');
    one.end('shared');
    expect(await Promise.all(asked)).toEqual(['shared', 'shared']);
  });
});
