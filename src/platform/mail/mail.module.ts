import { Global, Module } from '@nestjs/common';
import { Config } from '../config';
import { MAIL_TRANSPORT, mailTransportOf } from './mail-transport';
import { Mails } from './mails';

/** Sends mails; what they say, and to whom, is for the modules above. */
@Global()
@Module({
  providers: [{ provide: MAIL_TRANSPORT, inject: [Config], useFactory: mailTransportOf }, Mails],
  exports: [Mails],
})
export class MailModule {}
