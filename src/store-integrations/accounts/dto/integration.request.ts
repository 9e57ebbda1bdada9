import { IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';

/** What is needed to begin a link. */
export class BeginLinkRequest {
  /**
   * The version of the text that the shopper was shown and agreed to: the one of GET /integrations
   * @example "2026-11"
   */
  @IsString()
  @Length(1, 40)
  consent: string;

  /**
   * The page of the shop that the browser comes back to, https: it is given state, code and iss behind a #, and sends them to POST /integrations/link/complete
   * @example "https://shop.example/linked"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  returnTo?: string;
}

/** What the store's browser brought back. */
export class CompleteLinkRequest {
  /**
   * As it came
   * @example "ms_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  @Matches(/^ms_[A-Za-z0-9_-]{43}$/, { message: 'state must be as the store gave it back' })
  state: string;

  /**
   * As it came; left out where the store sent an error
   * @example "SplxlOBeZQQYbYS6WxSbIA"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  code?: string;

  /**
   * As it came: which server it is from
   * @example "https://accounts.shop.example"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 500)
  iss?: string;

  /**
   * As it came, where the shopper did not agree
   * @example "access_denied"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 100)
  error?: string;
}
