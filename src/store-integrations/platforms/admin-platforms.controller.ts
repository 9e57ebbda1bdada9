import { Body, Controller, Get, Param, ParseUUIDPipe, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../identity';
import { Problems } from '../../platform/http';
import { LookAtPageRequest, LookRequest } from './dto/platform.request';
import { PlatformLookResponse, StorePlatformResponse } from './dto/platform.response';
import { StorePlatforms } from './store-platforms';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin')
export class AdminPlatformsController {
  constructor(private readonly platforms: StorePlatforms) {}

  @ApiOperation({
    summary: 'See what a page is sold by',
    description:
      'Looks at a product’s page and at what sites of its kind have at well-known places, and says which software is behind it and what links to it can do. Nothing is kept.',
  })
  @Problems(400, 401, 403)
  @Get('platforms')
  lookAtPage(@Query() { url }: LookAtPageRequest): Promise<PlatformLookResponse> {
    return this.platforms.lookAt(url);
  }

  @ApiOperation({
    summary: 'Read what a partner store runs',
    description: 'What is believed, what was last seen on its site and by which signs, and what links to it can do.',
  })
  @Problems(400, 401, 403, 404)
  @Get('stores/:storeId/platform')
  readPlatform(@Param('storeId', ParseUUIDPipe) storeId: string): Promise<StorePlatformResponse> {
    return this.platforms.read(storeId);
  }

  @ApiOperation({
    summary: 'Look at what a partner store runs',
    description:
      'At once. What is seen becomes its platform where it had none, or with `apply`. A store without a platform on whose own site shoppers finish is looked at when it is made; one that offers permalinks, each day.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Put('stores/:storeId/platform')
  lookAtStore(
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: LookRequest,
  ): Promise<StorePlatformResponse> {
    return this.platforms.lookNow(storeId, body);
  }
}
