import type { SectionName } from '../../recipes';
import { LinesSeen } from './lines-seen';

const LINES = ['a', 'b', 'c'];
/** A run that reported steps of these sections. */
const after = (...sections: SectionName[]) => {
  const seen = new LinesSeen();
  for (const section of sections) seen.onStep({ section });
  return seen;
};

describe('At which line a run stopped', () => {
  it('is told by how many it had found', () => {
    expect(after('signIn').of(LINES, 'findProduct')).toBe('a');
    expect(after('signIn', 'findProduct').of(LINES, 'findProduct')).toBe('a');
    expect(after('findProduct', 'add').of(LINES, 'add')).toBe('a');
    expect(after('findProduct', 'add').of(LINES, 'findProduct')).toBe('b');
    expect(after('findProduct', 'findProduct', 'add', 'findProduct', 'chooseVariant').of(LINES, 'add')).toBe('b');
  });

  it('counts anew when the run begins anew', () => {
    expect(after('findProduct', 'add', 'findProduct', 'emptyCart', 'findProduct').of(LINES, 'add')).toBe('a');
  });

  it('is none where it was about no line, and the only one where there is one', () => {
    expect(after('findProduct', 'add', 'review').of(LINES, 'review')).toBeNull();
    expect(after('review').of(['a'], 'review')).toBe('a');
  });
});
