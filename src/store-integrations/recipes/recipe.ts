/**
 * A store's checkout as data: which pages there are, what is filled and clicked on them, what has to be true then. One
 * runner reads them all (recipe-runner.ts); recipe.schema.ts says the same as a JSON schema, recipe-rules.ts what a schema
 * cannot say.
 *
 * A text marked `template` may hold names in braces, which are filled in from what a run is given (recipe-template.ts):
 * `{line.url}`, `{address.line1}`. In an address (`url`) they are percent-encoded, unless the name is all that stands there.
 */
export interface Recipe {
  format: 1;
  /** Where the shop begins: `https://shop.example`. Addresses in the recipe that begin with a slash are below it. */
  origin: string;
  /** Other hosts that the shop's pages need: of its scripts, its pictures, its payment page. `host` or `host:port`. */
  hosts?: string[];
  /** ISO 4217; how its amounts are read. */
  currency: string;
  /** How the shop writes amounts: 1,234.50 (`.`, the default) or 1.234,50 (`,`). */
  decimal?: '.' | ',';
  /** What gets in the way on any page and is shut: a cookie banner, an offer to subscribe. */
  interruptions?: Interruption[];
  /** What may show itself instead of what was waited for. The first that is seen counts. */
  signs?: Sign[];
  sections: Partial<Record<SectionName, Step[]>>;
}

/**
 * In this order. `signIn` is skipped where nobody signs in; `emptyCart` leaves nothing in the cart of an earlier try;
 * `findProduct`, `chooseVariant` and `add` run once a line; `place` holds the last click, `cancel` its own.
 */
export const SECTIONS = [
  ...(['signIn', 'emptyCart', 'findProduct', 'chooseVariant', 'add', 'cartCheck', 'address', 'delivery'] as const),
  ...(['payment', 'review', 'place', 'confirmation', 'orderList', 'track', 'cancel'] as const),
];
export type SectionName = (typeof SECTIONS)[number];

/** What Muse does at a store, and which sections that takes. */
export const FLOWS = {
  signIn: ['signIn'],
  quote: [
    ...(['signIn', 'emptyCart', 'findProduct', 'chooseVariant', 'add', 'cartCheck'] as const),
    ...(['address', 'delivery', 'payment', 'review'] as const),
  ],
  place: [
    ...(['signIn', 'emptyCart', 'findProduct', 'chooseVariant', 'add', 'cartCheck'] as const),
    ...(['address', 'delivery', 'payment', 'review', 'place', 'confirmation'] as const),
  ],
  orderList: ['signIn', 'orderList'],
  track: ['signIn', 'track'],
  cancel: ['signIn', 'cancel'],
} as const satisfies Record<string, readonly SectionName[]>;
export type FlowName = keyof typeof FLOWS;

/** The sections that run once for each line. */
export const PER_LINE: readonly SectionName[] = ['findProduct', 'chooseVariant', 'add'];

/**
 * One way to find an element; what is not seen is not found, shadow roots and frames are looked into. Texts are compared
 * without regard to case and blanks; the asterisk of a field that has to be filled does not count.
 */
export type Candidate = (
  | { by: 'autocomplete'; /** One word of the attribute or all of it: `postal-code`. */ is: string }
  | { by: 'testId'; /** data-testid, data-test-id, data-test, data-qa, data-cy. */ is: string }
  | { by: 'field'; /** The name or the id. */ is: string }
  | { by: 'label'; /** What a person reads beside it: label, aria-label, placeholder. Template. */ is: string }
  | { by: 'role'; /** WAI-ARIA, said or meant. */ role: string; /** Template. */ name?: string }
  | { by: 'text'; /** The innermost element that says it. Template. */ is: string }
  | { by: 'css'; /** A selector within one document or shadow root. */ is: string }
) & {
  /** Its text need only be a part. */
  contains?: boolean;
  /** Only within this, and the frames and shadow roots below it. */
  within?: Candidate;
  /** Which of several, from 0. What is clicked or filled has to be the only one without it. */
  nth?: number;
};

/** In the order of trust: the first that is found serves. */
export type Target = Candidate[];

/** Something that a page shows or does not show. */
export type State =
  | { present: Target }
  | { absent: Target }
  /** The path, and the query where it names one; `*` stands for anything. */
  | { path: string }
  /** At least one of them. */
  | { any: State[] }
  /** Whether a run was given it: the name of a template, `delivery.name`. */
  | { given: string };

/** What is read of an element. `money` is in minor units, `date` is YYYY-MM-DD, `time` RFC 3339. */
export interface Reading {
  from: Target;
  as: 'text' | 'money' | 'integer' | 'date' | 'time' | 'url';
  /** Of an attribute or, with `value`, of what stands in a field, instead of the text. */
  attribute?: string;
  /** A regular expression, run in the page; its first group, or all of it, is what counts. */
  pattern?: string;
  /** What the shop's words mean here, by the words; words that are not named mean nothing: null. */
  words?: Record<string, string>;
  /** Null where it is not there; otherwise the page is not known. */
  optional?: boolean;
}

/** A reading of each of several like elements. */
export interface ListReading {
  /** Every one that the first candidate with any finds. */
  each: Target;
  /** Looked for within it. */
  read: Record<string, Reading>;
}

