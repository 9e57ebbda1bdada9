import { ApiProperty } from '@nestjs/swagger';
import type { ApiKey } from '../api-keys/api-keys.service';
import { SCOPES, type Scope } from '../api-keys/scopes';

const SOME_TIME = '2026-11-22T10:15:30.000Z';
const MAYBE_TIME = { type: 'string', format: 'date-time', nullable: true, example: SOME_TIME } as const;

export class ApiKeyResponse {
  /** Id of the key, which does not change when it is rotated */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /**
   * What it is for
   * @example "Warehouse sync"
   */
  name: string;

  /** What it may do */
  @ApiProperty({ enum: SCOPES, isArray: true, example: ['merchant', 'catalog:read'] })
  scopes: Scope[];

  /**
   * How it begins, to tell it from others
   * @example "muse_Qf3k0Zc"
   */
  prefix: string;

  /** When it was made */
  createdAt: Date;

  /** When it ends */
  expiresAt: Date;

  /** When it was last used, to a minute; null: never */
  @ApiProperty(MAYBE_TIME)
  lastUsedAt: Date | null;

  /** When it was last rotated; null: never */
  @ApiProperty(MAYBE_TIME)
  rotatedAt: Date | null;

  /** Until when the key of before is taken as well; null: there is none */
  @ApiProperty(MAYBE_TIME)
  previousUntil: Date | null;

  static of({
    id,
    name,
    scopes,
    prefix,
    createdAt,
    expiresAt,
    lastUsedAt,
    rotatedAt,
    previousUntil,
  }: ApiKey): ApiKeyResponse {
    const response = { id, name, scopes, prefix, createdAt, expiresAt, lastUsedAt, rotatedAt, previousUntil };
    return Object.assign(new ApiKeyResponse(), response);
  }
}

export class NewApiKeyResponse extends ApiKeyResponse {
  /**
   * The key itself, this once: send it as Authorization: Bearer
   * @example "muse_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  token: string;

  static ofNew(key: ApiKey & { token: string }): NewApiKeyResponse {
    return Object.assign(new NewApiKeyResponse(), ApiKeyResponse.of(key), { token: key.token });
  }
}

export class ApiKeyListResponse {
  /** In the order of making */
  data: ApiKeyResponse[];

  /** For the next page; null: this is the last */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
