import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { PASSWORD_MAX, PASSWORD_MIN } from '../access/passwords';
import { IsEmailAddress } from './email.decorator';
import { IsNewPassword } from './new-password.decorator';

const PASSWORD = { minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX };

export class VerifyEmailRequest {
  /**
   * The token in the mailed link
   * @example "mo_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  token: string;
}

export class ForgotPasswordRequest {
  /** The address of the account */
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ana@example.com' })
  @IsEmailAddress()
  email: string;
}

export class ResetPasswordRequest extends VerifyEmailRequest {
  /** The new one: as for POST /auth/register */
  @ApiProperty({ ...PASSWORD, example: 'una tarde de lluvia en Caracas' })
  @IsNewPassword()
  password: string;
}

export class ChangePasswordRequest {
  /**
   * The present one
   * @example "correct horse battery staple"
   */
  @IsString()
  @MaxLength(4 * PASSWORD_MAX)
  currentPassword: string;

  /** The new one: as for POST /auth/register */
  @ApiProperty({ ...PASSWORD, example: 'una tarde de lluvia en Caracas' })
  @IsNewPassword()
  newPassword: string;
}
