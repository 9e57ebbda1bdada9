import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isPublicUrl } from './public-host';

/** For the address of a page or picture that a client, merchant or admin gives; beside `@IsUrl`, which knows its form. */
export const IsPublicUrl = (options: ValidationOptions = {}): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isPublicUrl',
      validator: {
        validate: isPublicUrl,
        defaultMessage: (of) =>
          `${options.each ? 'each value in ' : ''}${of?.property} must lead to a public address and hold no credentials`,
      },
    },
    options,
  );
