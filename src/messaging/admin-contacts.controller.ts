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
    description: 'The links that were mailed end; the new contact is written to about what is unread.',
  })
  @Problems(400, 401, 403, 404)
  @Put(':storeId/contact')
  changeStoreContact(
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() { email }: StoreContactDto,
  ): Promise<ManagedStoreResponse> {
    return this.database.transaction((tx) => this.links.changeContact(tx, storeId, email));
  }
}
