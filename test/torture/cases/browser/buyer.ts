import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWERS } from '../../../support/shop-sandbox';
import type { Body } from '../../harness/client';
import { catalogLine, type Shopper, type World } from '../../harness/world';
import type { BasketLine } from './goods';
import type { BrowserStore } from './shops';

export const ADDRESS = {
  ...{ name: 'Ana Maria Reyes', line1: '2100 Guadalupe St', city: 'Austin', region: 'TX' },
  ...{ postalCode: '78705', country: 'US', phone: '+15125550199' },
};
const LOOK_EVERY_MS = 200;
const QUOTED_WITHIN_MS = 120_000;
const DECIDED_WITHIN_MS = 180_000;
const ASKED = ['quoting', 'action_required'];
const UNDER_WAY = ['waiting', 'processing', 'action_required'];
const IN_CART = `SELECT l.variant_id AS goods, l.quantity AS units FROM cart_items l JOIN carts c ON c.id = l.cart_id
  WHERE c.shopper_id = $1 AND c.status <> 'merged'`;
/** By the kind of challenge, what a shopper would answer. */
const ANSWER: Record<string, string> = {
  ...{ captcha: ANSWERS.captcha, one_time_code: ANSWERS.oneTimeCode },
  ...{ security_question: ANSWERS.securityQuestion, terms_changed: 'true' },
};

export interface Linking {
  /** Gives the sign-in to Muse, and waits until a browser has proved it. */
  link(within?: { ms: number; lookEveryMs: number }): Promise<Buyer>;
}

/** Somebody with an account at one of the shops, whose sign-in Muse has; everything over HTTP. */
export class Buyer {
  asked = 0;

  private constructor(
    readonly shopper: Shopper,
    readonly store: BrowserStore,
    readonly accountId: string,
  ) {}

  static async link(world: World, store: BrowserStore): Promise<Buyer> {
    return (await Buyer.toLink(world, store)).link();
  }

  /** Somebody new, who has an account at the store and has not told Muse of it yet. */
  static async toLink(world: World, store: BrowserStore): Promise<Linking> {
    const shopper = await world.user();
    const accountId = randomUUID().slice(24);
    const account = await store.shop.account(accountId);
    const { credentialsConsent } = await shopper.expect('GET', '/integrations');
    const body = { ...account, consentVersion: credentialsConsent.version };
    const link: Linking['link'] = async (within = { ms: QUOTED_WITHIN_MS, lookEveryMs: LOOK_EVERY_MS }) => {
      await shopper.expect('PUT', `/integrations/${store.id}/credentials`, body);
      for (const deadline = Date.now() + within.ms; ; await sleep(within.lookEveryMs)) {
        const { signIn } = await shopper.expect('GET', `/integrations/${store.id}`);
        if (signIn.state === 'proved') return new Buyer(shopper, store, accountId);
        if (signIn.state !== 'proving') throw new Error(`The sign-in is ${signIn.state}: ${signIn.reason}`);
        if (Date.now() > deadline) throw new Error('The sign-in was not proved in time.');
      }
    };
    return { link };
  }

  /** A session of these goods alone, as soon as the store has said what they come to. */
  async quote(lines: readonly BasketLine[]): Promise<Body> {
    await this.emptyCart();
    for (const { sku, quantity } of lines) {
      if (!(await this.shopper.add(catalogLine(this.store.variantIds.get(sku)!, quantity))))
        throw new Error(`${sku} could not be put into the cart.`);
    }
    const { id } = await this.shopper.expect('POST', '/checkout/sessions', {});
    const contact = { email: 'ana@example.com' };
    await this.shopper.expect('PUT', `/checkout/sessions/${id}/shipping`, { address: ADDRESS, contact });
    await this.until(id, ASKED, QUOTED_WITHIN_MS);
    return this.shopper.expect('GET', `/checkout/sessions/${id}`);
  }

  /** What is taken out again counts as never put in. */
  private async emptyCart(): Promise<void> {
    const { shopper } = this;
    const inCart = await shopper.world.ground.rows<{ goods: string; units: number }>(IN_CART, [shopper.id]);
    if (inCart.length === 0) return;
    await shopper.expect('DELETE', '/cart');
    for (const { goods, units } of inCart) await shopper.note(goods, -units);
  }

  /** At what it comes to now; 202, or why not. */
  place({ id, total }: Body) {
    const body = { expectedTotal: total };
    return this.shopper.send('POST', `/checkout/sessions/${id}/place`, body, randomUUID());
  }

  /** What became of it at the store, once that is decided. */
  decided(sessionId: string, withinMs = DECIDED_WITHIN_MS): Promise<Body> {
    return this.until(sessionId, UNDER_WAY, withinMs);
  }

  /** Looks until nothing is under way, and answers what the store asks meanwhile. */
  private async until(sessionId: string, open: string[], withinMs: number): Promise<Body> {
    const answered = new Set<string>();
    for (const deadline = Date.now() + withinMs; ; await sleep(LOOK_EVERY_MS)) {
      const { stores } = await this.shopper.expect('GET', `/checkout/sessions/${sessionId}/status`);
      const [store] = stores;
      if (!open.includes(store.status)) return store;
      const { action } = store;
      if (action?.type === 'challenge' && !answered.has(action.challengeId)) {
        answered.add(action.challengeId);
        await this.answer(sessionId, action.challengeId);
      }
      if (Date.now() > deadline) return store;
    }
  }

  private async answer(sessionId: string, challengeId: string): Promise<void> {
    const at = `/checkout/sessions/${sessionId}/challenges/${challengeId}`;
    const { kind, fields, picture } = await this.shopper.expect('GET', at);
    if (!picture && kind === 'captcha') throw new Error('A CAPTCHA without its picture.');
    this.asked += 1;
    const answers = Object.fromEntries(fields.map(({ name }: Body) => [name, ANSWER[kind]]));
    // 409: it was too late by then, which is seen in what becomes of it.
    await this.shopper.send('POST', `${at}/answer`, { answers }, randomUUID());
  }
}
