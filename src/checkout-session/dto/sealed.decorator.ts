import { ValidateBy } from 'class-validator';

const MOST_MEMBERS = 200;

/** An object with members of any name: what is in them is looked at where it is known what they are bound to. */
export const IsSealed = ({ orBoolean = false }: { orBoolean?: boolean } = {}): PropertyDecorator =>
  ValidateBy({
    name: 'isSealed',
    validator: {
      validate: (value: unknown) =>
        (orBoolean && typeof value === 'boolean') ||
        (typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          Object.keys(value).length <= MOST_MEMBERS &&
          Object.values(value).every((member) => member !== null && member !== undefined)),
      defaultMessage: () =>
        orBoolean ? 'sealed must be true, or JWEs by store id' : 'sealed must be a JWE, or JWEs by field',
    },
  });
