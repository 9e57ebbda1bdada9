import { IsUUID } from 'class-validator';
import { LowerCase } from '../../platform/http';

/** Which order of which store a path names. */
export class StoresOrderRequest {
  /** The store */
  @LowerCase()
  @IsUUID()
  storeId: string;

  /** Its order */
  @LowerCase()
  @IsUUID()
  orderId: string;
}
