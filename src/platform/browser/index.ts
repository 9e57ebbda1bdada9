export { BrowserModule } from './browser.module';
export { BrowserFailed, type BrowserFailure } from './browser-failed';
export { Browsers, type BrowserRun, type BrowserTools, type BrowserWork } from './browsers';
