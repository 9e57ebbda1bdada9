import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, exportSection, inPages, type Exported } from '../identity';
import { Mails, type PostedMail } from '../platform/mail';
import { ExportedMailResponse } from './dto/exported-mail.response';

const MAILS = exportSection('mails', ExportedMailResponse, 'Mails of the last 90 days: which, and when');

/** The part of mails in a user's export, and what becomes of them at an erasure. */
@Injectable()
export class MailsExport implements OnModuleInit {
  constructor(
    private readonly mails: Mails,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({ section: MAILS, tables: { mails: true }, read: (of) => this.posted(of) });
    this.erasures.keep('mails', {
      mails: 'which kind of mail was sent when, without a word of it: deleted after 90 days',
    });
  }

  private posted({ shopperIds }: Exported): AsyncIterable<ExportedMailResponse> {
    return inPages<PostedMail, ExportedMailResponse>(
      (after, limit) => this.mails.postedTo(shopperIds, after, limit),
      ({ kind, status, createdAt, sentAt }) => ({ kind, status, createdAt, sentAt }),
    );
  }
}
