import { Body, Controller, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../identity';
import { Database } from '../platform/database';
import { Problems } from '../platform/http';
import { ManagedStoreResponse, StoreContactDto } from '../stores';
import { StoreLinks } from './store-links';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores')
export class AdminContactsController {
  constructor(
    private readonly links: StoreLinks,
    private readonly database: Database,
  ) {}

  @ApiOperation({
    summary: 'Change the contact of an unclaimed store',
    description:
      'To an e-mail address, a key, or both. The links of before end, and a key of the contact before is retired; the new contact is written to about what is unread.',
  })
  @Problems(400, 401, 403, 404, 409)
  @Put(':storeId/contact')
  changeStoreContact(
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() contact: StoreContactDto,
  ): Promise<ManagedStoreResponse> {
    return this.database.transaction((tx) => this.links.changeContact(tx, storeId, contact));
  }
}
