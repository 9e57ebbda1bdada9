import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, UsersOnly, type Caller } from '../identity';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { CouponListResponse, CouponResponse, EndCouponRequest, MakeCouponRequest } from '../pricing';
import { StoreCoupons } from './store-coupons.service';

@ApiTags('Merchant: coupons')
@ApiBearerAuth()
@UsersOnly()
@Controller('merchant/stores/:storeId/coupons')
export class MerchantCouponsController {
  constructor(private readonly coupons: StoreCoupons) {}

  @ApiOperation({
    summary: 'Give out a coupon of a store of your own',
    description: 'At the store’s cost. Per cart one coupon of a store counts, before one of the platform.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(201)
  @Post()
  makeCoupon(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: MakeCouponRequest,
    @OnceParam() once: Once,
  ): Promise<CouponResponse> {
    return once.run((tx) => this.coupons.make(tx, caller, storeId, body));
  }

  @ApiOperation({
    summary: "List a store's coupons",
    description: 'Newest first, with how often each was redeemed.',
  })
  @Problems(400, 401, 403, 404)
  @Get()
  listCoupons(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: PageRequest,
  ): Promise<CouponListResponse> {
    return this.coupons.list(caller, storeId, query);
  }

  @ApiOperation({
    summary: 'End a coupon',
    description: 'Its terms never change. One that is over answers 409 `coupon_over`.',
  })
  @Problems(400, 401, 403, 404, 409)
  @Patch(':couponId')
  endCoupon(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('couponId', ParseUUIDPipe) couponId: string,
    @Body() body: EndCouponRequest,
  ): Promise<CouponResponse> {
    return this.coupons.end(caller, storeId, couponId, body);
  }
}
