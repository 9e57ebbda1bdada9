import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONTACT_CHANGED, CONVERSATION_MESSAGE, StoreLinks } from '../messaging';
import { Config } from '../platform/config';
import type { Tx } from '../platform/database';
import { Events, type DomainEvent } from '../platform/events';
import { Counters, LANGUAGES, type Language, type Limit } from '../platform/http';
import { Mails } from '../platform/mail';
import { StoreDirectory } from '../stores';
import { storeContactedLetter } from './letters/conversation-letters';
import { write } from './letters/letter';
import { Links } from './links';

/** Names this subscriber in delivery rows, for good. */
const CONSUMER = 'notifications.store-contact';
/** Nobody at an unclaimed store asked to be written to: however many shoppers write, no more than this. */
const MAILS_TO_STORE: Limit = { name: 'store-contact-mails', most: 20, perSeconds: 3_600 };

/**
 * Tells the contact of an unclaimed store that somebody has written, with a link to read and answer: one mail for a
 * conversation until the contact has read what it told of, or a day has gone by. What was said is not in it.
 */
@Injectable()
export class StoreContacts implements OnModuleInit {
  private readonly logger = new Logger('StoreContacts');
  private readonly links: Links;

  constructor(
    private readonly mails: Mails,
    private readonly events: Events,
    private readonly storeLinks: StoreLinks,
    private readonly stores: StoreDirectory,
    private readonly counters: Counters,
    config: Config,
  ) {
    this.links = new Links(config.APP_URL);
  }

  onModuleInit(): void {
    if (!this.mails.enabled) return;
    for (const type of [CONVERSATION_MESSAGE, CONTACT_CHANGED])
      this.events.subscribe(type, CONSUMER, (tx, event) => this.tell(tx, event));
  }

  private async tell(tx: Tx, event: DomainEvent): Promise<void> {
    const { conversationId, storeId, side } = event.payload as Record<string, string>;
    if (side === 'merchant') return;
    const contact = await this.storeLinks.contactToTell(tx, conversationId!, storeId!);
    if (!contact) return;
    const key = { causeId: event.id, kind: 'store_contacted', subjectId: storeId! };
    await this.mails.post(tx, key, async () => {
      if (!(await this.counters.tries(MAILS_TO_STORE, storeId!, tx))) {
        await this.storeLinks.notTold(tx, conversationId!);
        this.logger.warn(`Not sent, for the store has had too many this hour: the mail about event ${event.id}`);
        return undefined;
      }
      const link = this.links.conversation(await this.storeLinks.issue(tx, conversationId!));
      const { country } = (await this.stores.byIds([storeId!], tx)).get(storeId!)!;
      return { ...write(storeContactedLetter(languageOf(country), contact.storeName, link)), to: contact.email };
    });
  }
}

/** What is mostly spoken where a store sells from, of the languages that mails are written in. */
function languageOf(country: string): Language {
  const { language } = new Intl.Locale(`und-${country}`).maximize();
  return LANGUAGES.find((one) => one === language) ?? LANGUAGES[0];
}
