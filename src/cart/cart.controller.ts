import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { CurrentCaller, Scoped, type Caller } from '../identity';
import {
  EventStream,
  IfMatch,
  Limited,
  OnceParam,
  Problems,
  TakesIdempotencyKey,
  TakesIfMatch,
  type Once,
} from '../platform/http';
import { CartService } from './cart.service';
import { AddItemRequest, AddItemsRequest, ChangeItemRequest, EITHER_ITEM, SetCouponsRequest } from './dto/cart.request';
import { BatchResponse, CartResponse, CartSummaryResponse } from './dto/cart.response';

const ITEMS = {
  catalogue: {
    summary: 'Goods of the catalogue',
    value: { variantId: '019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a11', quantity: 2 },
  },
  described: {
    summary: "A partner store's product, as the client saw it",
    value: {
      storeId: '019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a12',
      productName: 'Black Dress',
      productUrl: 'https://www.nordstrom.com/s/black-dress/1001',
      productSku: 'ND-1',
      size: 'M',
      price: { amount: 8900, currency: 'USD' },
      quantity: 1,
    },
  },
};

@ApiTags('Cart')
@ApiBearerAuth()
@Scoped('cart')
@Controller('cart')
export class CartController {
  constructor(private readonly carts: CartService) {}

  @ApiOperation({
    summary: 'The whole cart',
    description: 'An empty one where nothing was added yet. Prices and stock are those of now.',
  })
  @Problems(401)
  @Get()
  getCart(@CurrentCaller() caller: Caller): Promise<CartResponse> {
    return this.carts.read(caller.id);
  }

  @ApiOperation({ summary: 'Totals by store', description: 'The cart without its lines.' })
  @Problems(401)
  @Get('summary')
  getCartSummary(@CurrentCaller() caller: Caller): Promise<CartSummaryResponse> {
    return this.carts.summary(caller.id);
  }

  @ApiOperation({
    summary: 'Stream the cart',
    description:
      'Server-sent events: `cart`, with the whole cart as data, on connecting and whenever the cart, a price or the stock of its goods changes. Ends after 10 minutes: reconnect.',
  })
  @EventStream('cart', CartResponse)
  @Problems(401, 429)
  @Sse('events')
  streamCart(@CurrentCaller() caller: Caller): Promise<Observable<MessageEvent>> {
    return this.carts.stream(caller.id);
  }

  @ApiOperation({
    summary: 'Add an item',
    description:
      'A variant of the catalogue (`variantId`), or the product of a partner store as the client saw it. The same goods added again add up, and the newer price holds.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @ApiBody({ schema: EITHER_ITEM, examples: ITEMS })
  @HttpCode(200)
  @Post('items')
  addCartItem(
    @CurrentCaller() caller: Caller,
    @Body() body: AddItemRequest,
    @OnceParam() once: Once,
  ): Promise<CartResponse> {
    return once.run((tx) => this.carts.addItem(tx, caller, body));
  }

  @ApiOperation({
    summary: 'Add several items',
    description: 'Each is answered for itself: one that is refused does not keep out the others.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 409, 422)
  @HttpCode(200)
  @Post('items/batch')
  addCartItems(
    @CurrentCaller() caller: Caller,
    @Body() body: AddItemsRequest,
    @OnceParam() once: Once,
  ): Promise<BatchResponse> {
    return once.run((tx) => this.carts.addItems(tx, caller, body.items));
  }

  @ApiOperation({
    summary: 'Change a line',
    description:
      'Another size or colour picks that variant of the product; where the cart has that line already, the two are joined.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 404, 412, 422)
  @Put('items/:id')
  changeCartItem(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ChangeItemRequest,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponse> {
    return this.carts.changeItem(caller.id, id, body, version);
  }

  @ApiOperation({ summary: 'Take a line out', description: 'Answers the cart that is left.' })
  @TakesIfMatch()
  @Problems(400, 401, 404, 412)
  @Delete('items/:id')
  removeCartItem(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponse> {
    return this.carts.removeItem(caller.id, id, version);
  }

  @ApiOperation({
    summary: 'Set the coupons',
    description:
      'All codes that the cart is to have, in the order in which they are to be counted; an empty list takes them out. Of each store one coupon counts, and one of Muse after them. One that cannot be used yet stays, and counts once it can. A code that nobody of this cart gives out answers 422 `coupon_unknown`. At most 20 calls a minute: codes are not to be guessed.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 412, 422, 429)
  @Limited({ name: 'cart-coupons', most: 20, perSeconds: 60, by: 'caller' })
  @Put('coupons')
  setCartCoupons(
    @CurrentCaller() caller: Caller,
    @Body() body: SetCouponsRequest,
    @IfMatch() version: number | undefined,
  ): Promise<CartResponse> {
    return this.carts.setCoupons(caller.id, body.codes, version);
  }

  @ApiOperation({
    summary: 'Empty the cart',
    description: 'Answers the empty cart; a pending checkout keeps its lines.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 412)
  @Delete()
  clearCart(@CurrentCaller() caller: Caller, @IfMatch() version: number | undefined): Promise<CartResponse> {
    return this.carts.clear(caller.id, version);
  }
}
