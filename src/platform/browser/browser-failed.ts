/**
 * `busy`: nobody gave up a place in time, or too many wait already · `timeout`: the run took too long · `crashed`: its page or
 * the browser died · `memory`: its page, or the browser, took too much · `unavailable`: no browser can be started here ·
 * `closing`: this process is on its way out.
 */
export type BrowserFailure = 'busy' | 'timeout' | 'crashed' | 'memory' | 'unavailable' | 'closing';

/** A run that got no page, or whose page was taken away. What the page had done by then is for the caller to find out. */
export class BrowserFailed extends Error {
  constructor(
    readonly reason: BrowserFailure,
    message: string,
  ) {
    super(message);
    this.name = 'BrowserFailed';
  }
}
