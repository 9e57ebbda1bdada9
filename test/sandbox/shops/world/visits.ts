import { randomUUID } from 'node:crypto';
import type { Address } from './people';
import type { ChallengeKind, Point } from './switches';

export interface CartLine {
  sku: string;
  quantity: number;
}

/** A browser that the shop knows by its cookie, and how far it is with buying. */
export interface Visit {
  id: string;
  accountId: string | null;
  /** Whose password was right, and who has to answer something first. */
  pendingAccountId: string | null;
  /** Of somebody who is not signed in. */
  cart: CartLine[];
  address: Address | null;
  deliveryId: string | null;
  cardId: string | null;
  /** Of the review page that it was shown last; placed once, where the shop minds. */
  checkout: string;
  solved: ChallengeKind[];
  /** What goes on when the challenge is answered. */
  resume: { point: Point; next: string } | null;
  /** Prices moved under the shopper's hands, and they were told. */
  moved: boolean;
}

export class Visits {
  private visits = new Map<string, Visit>();

  /** The one of this cookie, or a new one. */
  of(id: string | undefined): Visit {
    const known = id === undefined ? undefined : this.visits.get(id);
    if (known) return known;
    const visit: Visit = {
      ...{ id: randomUUID(), accountId: null, pendingAccountId: null, cart: [], address: null, deliveryId: null },
      ...{ cardId: null, checkout: randomUUID(), solved: [], resume: null, moved: false },
    };
    this.visits.set(visit.id, visit);
    return visit;
  }

  /** Signed out: one, or everybody. */
  end(id?: string): void {
    for (const visit of this.visits.values())
      if (id === undefined || visit.id === id) Object.assign(visit, { accountId: null, pendingAccountId: null });
  }

  reset(): void {
    this.visits.clear();
  }
}
