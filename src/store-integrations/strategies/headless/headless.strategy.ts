import { Injectable } from '@nestjs/common';
import type { Reader } from '../../../platform/database';
import { StoreAccounts } from '../../accounts/store-accounts';
import { Automation, type AutomationAccess } from '../../automation/automation';
import type {
  CheckoutStrategy,
  NoQuote,
  Placement,
  PlacementOutcome,
  StoreAccess,
  StoreGroup,
  StoreQuote,
} from '../../checkout-strategy';
import type { StoreFacts } from '../../store-facts';
import { BrowserPlacing } from './browser-placing';
import { BrowserQuoting } from './browser-quoting';

/**
 * A store that has no interface and allows automation: Muse goes through its own checkout in a browser, signed in as a shopper
 * who agreed to that, and pays with what they saved there.
 */
@Injectable()
export class HeadlessStrategy implements CheckoutStrategy {
  readonly tier = 'headless';
  readonly checkout = 'in_muse';
  readonly repeatable = false;
  readonly looksUp = true;
  readonly speaksForShopper = true;
  readonly quotesAtOnce = false;
  /** A browser takes its time, and may have to wait for its turn. */
  readonly quoteSeconds = 60;

  constructor(
    private readonly automation: Automation,
    private readonly quoting: BrowserQuoting,
    private readonly placing: BrowserPlacing,
    private readonly accounts: StoreAccounts,
  ) {}

  reaches({ automated }: StoreFacts): boolean {
    return automated;
  }

  async accessTo(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, StoreAccess>> {
    const found = await this.automation.accessOf(reader, userId, storeIds);
    return new Map([...found].map(([id, access]) => [id, { serves: access.serves, link: this.linkOf(id, access) }]));
  }

  quote(group: StoreGroup): Promise<StoreQuote | NoQuote> {
    return this.quoting.quote(group, group.shopper!);
  }

  place(placement: Placement): Promise<PlacementOutcome> {
    return this.placing.place(placement, placement.shopper!);
  }

  private linkOf(id: string, { status }: AutomationAccess): StoreAccess['link'] {
    const known = status === 'proving' ? 'not_linked' : status;
    return this.accounts.linkOf({ id, linkRequired: true, tier: this.tier }, known);
  }
}
