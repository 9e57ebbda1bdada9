import { ApiProperty } from '@nestjs/swagger';
import type { SignedIn } from '../accounts/sign-ins.service';
import type { UserRow } from '../accounts/user-row';
import { ROLES, type Privacy, type Role } from '../caller';

export class UserResponse {
  /**
   * Shopper id of the user
   * @example "019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f"
   */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** The address to sign in with */
  @ApiProperty({ format: 'email', example: 'ana@example.com' })
  email: string;

  /** What to be called */
  @ApiProperty({ type: 'string', nullable: true, example: 'Ana' })
  displayName: string | null;

  /** What the account may do */
  @ApiProperty({ enum: ROLES, isArray: true, example: ['shopper'] })
  roles: Role[];

  /** paranoid: Muse keeps identity, address and messages only sealed to the other side's key */
  @ApiProperty({ enum: ['standard', 'paranoid'], example: 'standard' })
  privacy: Privacy;

  static of({ id, email, displayName, roles, privacy }: UserRow): UserResponse {
    return Object.assign(new UserResponse(), { id, email, displayName, roles, privacy });
  }
}

export class SignedInResponse {
  /** Who is signed in */
  user: UserResponse;

  /**
   * Send it as Authorization: Bearer
   * @example "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"
   */
  accessToken: string;

  /**
   * Works once, at /auth/refresh
   * @example "mr_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  refreshToken: string;

  /** Seconds that the access token lives */
  @ApiProperty({ type: 'integer', example: 600 })
  expiresIn: number;

  static of({ user, accessToken, refreshToken, expiresIn }: SignedIn): SignedInResponse {
    const response = { user: UserResponse.of(user), accessToken, refreshToken, expiresIn };
    return Object.assign(new SignedInResponse(), response);
  }
}
