import { Transform } from 'class-transformer';

/** For a field that null says nothing about: many clients write out what they leave away. */
export const NullIsAbsent = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => value ?? undefined);

/** For an id that is compared as text: Postgres takes UUIDs in capitals, and answers them in small letters. */
export const LowerCase = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value.toLowerCase()
      : Array.isArray(value)
        ? value.map((one: unknown) => (typeof one === 'string' ? one.toLowerCase() : one))
        : value,
  );
