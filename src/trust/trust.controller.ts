import { Controller, Get, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { Problems, Public } from '../platform/http';
import { StoreTrustResponse, UserTrustResponse } from './dto/trust.response';
import { TrustService } from './trust.service';

@ApiTags('Trust')
@Controller()
export class TrustController {
  constructor(private readonly trust: TrustService) {}

  @ApiOperation({
    summary: 'How far a store is trusted',
    description:
      'A merchant store’s score, and how it comes about term by term: verified sales, shown ratings, upheld reports. Closed and partner stores answer 404.',
  })
  @Public()
  @ApiSecurity({})
  @Problems(400, 404)
  @Scoped('catalog:read')
  @Get('stores/:storeId/trust')
  getStoreTrust(@Param('storeId', ParseUUIDPipe) storeId: string): Promise<StoreTrustResponse> {
    return this.trust.ofStore(storeId);
  }

  @ApiOperation({
    summary: 'How far a user is trusted as a buyer',
    description: 'For those who share an order with them: one bought from the other. 404 for everybody else.',
  })
  @ApiBearerAuth()
  @UsersOnly()
  @Problems(400, 401, 403, 404)
  @Scoped('merchant')
  @Get('users/:id/trust')
  getUserTrust(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<UserTrustResponse> {
    return this.trust.ofUser(caller, id);
  }
}
