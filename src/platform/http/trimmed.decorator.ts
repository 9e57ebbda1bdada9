import { Transform } from 'class-transformer';

/** Takes the blanks off both ends of a text before it is checked, so that a name of blanks is no name. */
export const Trimmed = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));
