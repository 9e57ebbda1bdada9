/**
 * Where the links in mails lead. A token stands behind the #, which no browser sends to any server: so it is in nobody's
 * log, and in no Referer.
 */
export class Links {
  private readonly base: string;

  constructor(appUrl: string) {
    this.base = appUrl.replace(/\/+$/, '');
  }

  verify(token: string): string {
    return `${this.base}/m/verify#${new URLSearchParams({ token }).toString()}`;
  }

  reset(token: string): string {
    return `${this.base}/m/reset#${new URLSearchParams({ token }).toString()}`;
  }

  conversation(token: string): string {
    return `${this.base}/m/conversation#${new URLSearchParams({ token }).toString()}`;
  }

  order(orderId: string, token: string): string {
    return `${this.base}/m/order#${new URLSearchParams({ order: orderId, token }).toString()}`;
  }
}
