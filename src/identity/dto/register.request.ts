import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength, registerDecorator } from 'class-validator';
import { PASSWORD_MAX, PASSWORD_MIN, isPassword } from '../access/passwords';
import { IsEmailAddress } from './email.decorator';

/** Counts characters, not UTF-16 units; any script and any characters are welcome. */
const IsPassword = () => (target: object, propertyName: string) =>
  registerDecorator({
    name: 'isPassword',
    target: target.constructor,
    propertyName,
    validator: {
      validate: isPassword,
      defaultMessage: () => `password must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters, of any kind`,
    },
  });

export class RegisterRequest {
  /** The address to sign in with; its case does not matter */
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ana@example.com' })
  @IsEmailAddress()
  email: string;

  /** 8 to 256 characters of any kind */
  @ApiProperty({ minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX, example: 'correct horse battery staple' })
  @IsString()
  // Cheap bound before anything is normalised: a character takes at most 2 units, and composing may shorten it.
  @MaxLength(4 * PASSWORD_MAX, {
    message: `password must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters, of any kind`,
  })
  @IsPassword()
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
