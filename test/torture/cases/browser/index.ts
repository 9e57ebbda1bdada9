export { checkoutsByBrowser } from './checkouts';
export { BrowserShops } from './shops';
export { STRIKES, struckAtEveryStep } from './strikes';
