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

  it('keep nobody waiting for all that another has to do', async () => {
    const turns = new Turns(1);
    const done: string[] = [];
    const work = (name: string) =>
      turns.take(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        done.push(name);
      }, name[0]);
    await Promise.all(['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'].map(work));
    expect(done).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
    expect(turns.waiting).toBe(0);
  });
});
