import { randomUUID } from 'node:crypto';
import { Accounts, AddressBook, ErasureRegistry } from '../../../src/identity';
import { GuestTokens } from '../../../src/identity/access/guest-tokens';
import { RefreshTokens } from '../../../src/identity/access/refresh-tokens';
import { Erasures } from '../../../src/identity/accounts/erasures.service';
import { KeyDestroyed, Vault } from '../../../src/platform/crypto';
import { Database } from '../../../src/platform/database';
import { startApp } from '../../support/app';

const account = (email: string) => ({
  email,
  displayName: 'A',
  password: 'a long passphrase',
  roles: ['shopper' as const],
});
const caracas = { name: 'A', line1: 'B', city: 'Caracas', country: 'VE' };

async function start() {
  const { app } = await startApp({ MUSE_ROLE: 'api' });
  const get = <T>(type: new (...args: never[]) => T) => app.get<T>(type, { strict: false });
  const database = get(Database);
  const sql = async (text: string, values: unknown[] = []) =>
    (await database.pool.query<Record<string, unknown>>(text, values)).rows;
  return { get, database, sql, accounts: get(Accounts) };
}

describe('Accounts', () => {
  it('makes sure of an account once, whatever the case of its address, and leaves it as it stands', async () => {
    const { database, accounts, sql } = await start();
    const ensure = (email: string, password: string) =>
      database.transaction((tx) => accounts.ensure(tx, { ...account(email), password }));
    const id = await ensure('admin@muse.example', 'first passphrase');
    expect(await ensure('Admin@Muse.Example', 'second passphrase')).toBe(id);
    expect(await sql('SELECT count(*) AS n FROM users')).toEqual([{ n: 1 }]);
  });

  it('adds a role once', async () => {
    const { database, accounts } = await start();
    await database.transaction(async (tx) => {
      const id = await accounts.ensure(tx, account('m@example.com'));
      await accounts.addRole(tx, id, 'merchant');
      await accounts.addRole(tx, id, 'merchant');
      expect((await accounts.present(tx, { id })).roles).toEqual(['shopper', 'merchant']);
      await expect(accounts.addRole(tx, randomUUID(), 'merchant')).rejects.toMatchObject({ code: 'unauthenticated' });
    });
  });
});

describe('GuestTokens', () => {
  it('slides the expiry at most once a day', async () => {
    const { get, sql } = await start();
    const { id, accessToken } = await get(GuestTokens).welcome();
    const left = async () =>
      (await sql(`SELECT expires_at - now() > interval '29 days 23 hours' AS long FROM guests`))[0]!['long'];
    await sql(`UPDATE guests SET last_seen_at = now() - interval '2 hours', expires_at = now() + interval '5 days'`);
    expect(await new GuestTokens(get(Database)).callerOf(accessToken)).toMatchObject({ kind: 'guest', id });
    expect(await left()).toBe(false);
    await sql(`UPDATE guests SET last_seen_at = now() - interval '25 hours'`);
    expect(await new GuestTokens(get(Database)).callerOf(accessToken)).toBeDefined();
    expect(await left()).toBe(true);
  });

  it('asks the database once in 30 s, and never for what is no token', async () => {
    const { get, database } = await start();
    const { accessToken } = await get(GuestTokens).welcome();
    // Another process: the one that made the guest knows the token.
    const tokens = new GuestTokens(database);
    const asked = jest.spyOn(database, 'rows');
    for (let n = 0; n < 5; n++) expect(await tokens.callerOf(accessToken)).toBeDefined();
    expect(await tokens.callerOf('mg_short')).toBeUndefined();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await tokens.callerOf(`mg_${'A'.repeat(43)}`)).toBeUndefined();
  });

  it('takes no token that has run out', async () => {
    const { get, sql } = await start();
    const { accessToken } = await get(GuestTokens).welcome();
    await sql(`UPDATE guests SET expires_at = now() - interval '1 second'`);
    expect(await new GuestTokens(get(Database)).callerOf(accessToken)).toBeUndefined();
  });
});

describe('AddressBook', () => {
  it('keeps one default while many write at once, and no more than fifty addresses', async () => {
    const { database, accounts, get, sql } = await start();
    const book = get(AddressBook);
    const userId = await database.transaction((tx) => accounts.ensure(tx, account('a@example.com')));
    const add = () => database.transaction((tx) => book.add(tx, { id: userId }, { ...caracas, isDefault: true }));
    const added = await Promise.all(Array.from({ length: 10 }, add));
    expect(await sql('SELECT count(*) AS n FROM addresses WHERE is_default')).toEqual([{ n: 1 }]);
    await Promise.all(added.map(({ id }) => book.replace({ id: userId }, id, { ...caracas, isDefault: true })));
    expect(await sql('SELECT count(*) AS n FROM addresses WHERE is_default')).toEqual([{ n: 1 }]);
    const rest = await Promise.allSettled(Array.from({ length: 42 }, add));
    expect(rest.filter((r) => r.status === 'rejected')).toHaveLength(2);
    expect(await sql('SELECT count(*) AS n FROM addresses')).toEqual([{ n: 50 }]);
  });

  it('opens an address in the row it was written to and in no other', async () => {
    const { database, accounts, get, sql } = await start();
    const book = get(AddressBook);
    const userId = await database.transaction((tx) => accounts.ensure(tx, account('a@example.com')));
    const first = await database.transaction((tx) =>
      book.add(tx, { id: userId }, { ...caracas, line1: 'Calle Secreta 1' }),
    );
    const second = await database.transaction((tx) =>
      book.add(tx, { id: userId }, { ...caracas, line1: 'Calle Otra 2' }),
    );
    expect(JSON.stringify(await sql('SELECT * FROM addresses'))).not.toContain('Secreta');
    expect((await book.find(database, userId, first.id)).line1).toBe('Calle Secreta 1');
    await expect(book.find(database, randomUUID(), first.id)).rejects.toMatchObject({ status: 404 });
    await sql('UPDATE addresses SET sealed = (SELECT sealed FROM addresses WHERE id = $1) WHERE id = $2', [
      first.id,
      second.id,
    ]);
    await expect(book.find(database, userId, second.id)).rejects.toThrow('does not open');
  });
});

