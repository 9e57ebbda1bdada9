import { channel } from 'node:diagnostics_channel';

/**
 * The steps of a placement at which a worker may die. The fault tests kill and stop a worker at each; one that is missing
 * there fails them. Publishing costs nothing while nobody listens.
 */
export const PLACEMENT_STEPS = [
  ...(['claimed', 'asked', 'session_locked', 'placement_finished'] as const),
  ...(['result_written', 'cart_updated', 'stock_moved', 'session_updated', 'events_written', 'committed'] as const),
] as const;
export type PlacementStep = (typeof PLACEMENT_STEPS)[number];

export const PLACEMENT_STEP_CHANNEL = 'muse.placement.step';
const steps = channel(PLACEMENT_STEP_CHANNEL);

/** Tells whoever watches that a placement has just done this step. */
export function reached(step: PlacementStep, placementId: string): void {
  if (steps.hasSubscribers) steps.publish({ step, placementId });
}
