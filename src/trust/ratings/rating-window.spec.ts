import { closesAt, refusalOf } from './rating-window';

describe('The time to rate', () => {
  const completedAt = new Date('2026-11-01T12:00:00Z');
  const facts = { completedAt, isShown: false, windowDays: 14, now: new Date('2026-11-02T12:00:00Z') };

  it('begins when both sides have marked the order complete', () => {
    expect(refusalOf({ ...facts, completedAt: null })).toBe('not_completed');
    expect(refusalOf(facts)).toBeNull();
  });

  it('ends after the days that are configured, to the moment', () => {
    expect(closesAt(completedAt, 14).toISOString()).toBe('2026-11-15T12:00:00.000Z');
    expect(refusalOf({ ...facts, now: new Date('2026-11-15T11:59:59.999Z') })).toBeNull();
    expect(refusalOf({ ...facts, now: new Date('2026-11-15T12:00:00Z') })).toBe('window_closed');
    expect(refusalOf({ ...facts, now: new Date('2026-11-15T12:00:00Z'), windowDays: 15 })).toBeNull();
  });

  it('ends when ratings have been shown', () => {
    expect(refusalOf({ ...facts, isShown: true })).toBe('shown');
  });
});
