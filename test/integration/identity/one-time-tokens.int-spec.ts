import { randomUUID } from 'node:crypto';
import { Accounts, OneTimeTokens, type OneTimePurpose } from '../../../src/identity';
import { Erasures } from '../../../src/identity/accounts/erasures.service';
import { Database } from '../../../src/platform/database';
import { startApp } from '../../support/app';

describe('OneTimeTokens', () => {
  let database: Database;
  let tokens: OneTimeTokens;
  let erasures: Erasures;
  let makeUser: () => Promise<string>;
  const sql = async (text: string, values: unknown[] = []) =>
    (await database.pool.query<Record<string, unknown>>(text, values)).rows;
  beforeAll(async () => {
    const { app } = await startApp({ MUSE_ROLE: 'api' });
    database = app.get(Database, { strict: false });
    tokens = app.get(OneTimeTokens, { strict: false });
    erasures = app.get(Erasures, { strict: false });
    const accounts = app.get(Accounts, { strict: false });
    makeUser = () => {
      const account = { displayName: 'A', password: 'a long passphrase', roles: ['shopper' as const] };
      return database.transaction((tx) => accounts.ensure(tx, { ...account, email: `${randomUUID()}@example.com` }));
    };
  });

  const issue = (userId: string, purpose: OneTimePurpose = 'reset_password') =>
    database.transaction((tx) => tokens.issue(tx, userId, purpose));
  const use = (token: string, purpose: OneTimePurpose = 'reset_password') =>
    database.transaction((tx) => tokens.use(tx, token, purpose));
  const ownerOf = (token: string, purpose: OneTimePurpose = 'reset_password') =>
    database.transaction((tx) => tokens.ownerOf(tx, token, purpose));

  it('work once, for their purpose only, and stand in the database as hashes', async () => {
    const userId = await makeUser();
    const token = await issue(userId);
    expect(JSON.stringify(await sql('SELECT * FROM one_time_tokens'))).not.toContain(token);
    expect(await use(token, 'verify_email')).toBe(false);
    expect(await ownerOf(token)).toBe(userId);
    expect(await use(token)).toBe(true);
    expect(await use(token)).toBe(false);
    expect(await ownerOf(token)).toBeUndefined();
  });

  it('let one of many uses at the same moment through', async () => {
    const token = await issue(await makeUser());
    const uses = await Promise.all(Array.from({ length: 8 }, () => use(token)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('are ended by a newer one of the same purpose, and by no other', async () => {
    const userId = await makeUser();
    const [older, verify] = [await issue(userId), await issue(userId, 'verify_email')];
    const newer = await issue(userId);
    expect(await use(older)).toBe(false);
    expect(await use(newer)).toBe(true);
    expect(await use(verify, 'verify_email')).toBe(true);
  });

  it('leave one that works where many are issued at once', async () => {
    const userId = await makeUser();
    const issued = await Promise.all(Array.from({ length: 8 }, () => issue(userId)));
    const worked = [];
    for (const token of issued) worked.push(await use(token));
    expect(worked.filter(Boolean)).toHaveLength(1);
  });

  it('live 30 minutes for a password and a day for an address, and are swept', async () => {
    const userId = await makeUser();
    const tokenOf = { reset: await issue(userId), verify: await issue(userId, 'verify_email') };
    const lives = await sql(
      `SELECT purpose, extract(epoch FROM expires_at - created_at)::int AS s FROM one_time_tokens WHERE user_id = $1 ORDER BY 1`,
      [userId],
    );
    expect(lives).toEqual([
      { purpose: 'reset_password', s: 1_800 },
      { purpose: 'verify_email', s: 86_400 },
    ]);
    await sql(`UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1`, [userId]);
    expect(await use(tokenOf.reset)).toBe(false);
    expect(await use(tokenOf.verify, 'verify_email')).toBe(false);
    await database.transaction((tx) => tokens.forgetOld(tx));
    expect(await sql('SELECT 1 FROM one_time_tokens WHERE user_id = $1', [userId])).toEqual([]);
  });

  it('end with the account, and are not issued for one that is closed or unknown', async () => {
    const userId = await makeUser();
    const token = await issue(userId);
    await erasures.erase({ id: userId });
    expect(await use(token)).toBe(false);
    for (const id of [userId, randomUUID()]) {
      await expect(issue(id)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });
});
