import { owedByHand, type ByHand } from './owed-by-hand';

const owe = (cents: number, returnId: string | null = null): ByHand => ({ isGiven: false, cents, returnId });
const give = (cents: number): ByHand => ({ isGiven: true, cents, returnId: null });

describe('What a store gives back by hand', () => {
  it.each<[string, ByHand[], number, number, string[]]>([
    ['of nothing', [], 0, 0, []],
    ['that it was told to', [owe(1000, 'a'), give(1000)], 1000, 1000, ['a']],
    ['in part', [owe(1000, 'a'), give(600)], 600, 1000, []],
    ['in parts', [owe(1000, 'a'), give(600), give(400)], 1000, 1000, ['a']],
    ['for the oldest first', [owe(1000, 'a'), owe(500, 'b'), give(1000)], 1000, 1500, ['a']],
    ['for both at once', [owe(1000, 'a'), owe(500, 'b'), give(1500)], 1500, 1500, ['a', 'b']],
    ['of its own accord before: it pays no later return', [give(300), owe(1000, 'a'), give(999)], 1299, 1300, []],
    ['and afterwards', [give(300), owe(1000, 'a'), give(1000)], 1300, 1300, ['a']],
    ['for something else first', [owe(200), owe(1000, 'a'), give(1000)], 1000, 1200, []],
  ])('%s', (_, rows, given, owed, settled) => expect(owedByHand(rows)).toEqual({ given, owed, settled }));
});
