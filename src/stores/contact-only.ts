/**
 * Fragment: whether a store takes messages and no orders, because nobody on Muse runs it or its owner asked for privacy
 * (DESIGN, section 6); `store` is the name of a row of stores in the statement around it. Whenever it changes, the store's
 * row does too (trigger users_tell_their_stores), so it may be kept with other facts of the store.
 */
export const contactOnly = (store: string): string =>
  `(${store}.kind = 'merchant' AND NOT EXISTS (SELECT FROM users WHERE id = ${store}.owner_user_id AND privacy = 'standard'))`;
