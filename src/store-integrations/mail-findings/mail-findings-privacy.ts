import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, exportSection, inPages } from '../../identity';
import { ExportedMailFindingResponse } from './dto/exported-finding.response';
import { MailFindings } from './mail-findings';
import { MailFindingsRepository, type FindingRow } from './mail-findings.repository';

const FINDINGS = exportSection(
  'mailFindings',
  ExportedMailFindingResponse,
  'What Muse found about orders in mails; the mails themselves are not kept',
);
const MESSAGES = 'which mails were read: hashes, nothing of what they say';

/** What was found in mails: told in their shopper's export, gone with the account at once. */
@Injectable()
export class MailFindingsPrivacy implements OnModuleInit {
  constructor(
    private readonly findings: MailFindings,
    private readonly repository: MailFindingsRepository,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: FINDINGS,
      tables: { mail_findings: true, mail_messages: MESSAGES },
      read: ({ userId }) => this.found(userId),
    });
    this.erasures.register(
      'mail-findings',
      (tx, userId) => {
        this.repository.forget(tx, userId);
        return Promise.resolve();
      },
      { mail_findings: true, mail_messages: true },
    );
  }

  private async *found(userId: string): AsyncGenerator<ExportedMailFindingResponse> {
    const rows = inPages<FindingRow, FindingRow>(
      (after, limit) => this.repository.exported(userId, after?.id ?? null, limit),
      (row) => row,
    );
    for await (const row of rows)
      for (const finding of this.findings.opened([row])) yield ExportedMailFindingResponse.of(finding);
  }
}
