import { channel } from 'node:diagnostics_channel';
import type { DomainEvent } from './events';

/**
 * The moments of a delivery besides its effect: the fault tests kill and stop a worker there. `ended`: whatever came of it.
 * Publishing costs nothing while nobody listens.
 */
export type DeliveryStep = 'claimed' | 'delivered' | 'ended';

export const DELIVERY_STEP_CHANNEL = 'muse.delivery.step';
const steps = channel(DELIVERY_STEP_CHANNEL);

/** Tells whoever watches what has just been done about events on these. */
export function reached(step: DeliveryStep, events: readonly Pick<DomainEvent, 'aggregateId'>[]): void {
  if (steps.hasSubscribers) steps.publish({ step, aggregateIds: events.map(({ aggregateId }) => aggregateId) });
}
