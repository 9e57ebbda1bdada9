import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { NullIsAbsent, PageRequest, Trimmed } from '../../../platform/http';
import { IsPublicUrl } from '../../../platform/http-client';
import {
  ItemUnitsRequest,
  OfItemRequest,
  ParcelRequest,
  ReasonRequest,
  VariantUnitsRequest,
} from '../../dto/parts.request';
import {
  CONDITIONS,
  RETURN_KINDS,
  RETURN_STATUSES,
  type Condition,
  type ReturnKind,
  type ReturnStatus,
} from '../return-states';

export class ReturnItemRequest extends ItemUnitsRequest {
  /**
   * Why
   * @example "Too small"
   */
  @Trimmed()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  reason: string;

  /**
   * Addresses of photos, https; Muse does not fetch them
   * @example ["https://photos.example/1.jpg"]
   */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(5)
  @ArrayUnique()
  @IsUrl({ protocols: ['https'], require_protocol: true }, { each: true })
  @IsPublicUrl({ each: true })
  @MaxLength(2048, { each: true })
  photoUrls?: string[];
}

export class ExchangeItemRequest extends VariantUnitsRequest {}

export class ReturnRequest {
  /** What to send back; each item once */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((item: ReturnItemRequest) => item?.itemId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ReturnItemRequest)
  items: ReturnItemRequest[];

  /**
   * For money (the default), or for other goods
   * @example "return"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsIn(RETURN_KINDS)
  kind?: ReturnKind;

  /** Of an exchange: what for, no dearer than what goes back; each variant once */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique((item: ExchangeItemRequest) => item?.variantId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ExchangeItemRequest)
  exchangeFor?: ExchangeItemRequest[];
}

/** How a buyer sent it back. */
export class SendReturnRequest extends ParcelRequest {}

export class ApproveReturnRequest {
  /**
   * Where to and how, for the buyer
   * @example "Please send it to the address on the invoice"
   */
  @NullIsAbsent()
  @Trimmed()
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  note?: string;
}

export class RefuseReturnRequest extends ReasonRequest {}

export class ReceivedItemRequest extends OfItemRequest {
  /**
   * How many units came
   * @example 1
   */
  @IsInt()
  @Min(0)
  @Max(999)
  quantity: number;

  /**
   * In which condition
   * @example "as_new"
   */
  @IsIn(CONDITIONS)
  condition: Condition;

  /** Whether they go back into the store's stock; all but damaged ones do, unless said otherwise */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  restock?: boolean;
}

export class ReceiveReturnRequest {
  /** What came; each item once, items that are left out did not come */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((item: ReceivedItemRequest) => item?.itemId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ReceivedItemRequest)
  items: ReceivedItemRequest[];
}

/** Which returns of a store to list. */
export class ListReturnsRequest extends PageRequest {
  /**
   * Only those in this state
   * @example "requested"
   */
  @IsOptional()
  @IsIn(RETURN_STATUSES)
  status?: ReturnStatus;
}
