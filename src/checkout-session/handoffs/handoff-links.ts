import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config';
import { isKeyedHash, keyedHash, Vault, type DataKey } from '../../platform/crypto';

/** Where the links of a hand-off lead: the first `/r/{clickId}`, the others `/r/{clickId}/1` and on. */
export interface HandoffTargets {
  targets: string[];
  /** The same, wrapped in the store's affiliate links; null where none are used. */
  affiliateTargets: string[] | null;
}

/** The addresses under which shoppers are sent on to stores, and the seal by which Muse knows what it built itself. */
@Injectable()
export class HandoffLinks {
  private readonly key: DataKey;

  constructor(
    private readonly config: Config,
    vault: Vault,
  ) {
    this.key = vault.serverKey('hand-off links');
  }

  /** What the shopper is given; `place` 0 is the cart, and 1 and on are its products. */
  urlOf(clickId: string, place = 0): string {
    return `${this.config.PUBLIC_URL}/r/${clickId}${place === 0 ? '' : `/${place}`}`;
  }

  /** The product links of a hand-off, each by Muse's own. */
  productsOf<L extends { url: string }>(clickId: string, links: readonly L[]): L[] {
    return links.map((link, at) => ({ ...link, url: this.urlOf(clickId, at + 1) }));
  }

  /**
   * Addresses as they may stand in a `Location`: of the web, and ASCII without line breaks, whatever they were made of.
   * Throws where one is no such address: no strategy gives any.
   */
  written(urls: readonly string[]): string[] {
    return urls.map((url) => {
      const { protocol, username, password, href } = new URL(url);
      if (!/^https?:$/.test(protocol) || username !== '' || password !== '')
        throw new Error('A link that leads to no web page');
      return href;
    });
  }

  seal(clickId: string, targets: HandoffTargets): Buffer {
    return keyedHash(this.key, sealed(clickId, targets));
  }

  /** Whether these are the targets that were built for that click. */
  isSealed(clickId: string, targets: HandoffTargets, seal: Buffer): boolean {
    return isKeyedHash(this.key, sealed(clickId, targets), seal);
  }
}

function sealed(clickId: string, { targets, affiliateTargets }: HandoffTargets): string {
  return JSON.stringify([clickId, targets, affiliateTargets]);
}