describe('Erasures', () => {
  it('leaves nothing of the person and destroys the key', async () => {
    const { database, accounts, get, sql } = await start();
    const userId = await database.transaction((tx) => accounts.ensure(tx, account('gone@example.com')));
    await database.transaction((tx) => get(AddressBook).add(tx, { id: userId }, caracas));
    const token = await database.transaction((tx) => get(RefreshTokens).issue(tx, userId));
    await get(Erasures).erase({ id: userId });
    expect(
      await sql('SELECT email, display_name, password_hash, roles, erased_at IS NOT NULL AS erased FROM users'),
    ).toEqual([{ email: null, display_name: null, password_hash: null, roles: [], erased: true }]);
    expect(await sql('SELECT id FROM addresses')).toEqual([]);
    expect(await database.transaction((tx) => get(RefreshTokens).use(tx, token))).toBeUndefined();
    await expect(database.transaction((tx) => get(Vault).keyFor(tx, userId))).rejects.toThrow(KeyDestroyed);
    await expect(get(Erasures).erase({ id: userId })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await database.transaction((tx) => accounts.ensure(tx, account('gone@example.com')))).not.toBe(userId);
  });

  it('keeps the key as long as a module needs it, and asks again then', async () => {
    const { database, accounts, get, sql } = await start();
    const userId = await database.transaction((tx) => accounts.ensure(tx, account('open@example.com')));
    let needed: Date | undefined = new Date(Date.now() + 365 * 86_400_000);
    get(ErasureRegistry).register('test', async () => needed);
    await database.transaction((tx) => get(Vault).keyFor(tx, userId));
    await get(Erasures).erase({ id: userId });
    const keyOf = () => database.transaction((tx) => get(Vault).keyFor(tx, userId));
    await keyOf();
    expect(await sql(`SELECT key_kept_until = erased_at + interval '90 days' AS bounded FROM users`)).toEqual([
      { bounded: true },
    ]);
    expect(await get(Erasures).destroyDueKeys()).toBe(0);
    await sql(`UPDATE users SET key_kept_until = now() - interval '1 minute'`);
    needed = undefined;
    expect(await get(Erasures).destroyDueKeys()).toBe(1);
    await expect(keyOf()).rejects.toThrow(KeyDestroyed);
    expect(await get(Erasures).destroyDueKeys()).toBe(0);
  });

  it('ends one erasure although another cannot be ended, and tells of that one', async () => {
    const { database, accounts, get, sql } = await start();
    const [stuck, other] = await Promise.all(
      ['stuck@example.com', 'other@example.com'].map((email) =>
        database.transaction((tx) => accounts.ensure(tx, account(email))),
      ),
    );
    let fails = false;
    get(ErasureRegistry).register('test', async (_tx, userId) => {
      if (fails && userId === stuck) throw new Error('no');
      return fails ? undefined : new Date(Date.now() + 86_400_000);
    });
    for (const id of [stuck!, other!]) {
      await database.transaction((tx) => get(Vault).keyFor(tx, id));
      await get(Erasures).erase({ id });
    }
    await sql(`UPDATE users SET key_kept_until = now() - interval '4 hours'`);
    fails = true;
    expect(await get(Erasures).destroyDueKeys()).toBe(1);
    await expect(database.transaction((tx) => get(Vault).keyFor(tx, other!))).rejects.toThrow(KeyDestroyed);
    await database.transaction((tx) => get(Vault).keyFor(tx, stuck!));
    expect(await sql('SELECT id FROM users WHERE key_kept_until < now()')).toEqual([{ id: stuck }]);
  });

  it('forgets nothing when one module’s part fails', async () => {
    const { database, accounts, get, sql } = await start();
    const userId = await database.transaction((tx) => accounts.ensure(tx, account('stays@example.com')));
    get(ErasureRegistry).register('test', async () => {
      throw new Error('no');
    });
    await expect(get(Erasures).erase({ id: userId })).rejects.toThrow('no');
    expect(await sql('SELECT email FROM users')).toEqual([{ email: 'stays@example.com' }]);
  });
});
