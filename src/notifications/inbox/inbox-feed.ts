import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Recipients } from '../../identity';
import type { Tx } from '../../platform/database';
import { Events, type DomainEvent } from '../../platform/events';
import { InboxRepository, type NewNotification } from './inbox.repository';
import { NEWS, idIn, newsOf, paramsOf, type News, type Payload, type Side } from './news';
import { Parties, on, type Concerned } from './parties';

/** Names this subscriber in delivery rows, for good. */
const CONSUMER = 'notifications.inbox';
const SIDES: Side[] = ['buyer', 'merchant'];

/**
 * Hears what happened and adds it to the inboxes of those whom it concerns, once per event and person: not of who did it,
 * nor of whoever is gone. A sealed order names no buyer, so its buyer is told nothing here.
 */
@Injectable()
export class InboxFeed implements OnModuleInit {
  constructor(
    private readonly events: Events,
    private readonly parties: Parties,
    private readonly recipients: Recipients,
    private readonly inboxes: InboxRepository,
  ) {}

  onModuleInit(): void {
    for (const [type, [news]] of Object.entries(NEWS)) {
      // Of an order it may depend on the order. Most changes of price and stock are none that anybody is told of.
      const wants = (payload: Payload) => news!.about === 'order' || newsOf(type, payload) !== undefined;
      // News of goods goes to a thousand people at once: each by itself.
      const together = news!.about === 'order';
      this.events.subscribe(type, CONSUMER, (tx, event) => this.tell(tx, event), { wants, together });
    }
  }

  private async tell(tx: Tx, event: DomainEvent): Promise<void> {
    const concerned = await this.parties.of(tx, NEWS[event.type]![0]!.about, event);
    const news = concerned && newsOf(event.type, event.payload, concerned.order);
    if (!news) return;
    const present = await this.recipients.present(
      tx,
      SIDES.flatMap((side) => on(side, concerned)),
    );
    await this.inboxes.add(tx, event.id, toTell(event, news, concerned, present));
  }
}

/** One for each who is present, is not the one who did it, and whose side is told. */
function toTell(
  event: DomainEvent,
  news: News,
  concerned: Concerned,
  present: ReadonlyMap<string, string>,
): NewNotification[] {
  const by = news.by(event.payload, concerned.order);
  const presentOn = (side: Side) => on(side, concerned).flatMap((id) => present.get(id) ?? []);
  const actors = new Set(SIDES.filter((side) => side === by).flatMap(presentOn));
  const told = new Map<string, NewNotification>();
  for (const side of SIDES) {
    const kind = news.tells[side];
    if (kind === undefined || side === by) continue;
    for (const recipientId of presentOn(side)) {
      if (actors.has(recipientId) || told.has(recipientId)) continue;
      told.set(recipientId, {
        recipientId,
        kind,
        asMerchant: side === 'merchant',
        ...contentOf(event, news, concerned),
      });
    }
  }
  return [...told.values()];
}

function contentOf(
  { payload }: DomainEvent,
  news: News,
  { order, storeId, conversationId, variantId }: Concerned,
): Omit<NewNotification, 'recipientId' | 'kind' | 'asMerchant'> {
  const named = news.target && idIn(payload, news.target.id);
  const target =
    named !== undefined
      ? ({ targetKind: news.target!.kind, targetId: named } as const)
      : order
        ? ({ targetKind: 'order', targetId: order.orderId } as const)
        : conversationId !== undefined
          ? ({ targetKind: 'conversation', targetId: conversationId } as const)
          : ({ targetKind: 'store', targetId: storeId! } as const);
  return {
    ...target,
    orderId: order?.orderId ?? null,
    storeId,
    topicId: (news.replaces && (variantId ?? conversationId)) ?? null,
    params: paramsOf(payload, order?.number),
  };
}
