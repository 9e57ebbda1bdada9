import { Failure } from './failure';
import type { Owner } from './endpoint';

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

interface Entry {
  request: string;
  requestId: string;
  answer: Answer | null;
}

const LONGEST_KEY = 255;

/**
 * Stripe's rules. The same key with the same request gets the stored answer, whatever it was, a 500 too; with another
 * request it is refused; while the first is still at work it is a 409. Nothing is stored of a request that was refused
 * before it began. Keys are an account's own. See https://docs.stripe.com/api/idempotent_requests
 */
export class Idempotency {
  private readonly entries = new Map<string, Entry>();

  /**
   * @param request what must be the same: method, path and parameters
   * @returns the stored answer, or null: go on, then `keep` or `forget`
   */
  begin(owner: Owner, key: string, request: string, requestId: string): Answer | null {
    if (key.length > LONGEST_KEY)
      throw new Failure(400, {
        type: 'invalid_request_error',
        message: `Idempotency keys have up to ${LONGEST_KEY} characters.`,
      });
    const id = idOf(owner, key);
    const entry = this.entries.get(id);
    if (!entry) {
      this.entries.set(id, { request, requestId, answer: null });
      return null;
    }
    if (entry.request !== request)
      throw new Failure(400, {
        type: 'idempotency_error',
        message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      });
    if (!entry.answer)
      throw new Failure(409, {
        ...{ type: 'idempotency_error', code: 'idempotency_key_in_use' },
        message: `There is currently another in-progress request using this Stripe Account and idempotency key (${key}).`,
      });
    const headers = { 'idempotent-replayed': 'true', 'original-request': entry.requestId };
    return { ...entry.answer, headers };
  }

  /** @param answer a copy: as its object was then, not as it became */
  keep(owner: Owner, key: string, answer: Answer): void {
    const entry = this.entries.get(idOf(owner, key));
    if (entry) entry.answer = answer;
  }

  /** The request did not begin. */
  forget(owner: Owner, key: string): void {
    this.entries.delete(idOf(owner, key));
  }

  reset(): void {
    this.entries.clear();
  }
}

function idOf(owner: Owner, key: string): string {
  return `${owner ?? ''}\n${key}`;
}
