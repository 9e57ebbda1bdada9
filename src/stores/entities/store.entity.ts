import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { CheckoutTier } from '../checkout-tier';
import type { CartLink } from '../cart-link';

export type StoreKind = 'merchant' | 'partner';
export type StoreStatus = 'active' | 'closed';
export type AutomationPolicy = 'allowed' | 'forbidden';

/** What a store promises besides its goods; all of it is public. */
export interface StorePolicies {
  returnsDays?: number;
  returnsUrl?: string;
  termsUrl?: string;
}

@Entity('stores')
export class Store {
  @PrimaryGeneratedColumn('uuid', { name: 'id' })
  id: string;

  @Column({ name: 'name', type: 'text' })
  name: string;

  @Column({ name: 'slug', type: 'text' })
  slug: string;

  @Column({ name: 'kind', type: 'text' })
  kind: StoreKind;

  @Column({ name: 'owner_user_id', type: 'uuid', nullable: true })
  ownerUserId: string | null;

  @Column({ name: 'tier', type: 'text' })
  tier: CheckoutTier;

  @Column({ name: 'platform', type: 'text', nullable: true })
  platform: string | null;

  @Column({ name: 'currency', type: 'text' })
  currency: string;

  @Column({ name: 'country', type: 'text' })
  country: string;

  @Column({ name: 'url', type: 'text', nullable: true })
  url: string | null;

  @Column({ name: 'hosts', type: 'text', array: true, default: [] })
  hosts: string[];

  @Column({ name: 'support_email', type: 'text', nullable: true })
  supportEmail: string | null;

  @Column({ name: 'support_phone', type: 'text', nullable: true })
  supportPhone: string | null;

  @Column({ name: 'support_url', type: 'text', nullable: true })
  supportUrl: string | null;

  @Column({ name: 'contact_email', type: 'text', nullable: true })
  contactEmail: string | null;

  /** Whether whoever holds the store's published key is its contact. */
  @Column({ name: 'contact_key', type: 'boolean', default: false })
  contactKey: boolean;

  /** Nobody on Muse runs it: its contact is written to. */
  get isUnclaimed(): boolean {
    return this.contactEmail !== null || this.contactKey;
  }

  @Column({ name: 'automation_policy', type: 'text', default: 'forbidden' })
  automationPolicy: AutomationPolicy;

  /** Where the agreement is found by which it is allowed. */
  @Column({ name: 'automation_agreement', type: 'text', nullable: true })
  automationAgreement: string | null;

  /** Counts what was decided. */
  @Column({ name: 'automation_policy_version', type: 'integer', default: 0 })
  automationPolicyVersion: number;

  @Column({ name: 'link_required', type: 'boolean', default: false })
  linkRequired: boolean;

  @Column({ name: 'cart_link', type: 'jsonb', nullable: true })
  cartLink: CartLink | null;

  /** Whether an affiliate programme of it is active: kept by a trigger. */
  @Column({ name: 'affiliated', type: 'boolean', default: false })
  affiliated: boolean;

  @Column({ name: 'policies', type: 'jsonb', default: {} })
  policies: StorePolicies;

  /** How long its orders wait to be confirmed, in hours; null: as configured. */
  @Column({ name: 'order_confirm_hours', type: 'integer', nullable: true })
  orderConfirmHours: number | null;

  /** How long after delivery they wait for the marks of both sides, in days; null: as configured. */
  @Column({ name: 'order_complete_days', type: 'integer', nullable: true })
  orderCompleteDays: number | null;

  @Column({ name: 'payable', type: 'boolean', default: false })
  payable: boolean;

  @Column({ name: 'status', type: 'text', default: 'active' })
  status: StoreStatus;

  @Column({ name: 'version', type: 'integer', default: 1 })
  version: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
