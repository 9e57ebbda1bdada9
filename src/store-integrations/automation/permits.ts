import { Injectable, Logger } from '@nestjs/common';
import type { CookieData } from 'puppeteer-core';
import { Vault, type SealedJson } from '../../platform/crypto';
import { Database, statement, type Reader } from '../../platform/database';
import { reasonOf } from '../../platform/jobs';
import { openSecret } from '../accounts/store-secrets';
import { knowsHow, type FlowName, type Recipe } from '../recipes';
import type { AutomationAccess, NotRun, NotRunCode } from './automation';
import type { SignInState } from './sign-ins.repository';

/** A sign-in as a run uses it: in memory only. */
export interface OpenSignIn {
  accountId: string;
  /** Of what was given: what a run finds out is written of this one only. */
  version: number;
  state: SignInState;
  credentials: { username: string; password: string };
  cookies: CookieData[];
}

/** By what leave a run is made: recorded with it, the sign-in apart. */
export interface Permit {
  storeId: string;
  /** The store's own, where a password may be typed. */
  storeHosts: string[];
  /** Null: a check by the test account of the store. */
  userId: string | null;
  recipe: Recipe;
  recipeVersion: number;
  policyVersion: number;
  agreement: string;
  consent: { id: string; version: string } | null;
  signIn: OpenSignIn | null;
}

interface PermitRow {
  allowed: boolean;
  storeHosts: string[];
  policyVersion: number;
  agreement: string | null;
  recipeVersion: number | null;
  recipe: Recipe | null;
  consentId: string | null;
  consentVersion: string | null;
  accountId: string | null;
  signInVersion: number | null;
  state: SignInState | null;
  credentials: SealedJson | null;
  jar: SealedJson | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

/** The rule of what may be automated: an open store, allowed by an admin, by an agreement that is named. */
const ALLOWED = `s.status = 'active' AND s.automation_policy = 'allowed' AND s.automation_agreement IS NOT NULL`;
const STORE = `${ALLOWED} AS allowed, s.hosts AS "storeHosts", s.automation_policy_version AS "policyVersion", s.automation_agreement AS agreement, r.version AS "recipeVersion", r.recipe`;
const PERMIT = statement(
  'automation.permit',
  `SELECT ${STORE}, c.id AS "consentId", c.text_version AS "consentVersion", i.account_id AS "accountId", i.version AS "signInVersion", i.state,
          t.sealed AS credentials, j.sealed AS jar, k.wrapped, k.master_key_id AS "masterKeyId"
     FROM stores s LEFT JOIN store_recipes r ON r.store_id = s.id AND r.status = 'active'
     LEFT JOIN store_consents c ON c.user_id = $2 AND c.store_id = s.id AND c.purpose = 'store_credentials' AND c.withdrawn_at IS NULL
     LEFT JOIN store_accounts a ON a.user_id = $2 AND a.store_id = s.id AND a.kind = 'credentials'
     LEFT JOIN store_sign_ins i ON i.account_id = a.id
     LEFT JOIN store_secrets t ON t.account_id = a.id AND t.name = 'credentials'
     LEFT JOIN store_secrets j ON j.account_id = a.id AND j.name = 'cookie_jar'
     LEFT JOIN data_keys k ON k.subject_id = $2
    WHERE s.id = $1`,
);
const PERMIT_TO_CHECK = statement(
  'automation.permit_to_check',
  `SELECT ${STORE} FROM stores s JOIN store_recipes r ON r.store_id = s.id AND r.version = $2 WHERE s.id = $1`,
);
const STORE_ALLOWS = statement(
  'automation.store_allows',
  `SELECT ${STORE} FROM stores s LEFT JOIN store_recipes r ON r.store_id = s.id AND r.status = 'active' WHERE s.id = $1`,
);
const ACCESS = statement(
  'automation.access',
  `SELECT s.id AS "storeId", i.state, c.id IS NOT NULL AS consented
     FROM stores s JOIN store_recipes r ON r.store_id = s.id AND r.status = 'active' AND r.recipe->'sections' ? 'place'
     LEFT JOIN store_consents c ON c.user_id = $1 AND c.store_id = s.id AND c.purpose = 'store_credentials' AND c.withdrawn_at IS NULL
     LEFT JOIN store_accounts a ON a.user_id = $1 AND a.store_id = s.id AND a.kind = 'credentials'
     LEFT JOIN store_sign_ins i ON i.account_id = a.id
    WHERE s.id = ANY ($2::uuid[]) AND ${ALLOWED}`,
);

const DETAILS: Record<NotRunCode, string> = {
  forbidden: 'The store is not ordered at by a browser.',
  no_consent: 'The shopper has not agreed that Muse signs in for them there.',
  no_recipe: 'How this is done at the store is not known.',
  not_linked: 'No sign-in of the shopper is kept for the store.',
  proving: 'The sign-in is being tried.',
  refused: 'The store has refused the sign-in that is kept.',
  busy: 'No browser was free in time, or another run is at it.',
  no_browser: 'No browser can be started here.',
};

export function notRun(code: NotRunCode): NotRun {
  return { type: 'not_run', code, detail: DETAILS[code] };
}

/** Whether a run may be made at this moment, and what it needs for it. Each look is one statement, and is never kept. */
@Injectable()
export class Permits {
  private readonly logger = new Logger('Permits');

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** For a shopper; `isProof`: it is to find out whether the sign-in opens the account. */
  async forShopper(storeId: string, userId: string, flow: FlowName, isProof: boolean): Promise<Permit | NotRun> {
    const row = await this.database.maybeOne<PermitRow>(PERMIT, [storeId, userId]);
    const store = ofStore(storeId, row, flow);
    if ('type' in store) return store;
    const { consentId, consentVersion, accountId, signInVersion, state } = row!;
    if (consentId === null || consentVersion === null) return notRun('no_consent');
    if (accountId === null || signInVersion === null || state === null) return notRun('not_linked');
    if (state === 'refused') return notRun('refused');
    if (isProof !== (state === 'proving')) return notRun(isProof ? 'not_linked' : 'proving');
    const opened = this.opened(storeId, userId, row!);
    if (!opened) return notRun('not_linked');
    const signIn = { accountId, version: signInVersion, state, ...opened };
    return { ...store, userId, consent: { id: consentId, version: consentVersion }, signIn };
  }

