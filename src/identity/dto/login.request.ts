import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { PASSWORD_MAX } from '../access/passwords';
import { IsEmailAddress } from './email.decorator';

export class LoginRequest {
  /** The address of the account */
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ana@example.com' })
  @IsEmailAddress()
  email: string;

  /**
   * Its password
   * @example "correct horse battery staple"
   */
  @IsString()
  @MaxLength(4 * PASSWORD_MAX)
  password: string;
}
