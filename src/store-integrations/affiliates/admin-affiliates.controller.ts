import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { AffiliateProgrammes } from './affiliate-programmes';
import { AffiliateProgrammeRequest } from './dto/affiliate.request';
import {
  AffiliateNetworksResponse,
  AffiliateProgrammeResponse,
  AffiliateProgrammesResponse,
} from './dto/affiliate.response';

@ApiTags('Admin: affiliate links')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin')
export class AdminAffiliatesController {
  constructor(private readonly programmes: AffiliateProgrammes) {}

  @ApiOperation({
    summary: 'The affiliate networks that Muse knows',
    description: 'With what each asks of a programme.',
  })
  @Problems(401, 403)
  @Get('affiliate-networks')
  listAffiliateNetworks(): AffiliateNetworksResponse {
    return AffiliateNetworksResponse.all();
  }

  @ApiOperation({
    summary: "A partner store's affiliate programmes",
    description: 'The one that links go through now, if any, and those before it.',
  })
  @Problems(400, 401, 403, 404)
  @Get('stores/:storeId/affiliate-programmes')
  listAffiliateProgrammes(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<AffiliateProgrammesResponse> {
    return this.programmes.list(caller, storeId);
  }

  @ApiOperation({
    summary: 'Let links to a partner store go through an affiliate programme',
    description:
      'From now on, in place of the one before. Hand-offs that wait go straight to the store from then on. Shoppers are told wherever such a link is used, and may turn it off; sealed checkouts never use one. `sample` is a link to be tried.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Put('stores/:storeId/affiliate-programme')
  putAffiliateProgramme(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: AffiliateProgrammeRequest,
  ): Promise<AffiliateProgrammeResponse> {
    return this.programmes.put(caller, storeId, body);
  }

  @ApiOperation({
    summary: 'End the affiliate programme of a partner store',
    description: 'Its links lead straight to the store from that moment on, those that were made before too.',
  })
  @Problems(400, 401, 403, 404)
  @Delete('stores/:storeId/affiliate-programme')
  @HttpCode(204)
  endAffiliateProgramme(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<void> {
    return this.programmes.end(caller, storeId);
  }
}
