/** Where a return stands. */
export const RETURN_STATUSES = [
  ...(['requested', 'approved', 'refused', 'cancelled'] as const),
  ...(['in_transit', 'received', 'refunded', 'exchanged', 'closed'] as const),
] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];
export const RETURN_KINDS = ['return', 'exchange'] as const;
export type ReturnKind = (typeof RETURN_KINDS)[number];
export const CONDITIONS = ['as_new', 'opened', 'damaged'] as const;
export type Condition = (typeof CONDITIONS)[number];

export type ReturnActor = 'buyer' | 'merchant' | 'system';

interface Transition {
  from: readonly ReturnStatus[];
  to: readonly ReturnStatus[];
  who: readonly ReturnActor[];
}

/** Every change of a return's status, as data: from, to, by whom. */
export const RETURN_TRANSITIONS = {
  /** By the merchant, or by a store that was asked by its interface. */
  approve: { from: ['requested'], to: ['approved'], who: ['merchant', 'system'] },
  /** After its approval too: where it never comes, or something else comes. */
  refuse: { from: ['requested', 'approved', 'in_transit'], to: ['refused'], who: ['merchant', 'system'] },
  /** Until it is on its way. */
  cancel: { from: ['requested', 'approved'], to: ['cancelled'], who: ['buyer'] },
  send: { from: ['approved'], to: ['in_transit'], who: ['buyer'] },
  /** The goods are there: refunded at once by payments' own time, or replaced. */
  receive: { from: ['approved', 'in_transit'], to: ['received', 'exchanged'], who: ['merchant', 'system'] },
  /** The money is back: by a refund of its own, by hand where the store had it, or with all that was paid for the order. */
  refund: { from: ['received'], to: ['refunded'], who: ['system'] },
  /** There is no money to give back: nobody has paid the order, or what was paid for these units went back before. */
  close: { from: ['received'], to: ['closed'], who: ['system'] },
} as const satisfies Record<string, Transition>;

export type ReturnAction = keyof typeof RETURN_TRANSITIONS;

/** Whether an actor may do this to such a return. */
export function allowsReturn(action: ReturnAction, actor: ReturnActor, status: ReturnStatus): boolean {
  const transition: Transition = RETURN_TRANSITIONS[action];
  return transition.from.includes(status) && transition.who.includes(actor);
}

/** What an actor may do with it now. */
export function returnActions(actor: ReturnActor, status: ReturnStatus): ReturnAction[] {
  return (Object.keys(RETURN_TRANSITIONS) as ReturnAction[]).filter((action) => allowsReturn(action, actor, status));
}

const DAY_MS = 86_400_000;

/** Until when a return may be asked for: so many days after the order has arrived; null before that: its time has not begun. */
export function returnableUntil(deliveredAt: Date | null, days: number): Date | null {
  return deliveredAt && new Date(deliveredAt.getTime() + days * DAY_MS);
}
