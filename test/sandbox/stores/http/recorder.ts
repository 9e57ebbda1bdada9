import { appendFileSync } from 'node:fs';

/** One exchange, for whoever compares it with what the protocol publishes. */
export interface Exchange {
  protocol: string;
  version: string;
  /** `create_checkout`, `order_event_webhook`, `business_profile` … */
  operation: string;
  method: string;
  path: string;
  /** Who sent it, as it calls itself. */
  agent: string | null;
  requestBody: unknown;
  status: number | null;
  responseBody: unknown;
  /** A fault was ordered, or it was meant to be wrong: what it says need not fit. */
  faulty: boolean;
}

/** Writes down what was said, one line of JSON an exchange; no headers, and so no tokens. */
export class Recorder {
  constructor(private readonly path: string | null) {}

  get isOn(): boolean {
    return this.path !== null;
  }

  write(exchange: Exchange): void {
    if (this.path !== null) appendFileSync(this.path, `${JSON.stringify(exchange)}\n`);
  }
}

/** What was sent or answered, read where it is JSON. */
export function jsonOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
