/** Markup that is safe to send: what is put in is escaped. */
export function html(parts: TemplateStringsArray, ...values: (string | Html)[]): Html {
  const inside = values.map((value) => (value instanceof Html ? value.text : escape(value)));
  return new Html(parts.reduce((whole, part, at) => whole + inside[at - 1]! + part));
}

export class Html {
  constructor(readonly text: string) {}
}

export const NOTHING = new Html('');

function escape(value: string): string {
  return value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

export function page(store: string, title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – ${store}</title>
        <style>
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 26rem;
            margin: 3rem auto;
            padding: 0 1rem;
          }
          label,
          input,
          button {
            display: block;
            width: 100%;
            box-sizing: border-box;
          }
          input,
          button {
            font: inherit;
            padding: 0.5rem;
            margin: 0.25rem 0 1rem;
          }
          [role='alert'] {
            color: #a00;
          }
          small {
            color: #666;
          }
        </style>
      </head>
      <body>
        <h1>${store}</h1>
        ${body}
        <p><small>A sandbox store, for development. Nothing is sold here.</small></p>
      </body>
    </html>`.text;
}

export function signInPage(store: string, request: string, wrong: boolean): string {
  return page(
    store,
    'Sign in',
    html`<h2>Sign in</h2>
      ${wrong ? html`<p role="alert">That is not the right name or passphrase.</p>` : NOTHING}
      <form method="post" action="/oauth/sign-in" id="sign-in">
        <input type="hidden" name="request" value="${request}" />
        <label for="username">Name</label>
        <input id="username" name="username" autocomplete="username" required />
        <label for="password">Passphrase</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button type="submit">Sign in</button>
      </form>`,
  );
}

const SCOPE_TEXTS: Record<string, string> = {
  'dev.ucp.shopping.checkout:manage': 'buy here for you, with your saved addresses and cards',
  'dev.ucp.shopping.order:read': 'see your orders and where they are',
  'dev.ucp.shopping.order:manage': 'cancel and return your orders',
  checkout: 'buy here for you, with your saved addresses and cards',
  orders: 'see your orders and where they are',
};

export function consentPage(store: string, client: string, name: string, consent: string, scopes: string[]): string {
  const items = scopes.map((scope) => html`<li>${SCOPE_TEXTS[scope] ?? scope}</li>`);
  const list = items.reduce((whole, item) => html`${whole}${item}`, NOTHING);
  return page(
    store,
    'Allow',
    html`<h2>Hello ${name}</h2>
      <p>${client} asks to</p>
      <ul>
        ${list}
      </ul>
      <form method="post" action="/oauth/consent" id="consent">
        <input type="hidden" name="consent" value="${consent}" />
        <button type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="deny">No, thank you</button>
      </form>`,
  );
}
