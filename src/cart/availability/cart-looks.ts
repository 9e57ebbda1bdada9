import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import type { Cart } from '../cart-reading';

/** One that is looked at again and again is noted once in so long. */
const NOTED_FOR_MS = 60_000;
/** So many carts are remembered at most: one that is forgotten is noted again. */
const MOST = 10_000;
const FLUSH_AFTER_MS = 500;
/** Whoever has not looked at a cart for so long does not need to know what it costs now. */
export const LATELY = `interval '15 minutes'`;

const NOTE = statement(
  'cart.note_looks',
  `WITH look AS (
     INSERT INTO cart_looks (cart_id, looked_at) SELECT id, now() FROM carts WHERE id = ANY ($1::uuid[]) ORDER BY id
     ON CONFLICT (cart_id) DO UPDATE SET looked_at = now()
   )
   INSERT INTO availability_checks (store_id, wanted_until) SELECT id, now() + ${LATELY} FROM stores WHERE id = ANY ($2::uuid[]) ORDER BY id
   ON CONFLICT (store_id) DO UPDATE SET wanted_until = now() + ${LATELY} WHERE availability_checks.wanted_until < now() + ${LATELY} - interval '20 seconds'`,
);

/**
 * Notes which carts with goods of stores that can be asked were looked at, for whoever keeps them fresh. A reader of a cart
 * neither waits for that nor pays a statement: what a process has noted goes out together, half a second later. Limit: what a
 * process that dies has not sent is lost, and noted with the next look.
 */
@Injectable()
export class CartLooks implements BeforeApplicationShutdown {
  private readonly notedAt = new Map<string, number>();
  private carts = new Set<string>();
  private stores = new Set<string>();
  private timer?: NodeJS.Timeout;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  note({ id, stores }: Pick<Cart, 'id' | 'stores'>): void {
    const asked = stores.filter(({ tier, connected, open }) => tier === 'oauth_api' && connected && open);
    if (asked.length === 0) return;
    const now = performance.now();
    if (now - (this.notedAt.get(id) ?? -Infinity) < NOTED_FOR_MS && asked.every((store) => this.knows(store.id, now)))
      return;
    if (this.notedAt.size >= MOST) this.notedAt.clear();
    this.notedAt.set(id, now);
    this.carts.add(id);
    for (const store of asked) {
      this.notedAt.set(store.id, now);
      this.stores.add(store.id);
    }
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS).unref();
  }

  /** Sends what was noted. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const [carts, stores] = [[...this.carts], [...this.stores]];
    this.carts = new Set();
    this.stores = new Set();
    if (carts.length > 0)
      this.sending = this.sending.then(async () => {
        // A look that could not be noted is one that was not.
        await this.database.rows(NOTE, [carts, stores]).catch(() => undefined);
      });
    return this.sending;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private knows(storeId: string, now: number): boolean {
    return now - (this.notedAt.get(storeId) ?? -Infinity) < NOTED_FOR_MS;
  }
}
