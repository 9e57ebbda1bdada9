import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { ResolvePlacementRequest } from './dto/checkout.request';
import { ListPlacementsRequest } from './dto/placement.request';
import { PlacementListResponse, PlacementResponse } from './dto/placement.response';
import { PlacementsConsole } from './placements.console';

@ApiTags('Support: placements')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/placements')
export class AdminPlacementsController {
  constructor(private readonly placements: PlacementsConsole) {}

  @ApiOperation({
    summary: 'Placements',
    description: 'Above all those that need attention: nobody could know what became of them.',
  })
  @Problems(400, 401, 403)
  @Get()
  listPlacements(@Query() query: ListPlacementsRequest): Promise<PlacementListResponse> {
    return this.placements.list(query);
  }

  @ApiOperation({
    summary: 'Decide what became of one',
    description: 'After asking the store: the order is written, or the lines go back to the shopper.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':id/resolve')
  resolvePlacement(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ResolvePlacementRequest,
    @OnceParam() once: Once,
  ): Promise<PlacementResponse> {
    return once.run((tx) => this.placements.resolve(tx, caller, id, body));
  }
}
