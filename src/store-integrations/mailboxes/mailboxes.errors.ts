import { DomainError, InvalidField } from '../../platform/http';

/** 422: the text that the shopper agreed to is not the present one; GET /mailboxes has it. */
export class MailConsentOutdated extends InvalidField {
  constructor() {
    super('/consent', 'must be the version of the text that GET /mailboxes shows', 'consent_outdated');
  }
}

/** 409: so many mailboxes are linked already. */
export class MailboxLimitReached extends DomainError {
  constructor(readonly limit: number) {
    super('mailbox_limit_reached', 409, `No more than ${limit} mailboxes can be linked.`, { limit });
  }
}

/** 409: what would open the mailbox is not kept any more; it has to be linked again first. */
export class MailboxNeedsRelink extends DomainError {
  constructor() {
    super('mailbox_needs_relink', 409, 'This mailbox must be linked again.');
  }
}

/** 409: Muse takes no mail in: it has no domain of its own for that. */
export class MailInNotOffered extends DomainError {
  constructor() {
    super('mail_in_not_offered', 409, 'Mail cannot be forwarded to this server.');
  }
}
