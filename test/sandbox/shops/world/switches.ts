/** Where a challenge stands in the way: of signing in, of the checkout, of the last click. */
export type Point = 'signIn' | 'checkout' | 'place';

/** How a shop is today. All can be on at once. */
export interface Switches {
  /** Other ids, classes and names of fields than those that were there when the recipe was written; `all`: test ids too. */
  renamed: false | 'ids' | 'all';
  /** Fields in another order, deeper down, and buttons elsewhere on the page. */
  moved: boolean;
  /** A dialog over the page some time after it is there, once a visit. */
  popup: boolean;
  /** A bar over the lower part of the page, until something is answered. */
  cookieBanner: boolean;
  /** Every page takes that much longer. */
  slowMs: number;
  captcha: false | Point;
  oneTimeCode: false | Point;
  securityQuestion: false | Point;
  termsChanged: false | Point;
  /** Every unit costs that much more, from the product page on. */
  priceMovedCents: number;
  /** Every unit costs that much more from the moment the order is to be placed: that click buys nothing, and says so. */
  priceMovesAtPlaceCents: number;
  /** Where it is found out that nothing is left. */
  outOfStock: false | 'product' | 'cart' | 'place';
  /** The shop does not notice that it was asked twice to place one order. */
  doubleSubmitTrap: boolean;
  /** Pages that try by every way to reach these addresses, which are not theirs. */
  hostileTo: string[];
}

export const QUIET: Readonly<Switches> = {
  ...{ renamed: false, moved: false, popup: false, cookieBanner: false, slowMs: 0 },
  ...{ captcha: false, oneTimeCode: false, securityQuestion: false, termsChanged: false },
  ...{ priceMovedCents: 0, priceMovesAtPlaceCents: 0, outOfStock: false, doubleSubmitTrap: false, hostileTo: [] },
};

export type ChallengeKind = 'captcha' | 'oneTimeCode' | 'securityQuestion' | 'termsChanged';
export const CHALLENGE_KINDS: readonly ChallengeKind[] = ['captcha', 'oneTimeCode', 'securityQuestion', 'termsChanged'];

/** What a shopper would answer; that the terms are accepted is a tick. */
export const ANSWERS: Readonly<Record<ChallengeKind, string>> = {
  ...{ captcha: '7GK4Q', oneTimeCode: '314159', securityQuestion: 'Bruno', termsChanged: 'yes' },
};

export const PROMPTS: Readonly<Record<ChallengeKind, string>> = {
  captcha: 'Type the letters that you see in the picture',
  oneTimeCode: 'We sent a code to your phone. Enter the code',
  securityQuestion: 'What was the name of your first pet?',
  termsChanged: 'Our terms have changed. Please read and accept them to go on',
};
