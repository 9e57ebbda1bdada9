import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { Limited, OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { Linking } from '../oauth/linking';
import { BeginLinkRequest, CompleteLinkRequest } from './dto/integration.request';
import {
  BegunLinkResponse,
  IntegrationListResponse,
  IntegrationResponse,
  StoreAddressesResponse,
  StoreInstrumentsResponse,
  UnlinkedResponse,
} from './dto/integration.response';
import { Integrations } from './integrations';
import { LINKS_PER_CALLER, READS_PER_CALLER } from './integrations.limits';

@ApiTags('Linked stores')
@ApiBearerAuth()
@UsersOnly()
@Controller('integrations')
export class IntegrationsController {
  constructor(
    private readonly integrations: Integrations,
    private readonly linking: Linking,
  ) {}

  @ApiOperation({
    summary: 'My linked stores',
    description:
      'Accounts at stores that Muse may use: what is kept of each, since when, and when it was last used. And the text that is to be shown and agreed to before another is linked.',
  })
  @Problems(400, 401, 403)
  @Scoped('checkout')
  @Get()
  listIntegrations(@CurrentCaller() caller: Caller, @Query() page: PageRequest): Promise<IntegrationListResponse> {
    return this.integrations.list(caller, page);
  }

  @ApiOperation({
    summary: 'Unlink all stores',
    description:
      'Everything that is kept of these accounts is destroyed at once; each store is told that what it gave holds no more, which may take it up to a day where it does not answer.',
  })
  @Problems(401, 403)
  @Delete()
  unlinkAllStores(@CurrentCaller() caller: Caller): Promise<UnlinkedResponse> {
    return this.integrations.unlink(caller, null);
  }

  @ApiOperation({
    summary: 'Finish linking a store',
    description:
      'With what the browser brought back from the store, by the user who began the link: another user’s is not found. Each link is finished once, within ten minutes; where the store could not be asked (503), the same request may be sent again.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Limited(LINKS_PER_CALLER)
  @Post('link/complete')
  @HttpCode(200)
  async completeLink(
    @CurrentCaller() caller: Caller,
    @Body() body: CompleteLinkRequest,
    @OnceParam() once: Once,
  ): Promise<IntegrationResponse> {
    return this.integrations.show(caller, await this.linking.complete(caller, body, once));
  }

  @ApiOperation({ summary: 'One of my linked stores', description: 'Of its secrets the names only.' })
  @Problems(400, 401, 403, 404)
  @Scoped('checkout')
  @Get(':storeId')
  readIntegration(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<IntegrationResponse> {
    return this.integrations.show(caller, storeId);
  }

  @ApiOperation({
    summary: 'Unlink a store',
    description:
      'Everything that is kept of the account is destroyed at once; the store is told that what it gave holds no more. Muse does not ask it for orders there any more: those that the store tells of by itself go on as it tells; of the others each order, and a notification, says that there is no more news of it here. Linked again, they are asked for again.',
  })
  @Problems(400, 401, 403, 404)
  @Delete(':storeId')
  unlinkStore(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<UnlinkedResponse> {
    return this.integrations.unlink(caller, storeId);
  }

  @ApiOperation({
    summary: 'Begin linking a store',
    description:
      'The shopper’s browser goes to authorizationUrl, signs in and agrees there; the store sends it to Muse, which sends it on to returnTo. Linking again replaces what was linked.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Limited(LINKS_PER_CALLER)
  @Post(':storeId/link')
  @HttpCode(201)
  beginLink(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: BeginLinkRequest,
    @OnceParam() once: Once,
  ): Promise<BegunLinkResponse> {
    return this.linking.begin(caller, storeId, body, once);
  }

  @ApiOperation({
    summary: 'Addresses that a linked store holds',
    description: 'Asked of the store now; nothing of it is kept. One can be chosen in a checkout by its id.',
  })
  @Problems(400, 401, 403, 404, 409, 429)
  @Scoped('checkout')
  @Limited(READS_PER_CALLER)
  @Get(':storeId/addresses')
  listStoreAddresses(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<StoreAddressesResponse> {
    return this.integrations.addresses(caller, storeId);
  }

  @ApiOperation({
    summary: 'Means of payment that a linked store holds',
    description:
      'Brand and last four digits, asked of the store now; nothing of it is kept. One can be chosen in a checkout by its id.',
  })
  @Problems(400, 401, 403, 404, 409, 429)
  @Scoped('checkout')
  @Limited(READS_PER_CALLER)
  @Get(':storeId/instruments')
  listStoreInstruments(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<StoreInstrumentsResponse> {
    return this.integrations.instruments(caller, storeId);
  }
}
