import type { Limit } from '../platform/http';

/** Each asks a card for money: enough for a buyer with many orders, not for whoever tries cards. */
export const PAYMENTS: Limit = { name: 'payments', most: 30, perSeconds: 3_600 };

/** Each asks the payment provider; the webhook comes without it. */
export const RESUMES: Limit = { name: 'payment-resumes', most: 60, perSeconds: 3_600 };
