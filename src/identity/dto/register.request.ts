import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { PASSWORD_MAX, PASSWORD_MIN } from '../access/passwords';
import { IsEmailAddress } from './email.decorator';
import { IsNewPassword } from './new-password.decorator';

export class RegisterRequest {
  /** The address to sign in with; its case does not matter */
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ana@example.com' })
  @IsEmailAddress()
  email: string;

  /**
   * Up to 256 characters of any kind, and at least as many as the operator asks for (10); none that is common, or has to
   * do with the e-mail or the name
   */
  @ApiProperty({ minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX, example: 'correct horse battery staple' })
  @IsNewPassword()
  password: string;

  /**
   * What to be called
   * @example "Ana"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  displayName?: string;
}
