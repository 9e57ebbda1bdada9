import { Injectable } from '@nestjs/common';
import type { Reader } from '../../platform/database';
import type { FlowCallbacks, FlowInputs, FlowLimits, FlowName, FlowOutcome } from '../recipes';
import { Permits } from './permits';
import { Runs } from './runs';

/** What a flow is given by whoever wants it done; the sign-in comes from the vault. */
export type AutomationInputs = Omit<FlowInputs, 'credentials'>;

/** As FlowCallbacks. `beforeLastClick` is asked only while policy and consent still stand at that moment. */
export type AutomationHooks = Pick<FlowCallbacks, 'onStep' | 'beforeLastClick' | 'onChallenge'>;

export interface AutomationOptions {
  /** Goes as far as the last click could be made, and no further. */
  dry?: boolean;
  limits?: FlowLimits;
  /** A uuid, opaque: what the run belongs to (a store checkout, an order), recorded with it. */
  subjectId?: string;
  /** How long to wait for a browser, and for another run of the same account; 60 000. */
  waitMs?: number;
}

/**
 * Why nothing was begun. `forbidden`: the store's policy. `no_consent`: the shopper has not agreed, or took it back.
 * `no_recipe`: none in use, or it does not say how to do this. `not_linked`: no sign-in is kept. `proving`: it is being tried.
 * `refused`: the store has refused it. `busy`: no browser was free in time, or another run is at the account. `no_browser`:
 * none can be started here.
 */
export type NotRunCode =
  | 'forbidden'
  | 'no_consent'
  | 'no_recipe'
  | 'not_linked'
  | 'proving'
  | 'refused'
  | 'busy'
  | 'no_browser';

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
  /** `proving`: it is being tried, and not used before. */
  status: 'linked' | 'not_linked' | 'relink' | 'proving';
}

/**
 * The one way to a run of a recipe. Guarantees: nothing is begun where the policy, the consent or the recipe does not stand at
 * that moment, and no last click is made where they do not any more; a run reaches its recipe's hosts only; of an account one
 * is made at a time; it is recorded with the policy, consent and recipe that it ran under; nothing that was filled in is kept.
 */
@Injectable()
export class Automation {
  constructor(
    private readonly permits: Permits,
    private readonly runs: Runs,
  ) {}

  /** Never throws for what a store, a page or a browser does: that is an outcome. Throws what a hook throws. */
  run(
    storeId: string,
    userId: string,
    flow: FlowName,
    inputs: AutomationInputs,
    hooks: AutomationHooks = {},
    options: AutomationOptions = {},
  ): Promise<AutomationOutcome> {
    const permit = () => this.permits.forShopper(storeId, userId, flow, false);
    return this.runs.make({ cause: 'shopper', flow, inputs, hooks, options, permit });
  }

  /** Of these stores; those that are left out are not automated for anybody. A guest (null) is served nowhere. One statement. */
  accessOf(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, AutomationAccess>> {
    return this.permits.accessOf(reader, userId, storeIds);
  }
}
