import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LISTENED_TO } from './stripe-events';

describe('The events that Stripe is asked for', () => {
  it('are those that whoever runs Muse is told to choose', () => {
    const page = readFileSync(join(process.cwd(), 'docs', 'operations.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| (your account|connected accounts) /.test(line));
    const told = rows.flatMap((row) => [...row.matchAll(/`([a-z_.]+)`/g)].map(([, type]) => type));
    expect(new Set(told)).toEqual(new Set(LISTENED_TO));
    expect(told).toHaveLength(LISTENED_TO.length);
  });
});
