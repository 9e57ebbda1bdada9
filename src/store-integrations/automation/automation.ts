import type { Reader } from '../../platform/database';
import type { FlowCallbacks, FlowInputs, FlowLimits, FlowName, FlowOutcome } from '../recipes';

/** What a flow is given by whoever wants it done; the sign-in comes from the vault. */
export type AutomationInputs = Omit<FlowInputs, 'credentials'>;

/** As FlowCallbacks. `beforeLastClick` is asked only while policy and consent still stand at that moment. */
export type AutomationHooks = Pick<FlowCallbacks, 'onStep' | 'beforeLastClick' | 'onChallenge'>;

export interface AutomationOptions {
  /** Goes as far as the last click could be made, and no further. */
  dry?: boolean;
  limits?: FlowLimits;
  /** Opaque: what the run belongs to (a store checkout, an order), recorded with it. */
  subjectId?: string;
  /** Gives up waiting for a browser; a run that has begun goes on. */
  signal?: AbortSignal;
}

/**
 * Why nothing was begun. `forbidden`: the store's policy. `no_consent`: the shopper has not agreed, or not to the present
 * text, or took it back. `no_recipe`: none in use, or it does not say how to do this. `not_linked`: no sign-in is kept.
 * `refused`: the store has refused the sign-in that is kept. `busy`: no browser was free in time. `no_browser`: none can be
 * started here.
 */
export type NotRunCode = 'forbidden' | 'no_consent' | 'no_recipe' | 'not_linked' | 'refused' | 'busy' | 'no_browser';

export interface NotRun {
  type: 'not_run';
  code: NotRunCode;
  detail: string;
}

/** What became of it; `runId` names the record of it, `ms` is what it took. */
export type AutomationOutcome = NotRun | (FlowOutcome & { runId: string; recipeVersion: number; ms: number });

/** Whether a store can be automated for a shopper now, and what their sign-in there has to do with it. */
export interface AutomationAccess {
  /** Policy, recipe (it says how to place), consent and a sign-in that the store has not refused are all there. */
  serves: boolean;
  /** Null where the store is not automated for anybody. `proving` counts as linked only once it is proved. */
  status: 'linked' | 'not_linked' | 'relink' | 'proving' | null;
}

/**
 * The one way to a run of a recipe. Guarantees: nothing is begun where the policy, the consent or the recipe does not stand at
 * that moment, and no last click is made where they do not any more; a run reaches its recipe's hosts only; it is recorded with
 * the policy, consent and recipe that it ran under; nothing that was filled in is kept.
 */
export abstract class Automation {
  /** Never throws for what a store, a page or a browser does: that is an outcome. */
  abstract run(
    storeId: string,
    userId: string,
    flow: FlowName,
    inputs: AutomationInputs,
    hooks?: AutomationHooks,
    options?: AutomationOptions,
  ): Promise<AutomationOutcome>;

  /** Of these stores; those that are left out are not automated for anybody. A guest (null) is served nowhere. One statement. */
  abstract accessOf(
    reader: Reader,
    userId: string | null,
    storeIds: string[],
  ): Promise<Map<string, AutomationAccess>>;
}
