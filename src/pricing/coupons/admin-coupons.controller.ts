import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { Database } from '../../platform/database';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { Coupons } from './coupons';
import { EndCouponRequest, MakeCouponRequest } from './dto/coupon.request';
import { CouponListResponse, CouponResponse } from './dto/coupon.response';

@ApiTags('Admin: coupons')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/coupons')
export class AdminCouponsController {
  constructor(
    private readonly coupons: Coupons,
    private readonly database: Database,
  ) {}

  @ApiOperation({
    summary: 'Give out a coupon of the platform',
    description: 'For all stores whose prices are made in Muse, at the platform’s cost.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @HttpCode(201)
  @Post()
  makePlatformCoupon(
    @CurrentCaller() caller: Caller,
    @Body() body: MakeCouponRequest,
    @OnceParam() once: Once,
  ): Promise<CouponResponse> {
    return once.run((tx) => this.coupons.make(tx, null, body, caller.id));
  }

  @ApiOperation({
    summary: 'List the coupons of the platform',
    description: 'Newest first, with how often each was redeemed.',
  })
  @Problems(400, 401, 403)
  @Get()
  listPlatformCoupons(@Query() query: PageRequest): Promise<CouponListResponse> {
    return this.coupons.list(null, query);
  }

  @ApiOperation({
    summary: 'End a coupon of the platform',
    description: 'Its terms never change. One that is over answers 409 `coupon_over`.',
  })
  @Problems(400, 401, 403, 404, 409)
  @Patch(':couponId')
  endPlatformCoupon(
    @Param('couponId', ParseUUIDPipe) couponId: string,
    @Body() body: EndCouponRequest,
  ): Promise<CouponResponse> {
    return this.database.transaction((tx) => this.coupons.end(tx, null, couponId, body));
  }
}
