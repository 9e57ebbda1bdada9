import { parentPort } from 'node:worker_threads';
import type { MailContext, ReadMail } from './finding';
import { readOrderMail } from './read-order-mail';

/** What the pool sends: one mail at a time. */
export interface Reading {
  source: Uint8Array;
  context: MailContext;
}
/** What comes back; null: the mail could not be read. */
export type ReadingAnswer = 'ready' | { read: ReadMail | null };

parentPort!.on('message', ({ source, context }: Reading) => {
  void readOrderMail(Buffer.from(source), context)
    // The error's text may quote the mail: it stays here.
    .catch(() => null)
    .then((read) => say({ read }));
});
// A pattern is compiled when it is first used, all of them take a second or two: not the first mail's time.
const WARM =
  'Subject: Your order, tu pedido, votre commande, deine Bestellung 1\r\n\r\nOrder number: 1042\r\nTotal: $5.00\r\nQty: 1';
const NOBODY: MailContext = { now: new Date(0), stores: [], authenticated: 'unknown', ownAddresses: [] };
void readOrderMail(Buffer.from(WARM), NOBODY).finally(() => say('ready'));

function say(answer: ReadingAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  parentPort!.postMessage(answer);
}
