export { checkoutsByBrowser } from './checkouts';
export { BrowserShops } from './shops';
