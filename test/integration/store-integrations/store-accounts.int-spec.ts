import { randomBytes, randomUUID } from 'node:crypto';
import { Connections, StoreAccounts, StoreCalls, type Connection } from '../../../src/store-integrations';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { Database } from '../../../src/platform/database';
import { MasterKeys } from '../../../src/platform/crypto';
import { KeyRotation } from '../../../src/platform/crypto/key-rotation';
import { startApp, type RunningApp } from '../../support/app';
import { assertNone, leaksOfDatabase } from '../../support/leaks';
import { connect, link, type ConnectedStore } from '../../support/linking';
import { openPartner } from '../../support/market';
import { startOAuth, type OAuthDouble } from '../../support/oauth-double';
import { customer, eventually, guest, sql, type Body, type Shopper } from '../../support/shopper';

const CALLS = 50;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('The tokens of a linked account', () => {
  let oauth: OAuthDouble;
  let muse: RunningApp;
  let second: RunningApp;
  let store: ConnectedStore;

  beforeAll(async () => {
    oauth = await startOAuth();
    muse = await startApp({ SANDBOX_ORIGINS: oauth.url, LOG_LEVEL: 'info' });
    second = await startApp({
      ...{ DATABASE_URL: muse.database, SANDBOX_ORIGINS: oauth.url, MUSE_ROLE: 'api' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
    });
    store = await connect(muse, oauth);
  }, 60_000);
  beforeEach(() => {
    Object.assign(oauth.behaviour, { expiresIn: 3_600, rotates: true, tokenFaults: [], slowMs: 0 });
    oauth.calls.refresh_token = 0;
  });
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  /** Somebody with an account there whose token has run out, or will. */
  const linked = async (expiresIn: number | null = 3_600): Promise<Shopper> => {
    oauth.behaviour.expiresIn = expiresIn;
    const shopper = await customer(muse);
    await link(shopper, oauth, store.id);
    oauth.behaviour.expiresIn = 3_600;
    return shopper;
  };
  const accounts = (app: RunningApp) => app.app.get(StoreAccounts, { strict: false });
  const access = async (who: Shopper, app = muse) => (await accounts(app).accessFor(store.id, who.id))!;
  const token = async (who: Shopper, app = muse): Promise<string> => (await access(who, app)).accessToken();
  const faultOf = async (asked: Promise<unknown>): Promise<string> => {
    const error = await asked.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof StoreFault)) throw new Error(`No fault of the store: ${String(error)}`);
    return `${error.kind} ${error.code}`;
  };
  const rowOf = async ({ id }: Shopper): Promise<Body> =>
    (await sql(muse, 'SELECT * FROM store_accounts WHERE user_id = $1', [id]))[0];
  const expire = ({ id }: Shopper, seconds = -1) =>
    sql(
      muse,
      `UPDATE store_accounts SET refresh_after = now() - interval '1 hour', access_expires_at = now() + make_interval(secs => $2) WHERE user_id = $1`,
      [id, seconds],
    );
  const statusOf = async ({ id }: Shopper) =>
    accounts(muse).statusOf(muse.app.get(Database, { strict: false }), id, [store.id]);

  it('is handed out without asking the store while it holds', async () => {
    const shopper = await linked();
    expect(await token(shopper)).toBe(oauth.accessTokens.at(-1));
    expect(await token(shopper, second)).toBe(oauth.accessTokens.at(-1));
    expect(oauth.calls.refresh_token).toBe(0);
    await eventually(async () => (await rowOf(shopper)).last_used_at);
  });

  it('is nobody else’s: who has linked none has none', async () => {
    await linked();
    const [other, nobody] = [await customer(muse), await guest(muse)];
    expect(await accounts(muse).accessFor(store.id, other.id)).toBeNull();
    expect(await accounts(muse).accessFor(store.id, nobody.id)).toBeNull();
    expect([...(await statusOf(other))]).toEqual([[store.id, 'not_linked']]);
  });

  it(`is asked for anew once by ${CALLS} calls at once, in two processes, and fails none`, async () => {
    for (const slowMs of [0, 300]) {
      const shopper = await linked();
      oauth.calls.refresh_token = 0;
      oauth.behaviour.slowMs = slowMs;
      await expire(shopper);
      const got = await Promise.all(
        Array.from({ length: CALLS }, (_, place) => token(shopper, place % 2 === 0 ? muse : second)),
      );
      expect([...new Set(got)]).toEqual([oauth.accessTokens.at(-1)]);
      expect(oauth.calls.refresh_token).toBe(1);
    }
  });

  it('ends in the middle of many calls, and every one of them has one that holds', async () => {
    const shopper = await linked(3);
    const first = oauth.accessTokens.at(-1)!;
    const seen = new Set<string>();
    const caller = async (app: RunningApp) => {
      for (let latest = first; latest === first; await pause(20)) {
        latest = await token(shopper, app);
        expect(oauth.holds(latest)).toBe(true);
        seen.add(latest);
      }
    };
    await Promise.all(Array.from({ length: CALLS }, (_, place) => caller(place % 2 === 0 ? muse : second)));
    expect([...seen]).toEqual([first, oauth.accessTokens.at(-1)]);
    expect(oauth.calls.refresh_token).toBe(1);
  }, 30_000);

  it('is asked for anew where the store has refused it, once however many were refused', async () => {
    const shopper = await linked();
    const old = oauth.accessTokens.at(-1);
    const calls = await Promise.all(Array.from({ length: 10 }, () => access(shopper)));
    for (const call of calls) expect(await call.accessToken()).toBe(old);
    for (const call of calls) call.tokenRefused();
    const fresh = await Promise.all(calls.map((call) => call.accessToken()));
    expect([...new Set(fresh)]).toEqual([oauth.accessTokens.at(-1)]);
    expect([oauth.accessTokens.at(-1) === old, oauth.calls.refresh_token]).toEqual([false, 1]);
  });

  it('goes on with the refresh token that it has where the store gives no other', async () => {
    oauth.behaviour.rotates = false;
    const shopper = await linked();
    for (let time = 1; time <= 3; time++) {
      await expire(shopper);
      expect(await token(shopper)).toBe(oauth.accessTokens.at(-1));
      expect(oauth.calls.refresh_token).toBe(time);
    }
  });

  it('holds until it is refused where the store does not say how long', async () => {
    const shopper = await linked(null);
    expect(await rowOf(shopper)).toMatchObject({ access_expires_at: null, refresh_after: null });
    expect(await token(shopper)).toBe(oauth.accessTokens.at(-1));
    expect(oauth.calls.refresh_token).toBe(0);
  });

  it('is used to its end where no other can be had, and after that the store is said to be unavailable', async () => {
    const shopper = await linked();
    const old = oauth.accessTokens.at(-1);
    await expire(shopper, 30);
    oauth.behaviour.tokenFaults = [503, 'reset_after', 'garbage', 'temporarily_unavailable'];
    oauth.behaviour.rotates = false;
    for (let time = 0; time < 4; time++) expect(await token(shopper)).toBe(old);
    expect(oauth.calls.refresh_token).toBe(4);
    await expire(shopper);
    oauth.behaviour.tokenFaults = [503];
    expect(await faultOf(token(shopper))).toBe('unavailable no_token');
    expect((await statusOf(shopper)).get(store.id)).toBe('linked');
    expect(await token(shopper)).toBe(oauth.accessTokens.at(-1));
  });

  it('is taken up by another process where the one that asked for it has died', async () => {
    const shopper = await linked();
    await expire(shopper);
    const lease = `UPDATE store_accounts SET refresh_lease = $2, refresh_lease_until = now() + interval '1 second' WHERE user_id = $1`;
    await sql(muse, lease, [shopper.id, randomUUID()]);
    expect(await token(shopper)).toBe(oauth.accessTokens.at(-1));
    expect(oauth.calls.refresh_token).toBe(1);
  });

  it('is asked for by another process once the store has not answered the first', async () => {
    const shopper = await linked();
    await expire(shopper);
    oauth.behaviour.tokenFaults = ['hang'];
    const hanging = faultOf(token(shopper));
    await eventually(async () => oauth.calls.refresh_token === 1);
    const elsewhere = token(shopper, second);
    expect(await hanging).toBe('unavailable no_token');
    expect(await elsewhere).toBe(oauth.accessTokens.at(-1));
    expect(oauth.calls.refresh_token).toBe(2);
  }, 30_000);

  describe('of a grant that is over', () => {
    it('is none: the account must be linked again, which is told once and can be done', async () => {
      const shopper = await linked();
      await expire(shopper);
      oauth.endAll();
      const faults = await Promise.all(
        Array.from({ length: 20 }, (_, place) => faultOf(token(shopper, place % 2 === 0 ? muse : second))),
      );
      expect([...new Set(faults)]).toEqual(['relink account_not_linked']);
      expect(oauth.calls.refresh_token).toBe(1);
      const told = `SELECT 1 FROM events WHERE type = 'store_account.relink_needed' AND payload ->> 'userId' = $1`;
      expect(await sql(muse, told, [shopper.id])).toHaveLength(1);
      const { id, status } = await rowOf(shopper);
      expect(status).toBe('relink');
      expect(await sql(muse, 'SELECT 1 FROM store_secrets WHERE account_id = $1', [id])).toEqual([]);
      expect((await statusOf(shopper)).get(store.id)).toBe('relink');
      expect((await shopper.get(`/integrations/${store.id}`).expect(200)).body).toMatchObject({
        ...{ status: 'relink', stored: [] },
      });
      expect((await shopper.get(`/integrations/${store.id}/addresses`).expect(409)).body.code).toBe('relink_required');
      const [news] = await eventually(async () => {
        const { data } = (await shopper.get('/notifications').expect(200)).body;
        return data.length > 0 && data;
      });
      expect(news).toMatchObject({ kind: 'store_relink', target: { kind: 'store', id: store.id } });

      await link(shopper, oauth, store.id);
      expect(await token(shopper)).toBe(oauth.accessTokens.at(-1));
      expect((await rowOf(shopper)).id).toBe(id);
    });

    it('is told of where the store refuses Muse itself, as a fault and not as the shopper’s', async () => {
      const shopper = await linked();
      await expire(shopper);
      oauth.behaviour.tokenFaults = ['invalid_client'];
      oauth.behaviour.rotates = false;
      expect(await faultOf(token(shopper))).toBe('unavailable no_token');
      expect((await statusOf(shopper)).get(store.id)).toBe('linked');
    });
  });

  it('is given back to the store where the account is unlinked while another is asked for', async () => {
    const shopper = await linked();
    await expire(shopper);
    oauth.behaviour.slowMs = 500;
    const asked = faultOf(token(shopper));
    await eventually(async () => oauth.calls.refresh_token === 1);
    await shopper.delete('/integrations').expect(200);
    expect(await asked).toBe('relink account_not_linked');
    const latest = oauth.accessTokens.at(-1)!;
    await eventually(async () => !oauth.holds(latest));
    await eventually(async () => (await sql(muse, 'SELECT 1 FROM store_revocations')).length === 0);
  });

  describe('in the vault', () => {
    const unavailable = 'unavailable no_token';
    const move = (from: Shopper, to: Shopper, names: [string, string]) =>
      sql(
        muse,
        `UPDATE store_secrets t SET sealed = f.sealed
           FROM store_secrets f, store_accounts fa, store_accounts ta
          WHERE fa.user_id = $1 AND ta.user_id = $2 AND f.account_id = fa.id AND t.account_id = ta.id AND f.name = $3 AND t.name = $4`,
        [from.id, to.id, ...names],
      );

    it('does not open in the row of another user', async () => {
      const [victim, thief] = [await linked(), await linked()];
      await move(victim, thief, ['access_token', 'access_token']);
      expect(await faultOf(token(thief))).toBe(unavailable);
      expect(await token(victim)).not.toBe('');
    });

    it('does not open under another user’s key, though its row is given to them', async () => {
      const [victim, thief] = [await linked(), await linked()];
      await sql(muse, 'DELETE FROM store_accounts WHERE user_id = $1', [thief.id]);
      await sql(muse, 'UPDATE store_accounts SET user_id = $2 WHERE user_id = $1', [victim.id, thief.id]);
      expect(await faultOf(token(thief))).toBe(unavailable);
    });

    it('does not open in another field', async () => {
      const shopper = await linked();
      await move(shopper, shopper, ['refresh_token', 'access_token']);
      expect(await faultOf(token(shopper))).toBe(unavailable);
    });

    it('does not open at another store of the same user', async () => {
      const shopper = await linked();
      const elsewhere = await connect(muse, oauth);
      await sql(muse, 'UPDATE store_accounts SET store_id = $2 WHERE user_id = $1', [shopper.id, elsewhere.id]);
      const there = (await accounts(muse).accessFor(elsewhere.id, shopper.id))!;
      expect(await faultOf(there.accessToken())).toBe(unavailable);
    });

    it('does not open in another row of the same user and store', async () => {
      const shopper = await linked();
      const { id } = await rowOf(shopper);
      const other = randomUUID();
      await sql(
        muse,
        `WITH made AS (
           INSERT INTO store_accounts (id, user_id, store_id, kind) VALUES ($1, $2, $3, 'credentials') RETURNING id
         ), moved AS (SELECT name, sealed FROM store_secrets WHERE account_id = $4)
         INSERT INTO store_secrets (account_id, name, sealed) SELECT made.id, moved.name, moved.sealed FROM made, moved`,
        [other, shopper.id, store.id, id],
      );
      await sql(muse, `DELETE FROM store_accounts WHERE id = $1`, [id]);
      await sql(muse, `UPDATE store_accounts SET kind = 'oauth', issuer = $2, client_id = 'muse' WHERE id = $1`, [
        other,
        oauth.url,
      ]);
      expect(await faultOf(token(shopper))).toBe(unavailable);
    });

    it('is not unlinked the less for it', async () => {
      const [victim, thief] = [await linked(), await linked()];
      await move(victim, thief, ['access_token', 'access_token']);
      expect((await thief.delete('/integrations').expect(200)).body.unlinked).toEqual([store.id]);
      expect(await rowOf(thief)).toBeUndefined();
    });

    it('opens the connection’s secrets for its own store alone', async () => {
      const [one, other] = [
        await connect(muse, oauth, { secrets: { apiKey: 'whispered-1234567890' } }),
        await connect(muse, oauth),
      ];
      const connections = muse.app.get(Connections, { strict: false });
      const of = (id: string): Promise<Connection | null> =>
        connections.of(muse.app.get(Database, { strict: false }), id);
      expect((await of(one.id))!.store.secrets).toEqual({ apiKey: 'whispered-1234567890' });
      const moved = `UPDATE store_connections SET secrets = (SELECT secrets FROM store_connections WHERE store_id = $1) WHERE store_id = $2`;
      await sql(muse, moved, [one.id, other.id]);
      await expect(of(other.id)).rejects.toThrow();
    });
  });

  it('stay usable while the master key is replaced under load', async () => {
    const [old, next] = [muse.config.MUSE_MASTER_KEY!, randomBytes(32).toString('base64')];
    // First every process learns of the new key, then the new one wraps, then the old one goes.
    const with_ = (newest: string, older: string) =>
      startApp({
        ...{ DATABASE_URL: muse.database, SANDBOX_ORIGINS: oauth.url, MUSE_ROLE: 'api' },
        ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: newest, MUSE_MASTER_KEYS_OLDER: older },
      });
    const [before, after] = [await with_(old, next), await with_(next, old)];
    const shoppers = await Promise.all(Array.from({ length: 10 }, () => linked()));
    const test = { isOver: false };
    let calls = 0;
    const load = async (shopper: Shopper, app: RunningApp) => {
      for (; !test.isOver; calls++) {
        if (calls % 10 === 0) await expire(shopper);
        expect(oauth.holds(await token(shopper, app))).toBe(true);
      }
    };
    const working = Promise.all(shoppers.map((shopper, place) => load(shopper, place % 2 === 0 ? before : after)));
    const rotation = after.app.get(KeyRotation, { strict: false });
    const newest = after.app.get(MasterKeys, { strict: false }).currentId;
    const wrappedByOld = async () =>
      (await sql(muse, 'SELECT 1 FROM data_keys WHERE master_key_id <> $1 AND destroyed_at IS NULL', [newest])).length;
    await eventually(async () => calls > 50);
    await eventually(async () => ((await rotation.runOnce()) > 0, (await wrappedByOld()) === 0), 30_000);
    const sofar = calls;
    await eventually(async () => calls > sofar + 50);
    test.isOver = true;
    await working;
    // The old key is thrown away: what was sealed before opens all the same.
    const last = await startApp({
      ...{ DATABASE_URL: muse.database, SANDBOX_ORIGINS: oauth.url, MUSE_ROLE: 'api', MUSE_MASTER_KEY: next },
      JWT_SECRET: muse.config.JWT_SECRET!,
    });
    for (const shopper of shoppers) expect(oauth.holds(await token(shopper, last))).toBe(true);
  }, 120_000);
});

