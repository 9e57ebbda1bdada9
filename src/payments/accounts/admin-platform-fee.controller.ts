import { Body, Controller, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { PlatformFeeRequest } from './dto/payment-account.request';
import { PlatformFeeResponse } from './dto/payment-account.response';
import { PaymentAccounts } from './payment-accounts.service';

@ApiTags('Admin: platform fee')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores/:storeId/platform-fee')
export class AdminPlatformFeeController {
  constructor(private readonly accounts: PaymentAccounts) {}

  @ApiOperation({
    summary: "Set what the platform keeps of a merchant store's sales",
    description: 'For checkouts that begin afterwards; orders keep the rate that they were placed at.',
  })
  @Problems(400, 401, 403, 404)
  @Put()
  setPlatformFee(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() { ppm }: PlatformFeeRequest,
  ): Promise<PlatformFeeResponse> {
    return this.accounts.setPlatformFee(caller, storeId, ppm);
  }
}
