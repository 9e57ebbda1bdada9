import { Injectable, Logger } from '@nestjs/common';
import { SealBroken } from '../../platform/crypto';
import { Database } from '../../platform/database';
import { Events } from '../../platform/events';
import { HANDOFF_OPENED, sessionEvent } from '../checkout.events';
import { SessionVault } from '../session-vault';
import { HandoffLinks } from './handoff-links';
import { HandoffsRepository, type FollowedHandoff } from './handoffs.repository';

/** Where a link leads: on, to what was built for it; or nowhere, since it is over, or never was. */
export type Opened = { to: string } | 'over' | 'unknown';

/**
 * Follows the links of hand-offs. Guarantee: nobody is sent anywhere but to an address that Muse itself built and sealed
 * for that very click, whatever stands in the row by now; and nobody after the hand-off has ended.
 */
@Injectable()
export class HandoffOpens {
  private readonly logger = new Logger('Hand-offs');

  constructor(
    private readonly handoffs: HandoffsRepository,
    private readonly links: HandoffLinks,
    private readonly vault: SessionVault,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** `place` 0 is the cart, 1 and on its products; `counts`: it is somebody, and not a program that looks where it leads. */
  async open(clickId: string, place: number, counts: boolean): Promise<Opened> {
    const row = await this.handoffs.ofClick(clickId);
    if (!row?.targets) return 'unknown';
    const { id, sessionId, storeId, targets, affiliateTargets, linkSeal } = row;
    if (!this.links.isSealed(clickId, { targets, affiliateTargets }, linkSeal!)) {
      this.logger.error({ message: 'a hand-off’s link is not what was built', handoffId: id });
      return 'unknown';
    }
    const built = ((row.affiliated && affiliateTargets) || targets)[place];
    if (built === undefined) return 'unknown';
    if (!row.waits) return 'over';
    const to = place === 0 ? this.shared(row, built) : built;
    if (to === undefined) return 'unknown';
    if (counts)
      await this.database.transaction(async (tx) => {
        if ((await this.handoffs.countOpen(tx, id)) === 1)
          await this.events.publish(tx, sessionEvent(HANDOFF_OPENED, sessionId, { handoffId: id, storeId }));
      });
    return { to };
  }

  /** With what its shopper agreed to tell the store: that lies under their key, and is bound to session and store by it. */
  private shared(row: FollowedHandoff, built: string): string | undefined {
    try {
      return this.vault.openHandoff(row) ?? built;
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      this.logger.error({ message: 'a hand-off’s sealed link is not what was built', handoffId: row.id });
      return undefined;
    }
  }
}
