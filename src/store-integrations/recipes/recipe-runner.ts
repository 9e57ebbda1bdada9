import { Injectable } from '@nestjs/common';
import type { Page } from 'puppeteer-core';
import type { FlowCallbacks, FlowInputs, FlowLimits, FlowOutcome } from './flow';
import { FlowRun } from './flow-run';
import type { FlowName, Recipe } from './recipe';
import { knowsHow } from './recipe-rules';

export interface RunOptions {
  /** Goes as far as the last click could be made, and no further. */
  dry?: boolean;
  limits?: FlowLimits;
  /** Where a password may be typed: the store's own hosts. Left out: the recipe's origin. */
  ownHosts?: readonly string[];
}

/**
 * Does what a recipe says on a page. Keeps and logs nothing; never throws for what a page or a browser does: that is an
 * outcome. The last click is made at most once a run, only after `beforeLastClick` said yes, and within `lastClickMs` of
 * it; an outcome with `clicked` is one whose order may stand at the store.
 */
@Injectable()
export class RecipeRunner {
  async run(
    page: Page,
    recipe: Recipe,
    flow: FlowName,
    inputs: FlowInputs,
    callbacks: FlowCallbacks = {},
    { dry = false, limits = {}, ownHosts = [new URL(recipe.origin).host] }: RunOptions = {},
  ): Promise<FlowOutcome> {
    if (!knowsHow(recipe, flow)) {
      const at = { section: 'signIn', step: '', clicked: false, read: {} } as const;
      return { type: 'fault', ...at, detail: `the recipe does not say how: ${flow}` };
    }
    return new FlowRun(page, recipe, flow, inputs, callbacks, { dry, limits, ownHosts }).run();
  }
}
