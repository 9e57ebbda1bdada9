import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, byCursor, exportSection, type Caller, type Exported } from '../identity';
import { Conversations, type Speaker } from './conversations.service';
import type { ConversationResponse, MessageResponse } from './dto/conversation.response';
import { ExportedConversationResponse } from './dto/exported-conversation.response';
import { MessageReports } from './message-reports';

const CONVERSATIONS = exportSection(
  'conversations',
  ExportedConversationResponse,
  'What one has said to stores and they have answered, and what one has reported. Nothing leads from an account to its sealed conversations: whoever is in one reads it there',
);

/** The part of conversations in a user's export: those that they have as a buyer. (Those of a store are its buyers'.) */
@Injectable()
export class ConversationsExport implements OnModuleInit {
  constructor(
    private readonly conversations: Conversations,
    private readonly reports: MessageReports,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    const tables = { conversations: true, messages: true, message_reports: true } as const;
    this.exports.register({ section: CONVERSATIONS, tables, read: (of) => this.held(of) });
  }

  private held({ userId }: Exported): AsyncIterable<ExportedConversationResponse> {
    const caller: Caller = { kind: 'user', id: userId, roles: [], privacy: 'standard' };
    return byCursor(
      async (cursor, limit) => {
        const { data: rows, nextCursor } = await this.conversations.listOfBuyer(caller, { limit, cursor });
        return { rows, nextCursor };
      },
      (conversation) => this.whole({ side: 'buyer', caller }, conversation),
    );
  }

  private async whole(speaker: Speaker, conversation: ConversationResponse): Promise<ExportedConversationResponse> {
    const { id } = conversation;
    const messages: MessageResponse[] = [];
    const pages = byCursor(
      async (cursor, limit) => {
        const { data: rows, nextCursor } = await this.conversations.messages(speaker, id, { limit, cursor });
        return { rows, nextCursor };
      },
      (message: MessageResponse) => message,
    );
    for await (const message of pages) messages.push(message);
    return { ...conversation, messages, reports: await this.reports.ofSide(id, 'buyer') };
  }
}
