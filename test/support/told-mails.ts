import type { TestingModuleBuilder } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { MailFindings, OrderMails, type MailFinding, type ReadMail } from '../../src/store-integrations';
import type { RunningApp } from './app';

/** A mail as these tests write it: what a reader finds in it, and how it came. */
export interface ToldMail extends Partial<MailFinding> {
  kind: MailFinding['kind'];
  /** The domain of the store, which the mail is from unless `from` says otherwise. */
  domain: string;
  from?: string;
  messageId?: string;
  isForwarded?: boolean;
}

/** Mails that say in JSON what is found in them: what becomes of findings does not depend on how well wording is read. */
export const withToldMails = (builder: TestingModuleBuilder): TestingModuleBuilder =>
  builder.overrideProvider(OrderMails).useValue({
    read: (source: Buffer) => Promise.resolve(JSON.parse(source.toString('utf8')) as ReadMail),
    onModuleDestroy: () => {},
  });

export function sourceOf({
  domain,
  from = domain,
  messageId = randomUUID(),
  isForwarded = false,
  ...told
}: ToldMail): Buffer {
  const finding: MailFinding = {
    ...{
      store: { name: null, domain },
      carrier: null,
      orderNumber: null,
      total: null,
      items: [],
      estimatedDelivery: null,
    },
    ...{
      parcels: [],
      isPartial: false,
      refundedCents: null,
      clickIds: [],
      at: new Date().toISOString(),
      confidence: 0.95,
    },
    ...{ evidence: [{ of: 'kind', by: 'text', excerpt: 'Thank you for your order' }], ...told },
  };
  const read: ReadMail = {
    ...{ messageId, from: { address: `orders@${from}`, domain: from }, isForwarded, findings: [finding] },
    nothingBecause: null,
  };
  return Buffer.from(JSON.stringify(read));
}

/** A mail comes to a shopper, as a mailbox or the forwarding address brings it. */
export function deliver(
  muse: RunningApp,
  userId: string,
  mail: ToldMail,
  how: { via?: 'imap' | 'forwarding'; authenticated?: 'pass' | 'fail' | 'unknown' } = {},
): Promise<'kept' | 'nothing' | 'seen'> {
  return muse.app.get(MailFindings, { strict: false }).take({
    ...{ userId, via: 'imap', authenticated: 'pass', ownAddresses: [], ...how },
    source: sourceOf(mail),
  });
}
