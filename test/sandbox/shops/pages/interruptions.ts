import type { Ask } from '../http/ask';
import { html, raw, type Markup } from '../http/html';
import type { Shop } from '../shop';
import { hostile } from './hostile';

/** A page with what lies over it today: the cookie bar, the dialog, and what a hostile page tries. */
export function interrupting(shop: Shop, ask: Ask, text: string): string {
  const { popup, cookieBanner, hostileTo } = shop.switches;
  const parts: Markup[] = [];
  // A frame is not where a shop asks for cookies.
  const isFramed = ask.url.pathname.startsWith('/frame/');
  if (cookieBanner && !isFramed && !ask.cookies.has('cookies')) parts.push(COOKIES);
  if (popup && !isFramed && !ask.cookies.has('popup')) parts.push(POPUP);
  if (hostileTo.length > 0) parts.push(hostile(hostileTo));
  return parts.length === 0 ? text : text.replace('</body>', (end) => parts.map((part) => part.text).join('') + end);
}

const COOKIES = html`<div
    role="region"
    aria-label="Cookies"
    id="cookie-bar"
    data-testid="cookie-bar"
    style="position:fixed;left:0;right:0;bottom:0;height:60vh;background:#fffbe6;z-index:50;padding:1em"
  >
    <p>We use cookies to make your visit better.</p>
    <button type="button" id="cookies-accept" data-answer="all">Accept all</button>
    <button type="button" id="cookies-reject" data-answer="none">Only what is needed</button>
  </div>
  ${raw(`<script>
    document.querySelectorAll('[data-answer]').forEach((button) => button.addEventListener('click', () => {
      document.cookie = 'cookies=' + button.dataset.answer + '; path=/; max-age=86400';
      button.parentElement.remove();
    }));
  </script>`)}`;

/** It comes when somebody is just about to click something else. */
const POPUP = html`<div
    role="dialog"
    aria-modal="true"
    aria-label="Get 10% off"
    id="offer"
    data-offer="1"
    hidden
    style="position:fixed;inset:0;background:rgba(0,0,0,.6);z-index:60"
  >
    <div style="background:#fff;margin:10vh auto;width:400px;padding:1em">
      <h2>Get 10% off your next order</h2>
      <p>Subscribe to our newsletter.</p>
      <input type="email" name="newsletter" placeholder="Your email" />
      <button type="button">Subscribe</button>
      <button type="button" id="offer-close" data-close="1" aria-label="Close">✕</button>
    </div>
  </div>
  ${raw(`<script>
    setTimeout(() => {
      const offer = document.querySelector('[data-offer]');
      offer.hidden = false;
      offer.querySelector('[data-close]').addEventListener('click', () => {
        document.cookie = 'popup=seen; path=/; max-age=86400';
        offer.remove();
      });
    }, 150);
  </script>`)}`;
