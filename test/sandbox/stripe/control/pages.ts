import type { Double } from '../double';
import { changeAccount, ONBOARDED } from '../accounts/account';
import { authenticate } from '../payment-intents/confirm';
import { authenticateSetup } from '../setup-intents/setup-intent';

export interface Page {
  status: number;
  html?: string;
  location?: string;
}

/** What a browser is sent to: a bank's or PayPal's question, and a merchant's onboarding. `form` is null before an answer. */
export function pageOf(double: Double, path: string, query: URLSearchParams, form: URLSearchParams | null): Page {
  const [kind, id = ''] = path.split('/');
  if (kind === 'payment_intents' || kind === 'setup_intents') return proof(double, kind, id, form);
  return kind === 'accounts' ? onboarding(double, id, query, form) : NOTHING;
}

const NOTHING: Page = { status: 404, html: shell('Not found', '<p>There is no such page.</p>') };

/** 3-D Secure, or PayPal. */
function proof(
  double: Double,
  kind: 'payment_intents' | 'setup_intents',
  id: string,
  form: URLSearchParams | null,
): Page {
  const { world } = double;
  const isPayment = kind === 'payment_intents';
  const row = isPayment ? world.paymentIntents.anywhere(id) : world.setupIntents.anywhere(id);
  if (!row) return NOTHING;
  const { owner, object: intent } = row;
  if (!form)
    return {
      status: 200,
      html: shell(
        'Is it you?',
        `<p>Your bank asks whether you agree.</p>${button('success', 'Yes, pay')}${button('failure', 'No')}`,
      ),
    };
  if (intent.status === 'requires_action') {
    const outcome = form.get('outcome') === 'success' ? 'success' : 'failure';
    if (intent.object === 'payment_intent') authenticate({ world, owner }, intent, outcome);
    else authenticateSetup({ world, owner }, intent, outcome);
  }
  const back = world.confirmations.get(id)?.returnUrl;
  if (back == null) return { status: 200, html: shell('Thank you', '<p>You may close this page.</p>') };
  const location = new URL(back);
  const name = isPayment ? 'payment_intent' : 'setup_intent';
  const isDone = ['succeeded', 'requires_capture'].includes(intent.status);
  location.searchParams.set(name, id);
  location.searchParams.set(`${name}_client_secret`, intent.client_secret ?? '');
  location.searchParams.set('redirect_status', isDone ? 'succeeded' : 'failed');
  return { status: 303, location: location.href };
}

function onboarding({ world }: Double, id: string, query: URLSearchParams, form: URLSearchParams | null): Page {
  const account = world.accounts.anywhere(id)?.object;
  if (!account) return NOTHING;
  if (!form)
    return {
      status: 200,
      html: shell('Onboarding', `<p>${id} hands in everything that is due.</p>${button('success', 'Hand in')}`),
    };
  changeAccount(world, account, ONBOARDED);
  const back = query.get('return_url');
  return back === null || back === ''
    ? { status: 200, html: shell('Thank you', '<p>You may close this page.</p>') }
    : { status: 303, location: back };
}

function button(outcome: string, label: string): string {
  return `<form method="post"><button name="outcome" value="${outcome}">${label}</button></form>`;
}

function shell(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title} (Stripe double)</title>
<body><p><strong>This is a double of Stripe, for tests. No money moves.</strong></p><h1>${title}</h1>${body}</body></html>`;
}
