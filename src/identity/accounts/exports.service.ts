import { Injectable, Logger } from '@nestjs/common';
import { Readable } from 'node:stream';
import { Database } from '../../platform/database';
import { Accounts, type Asking } from './accounts.service';
import { ExportRegistry, type Exported, type ExportPart } from './export-registry';

/** Of the document's form: a number that grows when a member changes its meaning. */
export const EXPORT_FORMAT = 1;
/** What is written at once: single items would be as many small writes. */
const CHUNK_CHARS = 32_768;

/** Everything that Muse holds of a user, as one JSON document. */
@Injectable()
export class Exports {
  private readonly logger = new Logger('Export');

  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly registry: ExportRegistry,
  ) {}

  /**
   * The document, written while it is read: a page of rows is in memory at a time, and none is asked for before the client
   * has taken what came before. Its last member is `complete`; what breaks on the way breaks the connection, so that a part
   * of it is never taken for the whole. Throws Unauthenticated once the account is closed or has other credentials; if that
   * happens on the way, it is broken off.
   */
  async of(asking: Asking): Promise<Readable> {
    const { id: userId } = await this.accounts.present(this.database, asking);
    const guestIds = await this.accounts.guestsOf(this.database, userId);
    const of = { userId, guestIds, shopperIds: [userId, ...guestIds] };
    return Readable.from(this.inChunks(asking, this.written(of)), { objectMode: false, highWaterMark: CHUNK_CHARS });
  }

  private async *inChunks(asking: Asking, texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
    let waiting = '';
    for await (const text of texts) {
      waiting += text;
      if (waiting.length < CHUNK_CHARS) continue;
      await this.accounts.present(this.database, asking);
      yield Buffer.from(waiting);
      waiting = '';
    }
    yield Buffer.from(waiting);
  }

  private async *written(of: Exported): AsyncGenerator<string> {
    yield `{"format":${EXPORT_FORMAT},"exportedAt":${JSON.stringify(new Date())}`;
    for (const part of this.registry.all()) {
      yield `,\n${JSON.stringify(part.section.name)}:[`;
      let separator = '';
      for await (const item of this.itemsOf(part, of)) {
        yield separator + JSON.stringify(item);
        separator = ',\n';
      }
      yield ']';
    }
    yield ',\n"complete":true}\n';
  }

  /** By now the answer has begun: what is wrong can only be logged. */
  private async *itemsOf({ section, read }: ExportPart<object>, of: Exported): AsyncGenerator<object> {
    try {
      yield* await read(of);
    } catch (error) {
      const { name } = error as Error;
      this.logger.error({ message: 'export broken off', section: section.name, reason: name });
      throw error;
    }
  }
}
