import { Type } from 'class-transformer';
import { IsEmail, IsObject, IsOptional, MaxLength, ValidateNested } from 'class-validator';
import { IsWebAddress, StoreBasics } from './make-store.request';

/** Where the messages for an unclaimed store go. */
export class StoreContactDto {
  /**
   * Whoever reads it may answer there, and claim the store; shown to admins only
   * @example "lola@casa-lola.example"
   */
  @IsEmail()
  @MaxLength(254)
  email: string;
}

/** A store that nobody on Muse runs yet. */
export class MakeUnclaimedStoreRequest extends StoreBasics {
  /** Whom to write to */
  @IsObject()
  @ValidateNested()
  @Type(() => StoreContactDto)
  contact: StoreContactDto;

  /**
   * Its own website, https
   * @example "https://casa-lola.example"
   */
  @IsOptional()
  @IsWebAddress()
  @MaxLength(2000)
  url?: string | null;
}
