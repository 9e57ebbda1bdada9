import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Database, type Tx } from '../../platform/database';
import { Stores, type Store } from '../../stores';
import type { AutomationPolicyRequest } from './dto/automation-policy.request';
import type { AutomationPolicyResponse } from './dto/automation.response';

/** Which stores a browser may order at: an admin decides, by an agreement that is named. Errors: NotFound for what is no partner store. */
@Injectable()
export class AutomationPolicies {
  constructor(
    private readonly database: Database,
    private readonly stores: Stores,
  ) {}

  /** From the next run on. */
  set(caller: Caller, storeId: string, body: AutomationPolicyRequest): Promise<AutomationPolicyResponse> {
    return this.database.transaction((tx) => this.setIn(tx, caller, storeId, body));
  }

  /** As set(), in a transaction; for the seeder of demo stores too. */
  async setIn(
    tx: Tx,
    caller: Caller,
    storeId: string,
    { policy, agreement }: AutomationPolicyRequest,
  ): Promise<AutomationPolicyResponse> {
    const named = policy === 'allowed' ? (agreement ?? null) : null;
    return policyOf(await this.stores.setAutomationPolicy(tx, caller, storeId, policy, named));
  }
}

export function policyOf({
  automationPolicy,
  automationAgreement,
  automationPolicyVersion,
}: Store): AutomationPolicyResponse {
  return { policy: automationPolicy, agreement: automationAgreement, version: automationPolicyVersion };
}