/** What has to be true. Not so: `otherwise` (unknown_page). */
export type Check = { otherwise?: Exclude<OutcomeType, 'challenge'> } & (
  | { state: State }
  | { reading: Reading; /** Template. */ is: string }
  /** Template. */
  | { reading: Reading; contains: string }
  /** Template of an amount: `{agreedTotal}`. */
  | { reading: Reading; atMost: string }
  /** How many are seen; template: `{lineCount}`. */
  | { count: Target; is: string }
);

interface StepCommon {
  /** Unique within its section: for reports, never a shopper's text. */
  step: string;
  /** Left out unless this holds at that moment. */
  when?: State;
  /** Reached after it, all of them. */
  waitFor?: State[];
  /** True after it. */
  check?: Check[];
  /** What it means that its target is not there or its states are not reached; unknown_page, after the last click always. */
  otherwise?: Exclude<OutcomeType, 'challenge'>;
  /** How long for its target, and again for its states, ms; 10 000. */
  timeoutMs?: number;
}

export type Step = StepCommon &
  (
    | { do: 'goto'; /** Below the origin, or a whole address on one of the hosts. Template. */ url: string }
    | {
        do: 'click';
        target: Target;
        /** Done once more where it seems to have gone unheard: never on what adds, buys or cancels. */
        repeatable?: boolean;
        /**
         * It places the order, or cancels it: of `place` and `cancel` only, one in each. Its checks are made before it, and
         * it is clicked only once whoever runs the recipe has said so.
         */
        last?: boolean;
      }
    | {
        do: 'fill';
        target: Target;
        /** Template. */ value: string;
        /** Key by key, for fields that suggest. */ typed?: boolean;
      }
    /** Leaves nothing in a field. */
    | { do: 'clear'; target: Target }
    | {
        do: 'select';
        target: Target;
        /** An option's value or text, the first that there is. Templates. */ options: string[];
      }
    | { do: 'check'; target: Target; on: boolean }
    | { do: 'press'; target: Target; key: 'Enter' | 'Tab' | 'Escape' | 'ArrowDown' }
    | { do: 'read'; read: Record<string, Reading | ListReading> }
    /** Only waits and checks. */
    | { do: 'wait' }
    /** The steps again and again while a state holds. */
    | { do: 'repeat'; while: State; atMost: number; steps: Step[] }
  );

export interface Interruption {
  name: string;
  seen: Target;
  /** What shuts it. */
  shut: Target;
}

/** What shows that something else came than was waited for. */
export type Sign = {
  name: string;
  seen: State;
  /** Where it may show itself; everywhere. What it means is the store's answer to the last click only where it names the section. */
  sections?: SectionName[];
} & ({ means: Exclude<OutcomeType, 'challenge'> } | ({ means: 'challenge' } & ChallengeSign));

export const CHALLENGES = ['captcha', 'one_time_code', 'security_question', 'terms_changed', 'approval'] as const;
export type ChallengeKind = (typeof CHALLENGES)[number];

/** Something that only the shopper can answer. */
export interface ChallengeSign {
  kind: ChallengeKind;
  /** What the shopper has to read: the question, the terms. */
  prompt?: Target;
  /** None: the shopper acts elsewhere (an app), and the page goes on by itself. */
  fields: { name: string; label: string; type: 'text' | 'code' | 'confirm'; target: Target }[];
  submit?: Target;
}

export const OUTCOMES = [
  ...(['challenge', 'login_wall', 'out_of_stock', 'price_moved', 'unknown_page', 'no_instrument', 'fault'] as const),
];
export type OutcomeType = (typeof OUTCOMES)[number];

/** What sections read, by the names that others know. Amounts in minor units of the recipe's currency. */
export interface Reads {
  /** Read by cartCheck or review; `total` by review always. */
  subtotal?: number | null;
  discount?: number | null;
  shipping?: number | null;
  tax?: number | null;
  total?: number | null;
  /** What is paid with, as the store calls it. */
  instrument?: string | null;
  /** By cartCheck: as the store sees the lines. */
  lines?: { name?: string | null; sku?: string | null; unitPrice?: number | null; quantity?: number | null }[];
  /** By delivery. */
  deliveryOptions?: { name?: string | null; price?: number | null; minDays?: number | null; maxDays?: number | null }[];
  /** By confirmation, always. */
  orderNumber?: string | null;
  /** By orderList, always, newest first. */
  orders?: {
    number?: string | null;
    total?: number | null;
    placedAt?: string | null;
    status?: string | null;
    url?: string | null;
  }[];
  /** By track and cancel: a word of ORDER_STATUSES, by `words`. */
  status?: string | null;
  estimatedFrom?: string | null;
  estimatedTo?: string | null;
  parcels?: {
    carrier?: string | null;
    trackingNumber?: string | null;
    trackingUrl?: string | null;
    status?: string | null;
  }[];
}

/** What a store's words for an order's state are turned into. */
export const ORDER_STATUSES = ['confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'returned'] as const;

/** Names that may be read, and of lists which fields. */
export const READ_NAMES: Record<keyof Reads, readonly string[] | null> = {
  ...{ subtotal: null, discount: null, shipping: null, tax: null, total: null, instrument: null },
  lines: ['name', 'sku', 'unitPrice', 'quantity'],
  deliveryOptions: ['name', 'price', 'minDays', 'maxDays'],
  orderNumber: null,
  orders: ['number', 'total', 'placedAt', 'status', 'url'],
  ...{ status: null, estimatedFrom: null, estimatedTo: null },
  parcels: ['carrier', 'trackingNumber', 'trackingUrl', 'status'],
};
