import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config';
import { Database } from '../database';
import { Metrics } from '../metrics';
import { showMails } from './mail-metrics';
import { MAIL_TRANSPORT, mailTransportOf } from './mail-transport';
import { Mails } from './mails';

/** Sends mails; what they say, and to whom, is for the modules above. */
@Global()
@Module({
  providers: [{ provide: MAIL_TRANSPORT, inject: [Config], useFactory: mailTransportOf }, Mails],
  exports: [Mails],
})
export class MailModule implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    showMails(this.metrics, this.database);
  }
}
