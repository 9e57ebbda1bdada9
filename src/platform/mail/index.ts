export { MailModule } from './mail.module';
export { MAIL_STEPS, MAIL_STEP_CHANNEL, type MailStep } from './mail-steps';
export { Mails, type MailKey, type MailText } from './mails';
