import { randomBytes } from './random-bytes';

it('Gives as many bytes as asked for, none of them twice', () => {
  const asked = Array.from({ length: 3_000 }, (_, index) => 8 + (index % 33));
  const given = asked.map((count) => randomBytes(count));
  expect(given.map(({ length }) => length)).toEqual(asked);
  const windows = given.flatMap((bytes) =>
    Array.from({ length: bytes.length - 7 }, (_, at) => bytes.toString('hex', at, at + 8)),
  );
  expect(new Set(windows).size).toBe(windows.length);
});

it('Keeps what was given apart from what comes later', () => {
  const first = randomBytes(16);
  const copy = Buffer.from(first);
  for (let n = 0; n < 1_000; n++) randomBytes(16).fill(0);
  expect(first.equals(copy)).toBe(true);
  expect(randomBytes(16).every((byte) => byte === 0)).toBe(false);
});

it('Gives more than it keeps', () => {
  const bytes = randomBytes(10_000);
  expect(bytes).toHaveLength(10_000);
  // Each value should come some 39 times.
  expect(new Set(bytes).size).toBe(256);
});
