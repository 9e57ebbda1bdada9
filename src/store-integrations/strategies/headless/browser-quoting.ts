import { Injectable } from '@nestjs/common';
import type { NoQuote, ShopperAtStore, StoreGroup, StoreQuote } from '../../checkout-strategy';
import { Challenges } from '../../challenges/challenges';
import { quoteFromTables } from '../../quote-from-tables';
import { noQuote } from '../oauth-api/remote-quote';
import { BrowserRuns, type BrowserRunOutcome } from './browser-runs';
import { LinesSeen } from './lines-seen';
import { pageQuoteOf, soldOutQuoteOf } from './page-quote';
import { inputsOf } from './run-inputs';

const BUSY_MS = 1_000;

/** Asks a store what a group comes to, by going through its checkout as far as the review page. */
@Injectable()
export class BrowserQuoting {
  constructor(
    private readonly runs: BrowserRuns,
    private readonly challenges: Challenges,
  ) {}

  async quote(group: StoreGroup, shopper: ShopperAtStore): Promise<StoreQuote | NoQuote> {
    const { store, lines } = group;
    const { userId, storeCheckoutId } = shopper;
    const inputs = inputsOf(shopper, lines);
    // Nobody gets to a review page without an address: until there is one, what our tables say has to do.
    if (!store.open || !inputs) return quoteFromTables(group);
    if (userId === null) return noQuote('not_linked', `${store.name} has no sign-in of yours.`);
    if (!group.again) await this.challenges.forgetUnanswered(storeCheckoutId, 'quote');
    else if (await this.challenges.leftUnanswered(storeCheckoutId, 'quote')) return unanswered(group);
    const seen = new LinesSeen();
    const outcome = await this.runs.run({
      ...{ storeId: store.id, userId, flow: 'quote', inputs, about: 'quote', subjectId: storeCheckoutId, shopper },
      ...{ dry: true, onStep: seen.onStep, waitMs: Math.max(0, shopper.until.getTime() - Date.now()) },
    });
    return this.answerOf(group, outcome, seen);
  }

  private answerOf(group: StoreGroup, outcome: BrowserRunOutcome, seen: LinesSeen): StoreQuote | NoQuote {
    const { name } = group.store;
    switch (outcome.type) {
      case 'done':
        return pageQuoteOf(group, outcome.read);
      case 'out_of_stock':
        return soldOutQuoteOf(group, seen.of(group.lines, outcome.section));
      case 'no_instrument':
        return noQuote('no_saved_payment', `${name} has no means of payment of yours saved.`);
      case 'challenge':
        return unanswered(group);
      case 'login_wall':
        return { unquoted: 'relink', code: 'login_wall', detail: `${name} does not take your sign-in any more.` };
      case 'not_run':
        if (outcome.code === 'refused') return { unquoted: 'relink', code: outcome.code, detail: outcome.detail };
        if (outcome.code === 'busy')
          return { unquoted: 'throttled', code: 'busy', detail: outcome.detail, retryAfterMs: BUSY_MS };
        return noQuote(outcome.code, outcome.detail);
      case 'down':
        return noQuote('store_down', `${name} does not answer at present.`);
      default:
        return noQuote(outcome.type, `${name}'s site could not be gone through.`);
    }
  }
}

function unanswered({ store }: StoreGroup): NoQuote {
  return noQuote('challenge_unanswered', `${store.name} asked you something that was not answered in time.`);
}
