import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Length, Matches, Max, Min, ValidateNested } from 'class-validator';

/** Goods that a dry run puts into the cart: cheap, and always there. */
export class TestGoodsRequest {
  /**
   * Where they are bought, at one of the store's hosts
   * @example "https://shop.example/p/socks"
   */
  @IsString()
  @Length(1, 2000)
  url: string;

  /**
   * As the store calls them
   * @example "Socks"
   */
  @IsString()
  @Length(1, 300)
  name: string;

  /**
   * As the store calls it
   * @example "M"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  size?: string | null;

  /**
   * As the store calls it
   * @example "Black"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  color?: string | null;
}

/** Where a dry run would have them sent. */
export class TestAddressRequest {
  /**
   * Whole name
   * @example "Test Account"
   */
  @IsString()
  @Length(1, 200)
  name: string;

  /**
   * Street and number
   * @example "350 Fifth Avenue"
   */
  @IsString()
  @Length(1, 200)
  line1: string;

  /**
   * City
   * @example "New York"
   */
  @IsString()
  @Length(1, 100)
  city: string;

  /**
   * State or region
   * @example "NY"
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  region?: string | null;

  /**
   * Postal code
   * @example "10118"
   */
  @IsOptional()
  @IsString()
  @Length(1, 20)
  postalCode?: string | null;

  /**
   * ISO 3166-1 alpha-2
   * @example "US"
   */
  @Matches(/^[A-Z]{2}$/)
  country: string;

  /**
   * Telephone
   * @example "2125550100"
   */
  @IsOptional()
  @IsString()
  @Length(5, 30)
  phone?: string | null;
}

/** An account at a store with which its recipe is tried, and what is put into its cart. */
export class TestAccountRequest {
  /**
   * Of the test account; never answered
   * @example "muse-test@example.com"
   */
  @IsString()
  @Length(1, 320)
  username: string;

  /**
   * Of the test account; never answered
   * @example "correct horse battery staple"
   */
  @IsString()
  @Length(1, 1000)
  password: string;

  /** What is put into the cart; nothing is ordered */
  @IsObject()
  @ValidateNested()
  @Type(() => TestGoodsRequest)
  goods: TestGoodsRequest;

  /** Where it would go */
  @IsObject()
  @ValidateNested()
  @Type(() => TestAddressRequest)
  address: TestAddressRequest;

  /**
   * How often the recipe in use is tried
   * @example 360
   */
  @IsInt()
  @Min(5)
  @Max(10_080)
  everyMinutes: number;
}
