/** The second currency that every price and total is shown in, and recorded in on orders (`total_ves_cents`). */
export const DISPLAY_CURRENCY = 'VES';
