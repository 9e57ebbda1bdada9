import { InTurn } from './in-turn';

class Refused extends Error {
  override name = 'Refused';
}

describe('Rows that a sweep does in turn', () => {
  let now: number;
  let log: object[];
  let turn: InTurn;
  const bad = new Set<string>();
  const work = (id: string) => (bad.has(id) ? Promise.reject(new Refused()) : Promise.resolve(id !== 'nothing'));

  beforeEach(() => {
    now = 0;
    log = [];
    bad.clear();
    turn = new InTurn({ error: (entry: object) => void log.push(entry) }, 'ended', () => now);
  });

  it('are all done, whichever of them fails, and the log says which', async () => {
    bad.add('b');
    expect(await turn.each(['a', 'b', 'c', 'nothing'], work)).toBe(2);
    expect(log).toEqual([{ message: 'could not be ended', id: 'b', reason: 'Refused' }]);
    expect(turn.resting).toEqual(['b']);
  });

  it('rest after they have failed, longer each time, and five minutes at most', async () => {
    bad.add('a');
    const rests: number[] = [];
    for (let tries = 0; tries < 12; tries++) {
      await turn.each(['a'], work);
      const from = now;
      while (turn.resting.length > 0) now += 500;
      rests.push(now - from);
    }
    expect(rests.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(Math.max(...rests)).toBe(300_000);
  });

  it('rest no more once they could be done', async () => {
    bad.add('a');
    await turn.each(['a'], work);
    bad.clear();
    expect(await turn.each(['a'], work)).toBe(1);
    expect(turn.resting).toEqual([]);
  });

  it('get their turn behind any number that always fail', async () => {
    const due = [...Array.from({ length: 500 }, (_, index) => `bad ${index}`), 'good'];
    for (const id of due.slice(0, -1)) bad.add(id);
    /** As a statement would: the first two hundred of those that do not rest. */
    const found = () => {
      const resting = new Set(turn.resting);
      return due.filter((id) => !resting.has(id)).slice(0, 200);
    };
    let runs = 1;
    while ((await turn.each(found(), work)) === 0) {
      runs++;
      now += 100;
    }
    expect(runs).toBe(3);
  });

  it('are remembered up to a limit', async () => {
    const many = Array.from({ length: 10_050 }, (_, index) => `${index}`);
    for (const id of many) bad.add(id);
    await turn.each(many, work);
    expect(turn.resting).toHaveLength(10_000);
    expect(turn.resting).not.toContain('0');
  });
});
