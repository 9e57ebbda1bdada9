/** A mail of a shopper tells of orders; the event's aggregate is the mail, its payload says whose it is. */
export const MAIL_FOUND = 'mail.found';