  /** For a check of any version, by the test account. */
  async forCheck(storeId: string, version: number, flow: FlowName): Promise<Permit | NotRun> {
    return ofStore(storeId, await this.database.maybeOne<PermitRow>(PERMIT_TO_CHECK, [storeId, version]), flow);
  }

  /** Whether sign-ins may be kept for it. */
  async ofStore(reader: Reader, storeId: string): Promise<Permit | NotRun> {
    return ofStore(storeId, await reader.maybeOne<PermitRow>(STORE_ALLOWS, [storeId]), 'signIn');
  }

  async accessOf(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, AutomationAccess>> {
    if (storeIds.length === 0) return new Map();
    type Row = { storeId: string; state: SignInState | null; consented: boolean };
    const rows = await reader.rows<Row>(ACCESS, [userId, storeIds]);
    return new Map(rows.map(({ storeId, state, consented }) => [storeId, accessBy(consented ? state : null)]));
  }

  private opened(storeId: string, userId: string, row: PermitRow): Pick<OpenSignIn, 'credentials' | 'cookies'> | null {
    if (row.credentials === null) return null;
    const place = { accountId: row.accountId!, storeId };
    try {
      const key = this.vault.unwrap(userId, row.wrapped, row.masterKeyId!);
      const open = (name: 'credentials' | 'cookie_jar', sealed: SealedJson) =>
        JSON.parse(openSecret(key, place, name, sealed)) as unknown;
      return {
        credentials: open('credentials', row.credentials) as OpenSignIn['credentials'],
        cookies: row.jar === null ? [] : (open('cookie_jar', row.jar) as CookieData[]),
      };
    } catch (error) {
      this.logger.error({ message: 'sign-in does not open', accountId: row.accountId, reason: reasonOf(error) });
      return null;
    }
  }
}

function ofStore(storeId: string, row: PermitRow | undefined, flow: FlowName): Permit | NotRun {
  if (!row?.allowed || row.agreement === null) return notRun('forbidden');
  const { recipe, recipeVersion, policyVersion, agreement, storeHosts } = row;
  if (recipe === null || recipeVersion === null || !knowsHow(recipe, flow)) return notRun('no_recipe');
  const leave = { recipe, recipeVersion, policyVersion, agreement, consent: null, signIn: null };
  return { storeId, storeHosts, userId: null, ...leave };
}

function accessBy(state: SignInState | null): AutomationAccess {
  switch (state) {
    case null:
      return { serves: false, status: 'not_linked' };
    case 'refused':
      return { serves: false, status: 'relink' };
    case 'proving':
      return { serves: false, status: 'proving' };
    default:
      return { serves: true, status: 'linked' };
  }
}
