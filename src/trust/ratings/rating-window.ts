const DAY_MS = 86_400_000;

/** Why a side cannot rate an order now; null: it can. */
export type RatingRefusal = 'not_completed' | 'window_closed' | 'shown';

export interface RatingFacts {
  completedAt: Date | null;
  /** Ratings of this order have been shown. */
  isShown: boolean;
  now: Date;
  windowDays: number;
}

/** When the time to rate is over. */
export function closesAt(completedAt: Date, windowDays: number): Date {
  return new Date(completedAt.getTime() + windowDays * DAY_MS);
}

/** From completion on, until both are shown or the time is over: nobody changes a rating that the other has seen. */
export function refusalOf({ completedAt, isShown, now, windowDays }: RatingFacts): RatingRefusal | null {
  if (completedAt === null) return 'not_completed';
  if (isShown) return 'shown';
  return now < closesAt(completedAt, windowDays) ? null : 'window_closed';
}
