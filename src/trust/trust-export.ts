import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, exportSection, inPages, type Exported } from '../identity';
import { Database, statement } from '../platform/database';
import { ExportedTrustResponse } from './dto/exported-trust.response';
import { placeOfRating } from './ratings/ratings.service';
import { placeOf, type ReportWords } from './reports/report-view';
import { KEY_OF_WORDS, Words, type StoredWords } from './words';

const TRUST = exportSection(
  'trust',
  ExportedTrustResponse,
  'Ratings and reports that the user gave, and what they said to those about them',
);

const from = (table: string, kind: string, id: string, side: string, own: string, at: string) =>
  `SELECT '${kind}' AS kind, ${id} AS id, r.order_id AS "orderId", ${side} AS side, ${own}, ${at} AS at, x.content, x.key_subject_id AS "keySubjectId", ${KEY_OF_WORDS}
     FROM ${table} x ${table === 'reports' || table === 'ratings' ? `JOIN ${table} r USING (id)` : 'JOIN reports r ON r.id = x.report_id'}
     LEFT JOIN data_keys k ON k.subject_id = x.key_subject_id WHERE x.key_subject_id = ANY ($1::uuid[])`;
const NOTHING_OWN = `NULL::int AS stars, NULL AS reason, NULL AS status`;
const ROWS = statement(
  'trust.export',
  `SELECT * FROM (
     ${from('report_answers', 'answer', 'x.report_id', `CASE r.side WHEN 'buyer' THEN 'merchant' ELSE 'buyer' END`, NOTHING_OWN, 'x.created_at')}
     UNION ALL ${from('appeals', 'appeal', 'x.report_id', 'x.side', NOTHING_OWN, 'x.created_at')}
     UNION ALL ${from('ratings', 'rating', 'x.id', 'x.side', 'x.stars::int AS stars, NULL AS reason, NULL AS status', 'x.updated_at')}
     UNION ALL ${from('reports', 'report', 'x.id', 'x.side', 'NULL::int AS stars, x.reason, x.status', 'x.created_at')}
   ) AS given WHERE $2::text IS NULL OR (kind, id) > ($2, $3::uuid) ORDER BY kind, id LIMIT $4`,
);

type Row = Omit<ExportedTrustResponse, 'words' | 'evidenceUrls'> & StoredWords;

/** The part of trust in a user's export: what they wrote themselves. What others wrote about them, they read at the order. */
@Injectable()
export class TrustExport implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly words: Words,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    const tables = { ratings: true, reports: true, report_answers: true, appeals: true } as const;
    this.exports.register({ section: TRUST, tables, read: (of) => this.given(of) });
    this.exports.leaveOut('trust', {
      report_decisions: 'Support’s words, and who of support decided: both sides read the words at the report',
    });
  }

  private given({ shopperIds }: Exported): AsyncIterable<ExportedTrustResponse> {
    return inPages<Row, ExportedTrustResponse>(
      (after, limit) => this.database.rows(ROWS, [shopperIds, after?.kind ?? null, after?.id ?? null, limit]),
      (row) => this.opened(row),
    );
  }

  private opened({ content, keySubjectId, wrapped, masterKeyId, ...row }: Row): ExportedTrustResponse {
    const stored = { content, keySubjectId, wrapped, masterKeyId };
    if (row.kind === 'rating')
      return { ...row, words: this.words.open<string>(stored, placeOfRating(row.orderId, row.side)), evidenceUrls: [] };
    const said = this.words.open<ReportWords>(stored, placeOf[row.kind](row.id));
    return { ...row, words: said?.words ?? null, evidenceUrls: said?.evidenceUrls ?? [] };
  }
}
