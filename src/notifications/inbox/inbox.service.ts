import { Injectable, type MessageEvent, type OnModuleInit } from '@nestjs/common';
import type { Observable } from 'rxjs';
import {
  Accounts,
  ClaimRegistry,
  ErasureRegistry,
  ExportRegistry,
  Recipients,
  Unauthenticated,
  exportSection,
  inPages,
  type Caller,
} from '../../identity';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Streams } from '../../platform/events';
import {
  InvalidRequest,
  LANGUAGES,
  NotFound,
  decodeCursor,
  encodeCursor,
  page,
  type Language,
} from '../../platform/http';
import { Jobs } from '../../platform/jobs';
import type { ListNotificationsRequest, ReadNotificationsRequest } from './dto/notification.request';
import {
  NotificationResponse,
  type NotificationListResponse,
  type ReadNotificationsResponse,
  type UnreadNotificationsResponse,
} from './dto/notification.response';
import { InboxRepository, topicOf, type NotificationRow } from './inbox.repository';

const NOTIFICATIONS = exportSection('notifications', NotificationResponse, 'What you were told in the app');

const FORGET_EVERY_MS = 60 * 60 * 1000;

/**
 * What a caller was told, in their language: a user's own, or the one that a guest asks for. Guarantees: numbers go up by
 * one in the order of commits, so a stream misses nothing and sends nothing twice; at most 500 unread ones are kept, and
 * read ones for 90 days. Another's notification is NotFound.
 */
@Injectable()
export class Inbox implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly inboxes: InboxRepository,
    private readonly accounts: Accounts,
    private readonly recipients: Recipients,
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly exports: ExportRegistry,
    private readonly streams: Streams,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.claims.register('notifications', (tx, guestId, userId) => this.inboxes.move(tx, guestId, userId));
    this.erasures.register(
      'notifications.inbox',
      async (tx, userId) => this.inboxes.close(tx, [userId, ...(await this.accounts.guestsOf(tx, userId))]),
      { inboxes: true, notifications: true },
    );
    this.exports.register({
      section: NOTIFICATIONS,
      tables: { notifications: true, inboxes: 'how far they are numbered: shown as the number of each' },
      read: ({ userId }) => this.toldTo(userId),
    });
    this.jobs.every(FORGET_EVERY_MS, 'old notifications', () => this.inboxes.forgetOld());
  }

  private toldTo(userId: string): AsyncIterable<NotificationResponse> {
    return inPages<NotificationRow, NotificationResponse>(
      (after, limit) => this.inboxes.page(userId, false, after?.sequence ?? null, limit),
      (row) => NotificationResponse.of(row, LANGUAGES[0]),
    );
  }

  /** Newest first. Throws InvalidRequest for a cursor that no list gave. */
  async list(caller: Caller, query: ListNotificationsRequest, asked?: Language): Promise<NotificationListResponse> {
    const below = placeOf(query.cursor);
    const found = await this.inboxes.page(caller.id, query.unread, below, query.limit + 1);
    const { rows, nextCursor } = page(found, query.limit, ({ sequence }) => encodeCursor(sequence));
    const language = await this.languageOf(this.database, caller, asked);
    return { data: rows.map((row) => NotificationResponse.of(row, language)), nextCursor };
  }

  async countUnread(caller: Caller): Promise<UnreadNotificationsResponse> {
    return { unread: await this.inboxes.countUnread(this.database, caller.id) };
  }

  /** Marks one as read; one that is read already stays so. Throws NotFound. */
  async read(tx: Tx, caller: Caller, id: string, asked?: Language): Promise<NotificationResponse> {
    await this.assertOpen(tx, caller);
    await this.inboxes.markRead(tx, caller.id, id);
    const row = await this.inboxes.find(tx, caller.id, id);
    if (!row) throw new NotFound('notification');
    return NotificationResponse.of(row, await this.languageOf(tx, caller, asked));
  }

  /** Marks all as read, or those up to a number. */
  async readAll(tx: Tx, caller: Caller, { upTo }: ReadNotificationsRequest): Promise<ReadNotificationsResponse> {
    await this.assertOpen(tx, caller);
    const marked = await this.inboxes.markAllRead(tx, caller.id, upTo ?? null);
    return { marked, unread: await this.inboxes.countUnread(tx, caller.id) };
  }

  /** Each notification as it comes; behind `after` those that came since, and without it none from before. Throws Unauthenticated, TooManyStreams. */
  async stream(caller: Caller, after: number | undefined, asked?: Language): Promise<Observable<MessageEvent>> {
    const language = await this.languageOf(this.database, caller, asked);
    const newest = await this.inboxes.watch(caller.id);
    if (newest === undefined) throw new Unauthenticated(true);
    return this.streams.follow(caller.id, topicOf(caller.id), 'notification', after ?? newest, async (sequence) => {
      const rows = await this.inboxes.since(caller.id, sequence);
      if (!rows) throw new NotFound('inbox');
      return rows.map((row) => ({ sequence: row.sequence, data: NotificationResponse.of(row, language) }));
    });
  }

  /** Nothing is recorded as done for an account that is closed, whose token may be ten minutes old. Throws Unauthenticated. */
  private async assertOpen(tx: Tx, caller: Caller): Promise<void> {
    if (caller.kind === 'user') await this.accounts.present(tx, caller);
  }

  private async languageOf(reader: Reader, caller: Caller, asked?: Language): Promise<Language> {
    const own = caller.kind === 'user' ? await this.recipients.languageOf(reader, caller.id) : undefined;
    return own ?? asked ?? LANGUAGES[0];
  }
}

function placeOf(cursor: string | undefined): number | null {
  const [place] = decodeCursor(cursor, 1) ?? [null];
  if (place === null || Number.isSafeInteger(place)) return place as number | null;
  throw new InvalidRequest([{ pointer: '/cursor', detail: 'must be a nextCursor that this list gave' }]);
}
