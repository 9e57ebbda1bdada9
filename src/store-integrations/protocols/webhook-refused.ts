/**
 * A webhook that is not what a store of ours would send: nothing of it is kept. `reason` is for the log; whoever sent it
 * learns no more than that it was refused.
 */
export class WebhookRefused extends Error {
  constructor(readonly reason: string) {
    super(`Webhook refused: ${reason}`);
    this.name = 'WebhookRefused';
  }
}
