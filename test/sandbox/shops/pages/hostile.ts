import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { raw, type Markup } from '../http/html';

const ATTACK = readFileSync(join(__dirname, 'hostile.client.js'), 'utf8');

/** What a page can try without anybody's click, by the word that stands in the address that is reached. */
export const HOSTILE_WAYS = [
  ...['fetch', 'image', 'beacon', 'worker', 'websocket', 'eventsource', 'popup', 'iframe', 'download', 'script'],
  ...['stylesheet', 'form', 'prefetch', 'preconnect', 'video', 'ping', 'webrtc', 'refresh'],
] as const;

/**
 * Tries to reach each address by every way there is, at `/<way>` there. `window.tried` counts what was begun, so that a test
 * can tell a page that tried and failed from one that did not try.
 */
export function hostile(to: readonly string[]): Markup {
  const addresses = JSON.stringify(to).replaceAll('<', '\\u003c');
  return raw(`<div id="hostile-ground"></div><script>window.reachFor = ${addresses};${ATTACK}</script>`);
}
