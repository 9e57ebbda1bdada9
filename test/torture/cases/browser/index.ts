export { checkoutsByBrowser } from './checkouts';
export { crowd } from './crowd';
export { BrowserShops } from './shops';
export { STRIKES, struckAtEveryStep } from './strikes';
