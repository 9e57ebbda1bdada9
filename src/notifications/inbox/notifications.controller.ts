import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { CurrentCaller, Scoped, type Caller } from '../../identity';
import {
  AcceptedLanguage,
  EventStream,
  LastEventId,
  OnceParam,
  Problems,
  TakesIdempotencyKey,
  TakesLanguage,
  TakesLastEventId,
  type Language,
  type Once,
} from '../../platform/http';
import { ListNotificationsRequest, ReadNotificationsRequest } from './dto/notification.request';
import {
  NotificationListResponse,
  NotificationResponse,
  ReadNotificationsResponse,
  UnreadNotificationsResponse,
} from './dto/notification.response';
import { Inbox } from './inbox.service';

@ApiTags('Notifications')
@ApiBearerAuth()
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly inbox: Inbox) {}

  @ApiOperation({
    summary: 'What I was told',
    description:
      'News of orders, returns, conversations and reports, of the cart’s goods, and to merchants of their stores; newest first. In the account’s language; a guest’s is that of Accept-Language. Read ones are kept for 90 days, unread ones up to 500.',
  })
  @TakesLanguage()
  @Problems(400, 401)
  @Scoped('notifications')
  @Get()
  listNotifications(
    @CurrentCaller() caller: Caller,
    @Query() query: ListNotificationsRequest,
    @AcceptedLanguage() language?: Language,
  ): Promise<NotificationListResponse> {
    return this.inbox.list(caller, query, language);
  }

  @ApiOperation({ summary: 'How many are unread', description: 'For a badge.' })
  @Problems(401)
  @Scoped('notifications')
  @Get('unread')
  countUnreadNotifications(@CurrentCaller() caller: Caller): Promise<UnreadNotificationsResponse> {
    return this.inbox.countUnread(caller);
  }

  @ApiOperation({
    summary: 'Stream notifications',
    description:
      'Server-sent events: `notification`, with one notification as data and its `sequence` as id. With `Last-Event-ID` first what came since, each once and in order; without it from now on. Ends after 10 minutes: reconnect with the last id.',
  })
  @TakesLanguage()
  @TakesLastEventId()
  @EventStream('notification', NotificationResponse)
  @Problems(400, 401, 429)
  @Scoped('notifications')
  @Sse('events')
  streamNotifications(
    @CurrentCaller() caller: Caller,
    @LastEventId() after: number | undefined,
    @AcceptedLanguage() language?: Language,
  ): Promise<Observable<MessageEvent>> {
    return this.inbox.stream(caller, after, language);
  }

  @ApiOperation({ summary: 'Mark all as read', description: 'Or, with `upTo`, those that were shown.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 409, 422)
  @Scoped('notifications')
  @HttpCode(200)
  @Post('read')
  readNotifications(
    @CurrentCaller() caller: Caller,
    @Body() body: ReadNotificationsRequest,
    @OnceParam() once: Once,
  ): Promise<ReadNotificationsResponse> {
    return once.run((tx) => this.inbox.readAll(tx, caller, body));
  }

  @ApiOperation({ summary: 'Mark one as read', description: 'One that is read already stays as it is.' })
  @TakesLanguage()
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('notifications')
  @HttpCode(200)
  @Post(':id/read')
  readNotification(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
    @AcceptedLanguage() language?: Language,
  ): Promise<NotificationResponse> {
    return once.run((tx) => this.inbox.read(tx, caller, id, language));
  }
}
