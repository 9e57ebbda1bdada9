import { channel } from 'node:diagnostics_channel';

/**
 * The steps of a placement at which a worker may die. The fault tests kill and stop a worker at each; one that is missing
 * there fails them. One for each moment between two exchanges with the database: `outcome_written` is before the one that
 * carries the outcome and COMMIT. Publishing costs nothing while nobody listens.
 */
export const PLACEMENT_STEPS = ['claimed', 'asked', 'outcome_begun', 'outcome_written', 'committed'] as const;
export type PlacementStep = (typeof PLACEMENT_STEPS)[number];

export const PLACEMENT_STEP_CHANNEL = 'muse.placement.step';
const steps = channel(PLACEMENT_STEP_CHANNEL);

/** Tells whoever watches that a placement has just done this step; `ended`: whatever came of it. */
export function reached(
  step: PlacementStep | 'ended',
  { id: placementId, sessionId, storeId }: { id: string; sessionId: string; storeId: string },
): void {
  if (steps.hasSubscribers) steps.publish({ step, placementId, sessionId, storeId });
}
