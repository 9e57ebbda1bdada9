import { Turns } from './turns';

describe('Turns', () => {
  it('are so many at once, in the order in which they were asked for, also where one fails', async () => {
    const turns = new Turns(2);
    const done: number[] = [];
    let [running, most] = [0, 0];
    const work = (n: number) =>
      turns.take(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        done.push(n);
        if (n === 1) throw new Error('one');
      });
    const ends = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(work));
    expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true, true]);
    expect([most, done, turns.waiting, turns.isBusy]).toEqual([2, [0, 1, 2, 3, 4, 5], 0, false]);
  });
});
