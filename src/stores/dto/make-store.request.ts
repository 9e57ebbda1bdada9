import { Type } from 'class-transformer';
import {
  IsEmail,
  IsISO31661Alpha2,
  IsISO4217CurrencyCode,
  IsIn,
  IsInt,
  IsNotIn,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Trimmed } from '../../platform/http';
import { NO_MONEY } from '../../platform/money';

const WEB_ADDRESS = { protocols: ['https', 'http'], require_protocol: true, require_tld: false };
/** An absolute web address; the service decides whether plain http will do. */
export const IsWebAddress = () => IsUrl(WEB_ADDRESS);

/** How shoppers reach a store. */
export class SupportDto {
  /**
   * E-mail address for shoppers
   * @example "help@casa-lola.example"
   */
  @IsOptional()
  @IsEmail()
  @MaxLength(254)
  email?: string | null;

  /**
   * Telephone number, as people would write it
   * @example "+58 212 555 0100"
   */
  @IsOptional()
  @Matches(/^\+?[0-9 ().-]{3,30}$/, { message: 'phone must be a telephone number' })
  phone?: string | null;

  /**
   * Help page, https
   * @example "https://casa-lola.example/help"
   */
  @IsOptional()
  @IsWebAddress()
  @MaxLength(2000)
  url?: string | null;
}

/** What a store promises besides its goods. */
export class StorePoliciesDto {
  /**
   * Days within which goods may be sent back
   * @example 30
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(3650)
  returnsDays?: number | null;

  /**
   * Page about returns, https
   * @example "https://casa-lola.example/returns"
   */
  @IsOptional()
  @IsWebAddress()
  @MaxLength(2000)
  returnsUrl?: string | null;

  /**
   * Terms of sale, https
   * @example "https://casa-lola.example/terms"
   */
  @IsOptional()
  @IsWebAddress()
  @MaxLength(2000)
  termsUrl?: string | null;
}

/** What every new store says of itself. */
export class StoreBasics {
  /**
   * Name that shoppers see
   * @example "Casa Lola"
   */
  @Trimmed()
  @IsString()
  @Length(1, 120)
  name: string;

  /**
   * Currency of all its prices, ISO 4217; it stays for good
   * @example "USD"
   */
  @IsISO4217CurrencyCode()
  @IsNotIn(NO_MONEY, { message: 'currency must be one that people pay in' })
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capitals' })
  currency: string;

  /**
   * Where it sells from, ISO 3166-1 alpha-2
   * @example "VE"
   */
  @IsISO31661Alpha2()
  @Matches(/^[A-Z]{2}$/, { message: 'country must be two capitals' })
  country: string;

  /** How shoppers reach it */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => SupportDto)
  support?: SupportDto | null;

  /** What it promises besides its goods */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => StorePoliciesDto)
  policies?: StorePoliciesDto | null;
}

/** A store of the caller's own. */
export class MakeStoreRequest extends StoreBasics {
  /**
   * Its own website, https
   * @example "https://casa-lola.example"
   */
  @IsOptional()
  @IsWebAddress()
  @MaxLength(2000)
  url?: string | null;
}

/** What may change in a store; fields left out stay as they are. */
export class PatchStoreRequest {
  /**
   * Name that shoppers see
   * @example "Casa Lola"
   */
  @ValidateIf((body: PatchStoreRequest) => body.name !== undefined)
  @Trimmed()
  @IsString()
  @Length(1, 120)
  name?: string;

  /**
   * Where it sells from, ISO 3166-1 alpha-2
   * @example "VE"
   */
  @ValidateIf((body: PatchStoreRequest) => body.country !== undefined)
  @IsISO31661Alpha2()
  @Matches(/^[A-Z]{2}$/, { message: 'country must be two capitals' })
  country?: string;

  /** How shoppers reach it; fields left out stay, null clears */
  @ValidateIf((body: PatchStoreRequest) => body.support !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => SupportDto)
  support?: SupportDto;

  /**
   * Its own website, https; null clears
   * @example "https://casa-lola.example"
   */
  @IsOptional()
  @IsWebAddress()
  @MaxLength(2000)
  url?: string | null;

  /** What it promises besides its goods; replaces what stood */
  @ValidateIf((body: PatchStoreRequest) => body.policies !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => StorePoliciesDto)
  policies?: StorePoliciesDto;

  /**
   * How many hours an order waits to be confirmed before it is cancelled, for orders placed from now on; null: as long as Muse has it
   * @example 48
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(720)
  orderConfirmHours?: number | null;

  /**
   * How many days after delivery an order waits for the marks of both sides before it is completed; null: as long as Muse has it
   * @example 14
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(90)
  orderCompleteDays?: number | null;

  /**
   * Closed stores and their goods are shown to nobody
   * @example "active"
   */
  @ValidateIf((body: PatchStoreRequest) => body.status !== undefined)
  @IsIn(['active', 'closed'])
  status?: 'active' | 'closed';
}
