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
say('ready');

function say(answer: ReadingAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  parentPort!.postMessage(answer);
}
