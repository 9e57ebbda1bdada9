import type { ImapServerUnderTest } from './imap-server';

export function startDovecot(_home: string): Promise<ImapServerUnderTest> {
  throw new Error('soon');
}
