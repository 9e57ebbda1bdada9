import { OutcomeUnknown, type Outcome } from './provider';
import { ProviderUnavailable, answerOf, madeOnce } from './provider-calls';

interface Made {
  id: string;
}
const done = (id: string): Outcome<Made> => ({ type: 'done', value: { id } });
const unavailable: Outcome<never> = { type: 'unavailable', code: 'busy' };
const lost = new OutcomeUnknown('no_answer');
const failed = new OutcomeUnknown('http_500');

/** A row and a provider; what the provider answers, call by call, and what it has made by the time it is asked. */
function scene(answers: (Outcome<Made> | Error)[], found: (string | null)[] = [], isOld = false) {
  const row = { madeId: null as string | null, key: 'key-1', askedAt: new Date(), isOld };
  const log: string[] = [];
  const next = <T>(list: T[]): T => {
    if (list.length === 0) throw new Error('asked too often');
    return list.shift()!;
  };
  return {
    log,
    made: () =>
      madeOnce<Made>({
        intend: async () => ({ ...row }),
        renew: async (key) => {
          log.push(`renew ${key}`);
          if (row.key === key) Object.assign(row, { key: `${key}'`, isOld: false });
        },
        find: async () => {
          log.push('find');
          const id = next(found);
          return { type: 'done', value: id === null ? null : { id } };
        },
        make: async (key) => {
          log.push(`make ${key}`);
          const answer = next(answers);
          if (answer instanceof Error) throw answer;
          return answer;
        },
        record: async ({ id }) => {
          log.push(`record ${id}`);
          return (row.madeId ??= id);
        },
      }),
    row,
  };
}

describe('an object that a provider has to make once', () => {
  it.each<[how: string, answers: (Outcome<Made> | Error)[], found: (string | null)[], log: string[]]>([
    ['is recorded', [done('a')], [], ['make key-1', 'record a']],
    [
      'is asked for again under the same key where the provider is busy',
      [unavailable, done('a')],
      [],
      ['make key-1', 'make key-1', 'record a'],
    ],
    ['is looked for where the answer was lost', [lost], ['a'], ['make key-1', 'find', 'record a']],
    [
      'may still be under way where no answer came: the key stays',
      [lost, done('a')],
      [null],
      ['make key-1', 'find', 'make key-1', 'record a'],
    ],
    [
      'is not where the provider failed and has none: it gets a new key',
      [failed, done('a')],
      [null],
      ['make key-1', 'find', 'renew key-1', "make key-1'", 'record a'],
    ],
    ['is where the provider failed and has one', [failed], ['a'], ['make key-1', 'find', 'record a']],
  ])('%s', async (_how, answers, found, log) => {
    const { made, log: seen } = scene(answers, found);
    expect(await made()).toEqual({ id: 'a' });
    expect(seen).toEqual(log);
  });

  it('is looked for first when it was asked for so long ago that the key is forgotten', async () => {
    const there = scene([], ['a'], true);
    expect(await there.made()).toEqual({ id: 'a' });
    expect(there.log).toEqual(['find', 'record a']);
    const lacking = scene([done('b')], [null], true);
    expect(await lacking.made()).toEqual({ id: 'b' });
    expect(lacking.log).toEqual(['find', 'renew key-1', "make key-1'", 'record b']);
  });

  it('is not asked for where it is there', async () => {
    const { made, row, log } = scene([]);
    row.madeId = 'a';
    expect(await made()).toEqual({ id: 'a' });
    expect(log).toEqual([]);
  });

  it('is refused with the reason, and not made under another key', async () => {
    const { made, log } = scene([{ type: 'refused', code: 'invalid_request' }]);
    expect(await made()).toEqual({ refused: 'invalid_request' });
    expect(log).toEqual(['make key-1']);
  });

  it('is given up after a few seconds, and goes on from the same row', async () => {
    const { made } = scene(Array.from({ length: 6 }, () => unavailable));
    await expect(made()).rejects.toBeInstanceOf(ProviderUnavailable);
  });

  it('is a fault where the fault is ours', async () => {
    await expect(scene([new TypeError('x')]).made()).rejects.toBeInstanceOf(TypeError);
  });
});

describe('a call that is safe to repeat', () => {
  it('is repeated until there is an answer, but not for ever', async () => {
    const answers: (Outcome<Made> | Error)[] = [unavailable, lost, done('a')];
    const call = async (): Promise<Outcome<Made>> => {
      const answer = answers.shift()!;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    expect(await answerOf(call)).toEqual(done('a'));
    await expect(answerOf(async () => unavailable, 2)).rejects.toBeInstanceOf(ProviderUnavailable);
  });
});