describe('Calls to a store', () => {
  let muse: RunningApp;
  let oauth: OAuthDouble;

  beforeAll(async () => {
    oauth = await startOAuth();
    muse = await startApp({ SANDBOX_ORIGINS: oauth.url });
  }, 60_000);

  const call = (storeId: string, userId: string | null = null) =>
    muse.app.get(StoreCalls, { strict: false }).of(storeId, userId, randomUUID(), 1_000);

  it('are none where the store is not connected, or its connection is off', async () => {
    expect(await call((await openPartner(muse)).id)).toBeNull();
    expect(await call((await connect(muse, oauth, { enabled: false })).id)).toBeNull();
  });

  it('are as many in a minute as the store allows, over all processes, and say when there is room again', async () => {
    const { id } = await connect(muse, oauth, { callsPerMinute: 5 });
    const second = await startApp({
      ...{ DATABASE_URL: muse.database, SANDBOX_ORIGINS: oauth.url, MUSE_ROLE: 'api' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
    });
    const calls = [muse, second].map(({ app }) => app.get(StoreCalls, { strict: false }));
    const tried = await Promise.allSettled(
      Array.from({ length: 20 }, (_, place) => calls[place % 2]!.of(id, null, randomUUID(), 1_000)),
    );
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const one of tried) {
      if (one.status === 'fulfilled') continue;
      expect(one.reason).toMatchObject({ kind: 'throttled', code: 'calls_per_minute' });
      expect((one.reason as StoreFault).retryAfterMs).toBeGreaterThan(0);
      // A fifth of a minute; by a look that waited for those before it, and counts from when it began, a little more.
      expect((one.reason as StoreFault).retryAfterMs).toBeLessThan(13_000);
    }
  });
});
