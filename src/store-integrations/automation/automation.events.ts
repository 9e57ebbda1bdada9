/** A candidate that is not the first had to serve, for the first time that day: the store's pages change. */
export const RECIPE_DEGRADED = 'recipe.degraded';
/** A key page of a store consists of other parts than in the last good dry run. */
export const PAGE_CHANGED = 'recipe.page_changed';
/** A scheduled dry run did not come through. */
export const CHECK_FAILED = 'recipe.check_failed';
/** An admin looked at what a page looked like where a run failed. */
export const TRAIL_READ = 'automation.trail_read';
