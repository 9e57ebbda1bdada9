import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Language } from '../../platform/http';
import type { Privacy, Role } from '../caller';

@Entity('users')
export class User {
  @PrimaryColumn({ name: 'id', type: 'uuid' })
  id: string;

  /** Null once erased, as are name and password. */
  @Column({ name: 'email', type: 'text', nullable: true })
  email: string | null;

  /** Null until a link that was mailed to the address comes back. */
  @Column({ name: 'email_verified_at', type: 'timestamptz', nullable: true })
  emailVerifiedAt: Date | null;

  @Column({ name: 'display_name', type: 'text', nullable: true })
  displayName: string | null;

  @Column({ name: 'password_hash', type: 'text', nullable: true })
  passwordHash: string | null;

  /** When all sign-ins last ended at once; access tokens from before are refused. */
  @Column({ name: 'credentials_at', type: 'timestamptz', nullable: true })
  credentialsAt: Date | null;

  @Column({ name: 'roles', type: 'text', array: true, default: () => `'{shopper}'` })
  roles: Role[];

  @Column({ name: 'privacy', type: 'text', default: 'standard' })
  privacy: Privacy;

  @Column({ name: 'currency', type: 'text', nullable: true })
  currency: string | null;

  @Column({ name: 'locale', type: 'text', default: 'en' })
  locale: Language;

  /** Whether links to stores may be affiliate links. */
  @Column({ name: 'affiliate_links', type: 'boolean', default: true })
  affiliateLinks: boolean;

  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt: Date | null;

  @Column({ name: 'erased_at', type: 'timestamptz', nullable: true })
  erasedAt: Date | null;

  /** Until when the data key of an erased user is still needed. */
  @Column({ name: 'key_kept_until', type: 'timestamptz', nullable: true })
  keyKeptUntil: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
