import { applyDecorators } from '@nestjs/common';
import { IsString, MaxLength, ValidateBy } from 'class-validator';
import { PASSWORD_MAX, PASSWORD_MIN, isPassword } from '../access/passwords';

const message = `$property must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters, of any kind`;

/** Counts characters, not UTF-16 units; any script and any characters are welcome. */
export const IsNewPassword = () =>
  applyDecorators(
    IsString(),
    // Cheap bound before anything is normalised: a character takes at most 2 units, and composing may shorten it.
    MaxLength(4 * PASSWORD_MAX, { message }),
    ValidateBy({ name: 'isPassword', validator: { validate: isPassword } }, { message }),
  );
