export { MailModule } from './mail.module';
export { Mails, type MailKey, type MailText, type PostedMail } from './mails';
