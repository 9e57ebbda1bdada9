import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { ConnectionSettings } from './connection-settings';
import { ConnectionRequest } from './dto/connection.request';
import { ConnectionResponse } from './dto/connection.response';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores/:storeId/connection')
export class AdminConnectionsController {
  constructor(private readonly settings: ConnectionSettings) {}

  @ApiOperation({
    summary: 'Connect a partner store by its API',
    description:
      'Which protocol it speaks and where, how shoppers link their accounts there, and what both sides share. Secrets are taken and never shown again. With another issuer or client, shoppers have to link their accounts again; at another host too, and what the store gave for the one before is destroyed.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Put()
  connectStore(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: ConnectionRequest,
  ): Promise<ConnectionResponse> {
    return this.settings.put(caller, storeId, body);
  }

  @ApiOperation({ summary: 'Read how a partner store is connected', description: 'Of its secrets the names only.' })
  @Problems(400, 401, 403, 404)
  @Get()
  readConnection(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<ConnectionResponse> {
    return this.settings.read(caller, storeId);
  }

  @ApiOperation({
    summary: 'End the connection of a partner store',
    description:
      'It is used no more from that moment on. The accounts that shoppers have linked there are unlinked: revoked at the store, and destroyed here.',
  })
  @Problems(400, 401, 403, 404)
  @Delete()
  @HttpCode(204)
  endConnection(@CurrentCaller() caller: Caller, @Param('storeId', ParseUUIDPipe) storeId: string): Promise<void> {
    return this.settings.end(caller, storeId);
  }
}
