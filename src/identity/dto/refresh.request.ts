import { IsString, MaxLength, MinLength } from 'class-validator';

export class RefreshRequest {
  /**
   * The refresh token of the last sign-in or refresh
   * @example "mr_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  refreshToken: string;
}
