import { IsOptional, Matches } from 'class-validator';
import { NullIsAbsent } from '../../../../platform/http';

export class RotateSigningKeyRequest {
  /**
   * A key that others may have: it is taken out of the profile at once, and the new one signs at once. Left out, the new key
   * signs in a day, when every store has seen it
   * @example "nb0kqpaxF8Fh1Zv1tqmZV8SF6wGJTeiA2bNfXQ6K0Lw"
   */
  @IsOptional()
  @NullIsAbsent()
  @Matches(/^[A-Za-z0-9_-]{43}$/, { message: 'compromised must be the kid of a key' })
  compromised?: string;
}
