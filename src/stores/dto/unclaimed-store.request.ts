import { Type } from 'class-transformer';
import { IsEmail, IsObject, IsOptional, MaxLength, ValidateNested } from 'class-validator';
import { PublishKeyRequest } from '../../identity';
import { NullIsAbsent } from '../../platform/http';
import { IsWebAddress, StoreBasics } from './make-store.request';

/** Where the messages for an unclaimed store go: an e-mail address, a key, or both. */
export class StoreContactDto {
  /**
   * Whoever reads it may answer there, and claim the store; shown to admins only
   * @example "lola@casa-lola.example"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  /** Whoever holds its private part may answer, and claim the store (see POST /store-links/stores/{storeId}). It becomes the store's key: what is sealed for the store is sealed for it */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PublishKeyRequest)
  key?: PublishKeyRequest;
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
