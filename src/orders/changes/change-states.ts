/** Where a change that a merchant proposed stands. */
export const CHANGE_STATUSES = [
  ...(['proposed', 'awaiting_payment', 'applied'] as const),
  ...(['refused', 'withdrawn', 'expired'] as const),
] as const;
export type ChangeStatus = (typeof CHANGE_STATUSES)[number];
export type ChangeActor = 'buyer' | 'merchant' | 'system';

/** What the guards look at. */
export interface ChangeFacts {
  status: ChangeStatus;
  /** The difference is authorised and being taken: only the payment decides now. */
  isTaken: boolean;
}

interface Transition {
  from: readonly ChangeStatus[];
  to: readonly ChangeStatus[];
  who: readonly ChangeActor[];
}

/** Every change of a change's status, as data: from, to, by whom. Those but `apply` only while no money is being taken. */
export const CHANGE_TRANSITIONS = {
  /** It holds at once; what raises an order that is paid waits for the difference. */
  accept: { from: ['proposed'], to: ['applied', 'awaiting_payment'], who: ['buyer'] },
  refuse: { from: ['proposed', 'awaiting_payment'], to: ['refused'], who: ['buyer'] },
  withdraw: { from: ['proposed', 'awaiting_payment'], to: ['withdrawn'], who: ['merchant'] },
  expire: { from: ['proposed', 'awaiting_payment'], to: ['expired'], who: ['system'] },
  /** The buyer pays the difference. */
  pay: { from: ['awaiting_payment'], to: ['awaiting_payment'], who: ['buyer'] },
  /** The difference is there. */
  apply: { from: ['awaiting_payment'], to: ['applied'], who: ['system'] },
} as const satisfies Record<string, Transition>;

export type ChangeAction = keyof typeof CHANGE_TRANSITIONS;

/** Whether an actor may do this to such a change. */
export function allowsChange(action: ChangeAction, actor: ChangeActor, change: ChangeFacts): boolean {
  const transition: Transition = CHANGE_TRANSITIONS[action];
  if (change.isTaken && action !== 'apply') return false;
  return transition.from.includes(change.status) && transition.who.includes(actor);
}

/** What an actor may do with it now. */
export function changeActions(actor: ChangeActor, change: ChangeFacts): ChangeAction[] {
  return (Object.keys(CHANGE_TRANSITIONS) as ChangeAction[]).filter((action) => allowsChange(action, actor, change));
}
