import { createHash } from 'node:crypto';
import type { Reply } from './call';

interface Entry {
  request: string;
  /** Null while it is worked on. */
  reply: Reply | null;
}

export type Begun = { is: 'new' } | { is: 'replay'; reply: Reply } | { is: 'other_request' } | { is: 'in_progress' };

/** Keys are the platform's own: the same with the same bytes gets the first answer, with other bytes nothing. */
export class Idempotency {
  private entries = new Map<string, Entry>();

  begin(owner: string, key: string, request: string): Begun {
    const id = `${owner}\n${key}`;
    const entry = this.entries.get(id);
    if (!entry) {
      this.entries.set(id, { request, reply: null });
      return { is: 'new' };
    }
    if (entry.request !== request) return { is: 'other_request' };
    return entry.reply ? { is: 'replay', reply: structuredClone(entry.reply) } : { is: 'in_progress' };
  }

  keep(owner: string, key: string, reply: Reply): void {
    const entry = this.entries.get(`${owner}\n${key}`);
    if (entry) entry.reply = structuredClone(reply);
  }

  /** It was not worked on: the key is free again. */
  forget(owner: string, key: string): void {
    this.entries.delete(`${owner}\n${key}`);
  }

  reset(): void {
    this.entries.clear();
  }

  kept(): [string, Entry][] {
    return [...this.entries].filter(([, { reply }]) => reply !== null);
  }

  restore(entries: [string, Entry][]): void {
    this.entries = new Map(entries);
  }
}

/** What must be the same when a key comes again: the operation and the very bytes. */
export function requestHash(method: string, path: string, raw: Buffer): string {
  return `${method} ${path} ${createHash('sha256').update(raw).digest('hex')}`;
}
