import { setTimeout as sleep } from 'node:timers/promises';
import { FewAtWork } from './few-at-work';

describe('FewAtWork', () => {
  it('lets so many begin at once, and the next when one has ended, in turn', async () => {
    const few = new FewAtWork(2, 60_000);
    const begun: number[] = [];
    const begin = async (n: number) => {
      await few.enter();
      begun.push(n);
    };
    void [0, 1, 2, 3, 4].map(begin);
    await sleep(0);
    expect(begun).toEqual([0, 1]);
    few.leave();
    await sleep(0);
    expect(begun).toEqual([0, 1, 2]);
    few.leave();
    few.leave();
    await sleep(0);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    few.leave();
    few.leave();
    // Whoever comes when nobody is there waits for nobody.
    expect([few.enter(), few.enter()]).toEqual([undefined, undefined]);
  });

  it('keeps nobody waiting for long when those at work wait themselves; then there are more of them until they end', async () => {
    const few = new FewAtWork(1, 20);
    let begun = 0;
    expect(few.enter()).toBeUndefined();
    const others = [few.enter(), few.enter()].map((turn) => turn!.then(() => begun++));
    await Promise.all(others);
    expect(begun).toBe(2);
    const last = few.enter()!.then(() => begun++);
    few.leave();
    few.leave();
    await sleep(0);
    expect(begun).toBe(2);
    few.leave();
    await last;
    expect(begun).toBe(3);
  });
});
