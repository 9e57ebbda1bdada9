import type { Platform } from '../../../platforms/platform-names';
import { AMAZON } from './amazon';
import { BIGCOMMERCE } from './bigcommerce';
import { EBAY } from './ebay';
import type { PlatformLinks } from './platform-links';
import { SHOPIFY } from './shopify';
import { VTEX } from './vtex';
import { WALMART, WALMART_AFFILIATE } from './walmart';
import { WOOCOMMERCE, WOOCOMMERCE_CLASSIC } from './woocommerce';

/** Null: no link of it fills a cart for somebody who was not there before, so there are pages alone. */
export const LINKS_OF: Record<Platform, PlatformLinks | null> = {
  shopify: SHOPIFY,
  woocommerce: WOOCOMMERCE,
  woocommerce_classic: WOOCOMMERCE_CLASSIC,
  bigcommerce: BIGCOMMERCE,
  vtex: VTEX,
  amazon: AMAZON,
  walmart: WALMART,
  walmart_affiliate: WALMART_AFFILIATE,
  ebay: EBAY,
  adobe_commerce: null,
  opencart: null,
  prestashop: null,
  target: null,
  squarespace: null,
};
