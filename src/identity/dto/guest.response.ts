import { ApiProperty } from '@nestjs/swagger';
import type { NewGuest } from '../access/guest-tokens';

export class GuestIdResponse {
  /**
   * Shopper id of the guest
   * @example "019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f"
   */
  @ApiProperty({ format: 'uuid' })
  id: string;
}

export class GuestResponse {
  /** The guest */
  guest: GuestIdResponse;

  /**
   * The token, shown this once; send it as Authorization: Bearer
   * @example "mg_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  accessToken: string;

  /** When it ends if it is not used again */
  expiresAt: Date;

  static of({ id, accessToken, expiresAt }: NewGuest): GuestResponse {
    return Object.assign(new GuestResponse(), { guest: { id }, accessToken, expiresAt });
  }
}
