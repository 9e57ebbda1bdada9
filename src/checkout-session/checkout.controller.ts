import { PaymentRequest } from '../payments';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { CurrentCaller, Scoped, type Caller } from '../identity';
import {
  AcceptedLanguage,
  EventStream,
  IfMatch,
  Limited,
  OnceParam,
  Problems,
  TakesIdempotencyKey,
  TakesIfMatch,
  TakesLanguage,
  type Language,
  type Once,
} from '../platform/http';
import { RESUMES } from './checkout.limits';
import {
  ChangeSessionItemRequest,
  CreateSessionRequest,
  PlaceRequest,
  ShippingRequest,
  StoreCheckoutRequest,
} from './dto/checkout.request';
import { SessionResponse, SessionStatusResponse } from './dto/checkout.response';
import {
  ChallengeAnswerRequest,
  ChallengeAnsweredResponse,
  ChallengeResponse,
  Challenges,
} from '../store-integrations';
import { PlaceService } from './place.service';
import { SessionsService } from './sessions.service';

@ApiTags('Checkout')
@ApiBearerAuth()
@Scoped('checkout')
@Controller('checkout/sessions')
export class CheckoutController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly placing: PlaceService,
    private readonly challenges: Challenges,
  ) {}

  @ApiOperation({
    summary: 'Begin a checkout',
    description:
      'Freezes the chosen lines of the cart, sets their stock aside for 30 minutes and quotes each store. A checkout that the shopper has pending is cancelled, and its stock taken over.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 409, 422, 429)
  @Post()
  createCheckoutSession(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateSessionRequest,
    @OnceParam() once: Once,
  ): Promise<SessionResponse> {
    return this.sessions.create(once, caller, body);
  }

  @ApiOperation({
    summary: 'The checkout as it is',
    description: 'With what is still missing (`requiredFields`) and what got in the way (`problems`).',
  })
  @Problems(400, 401, 404)
  @Get(':id')
  getCheckoutSession(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<SessionResponse> {
    return this.sessions.find(caller, id);
  }

  @ApiOperation({
    summary: 'Change a quantity',
    description: 'Of this checkout only; 0 takes the line out of it, and it stays in the cart.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 404, 409, 412)
  @Put(':id/items/:itemId')
  changeCheckoutItem(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('itemId', ParseUUIDPipe) itemId: string,
    @Body() body: ChangeSessionItemRequest,
    @IfMatch() version: number | undefined,
  ): Promise<SessionResponse> {
    return this.sessions.changeItem(caller, id, itemId, body.quantity, version);
  }

  @ApiOperation({
    summary: 'Take a new snapshot',
    description: 'Of prices, stock and the same lines; address and choices are kept, and 30 minutes begin.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 429)
  @HttpCode(200)
  @Post(':id/refresh')
  refreshCheckoutSession(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<SessionResponse> {
    return this.sessions.refresh(once, caller, id);
  }

  @ApiOperation({
    summary: 'Give the address',
    description:
      'One for all stores, and whom it is for. Billing is the same unless given. With `sealed` the checkout becomes a sealed one: who buys is told to the stores alone, sealed to their keys, by Muse in this very request or by the client before (then with `destination` in the place of the address).',
  })
  @TakesLanguage()
  @TakesIfMatch()
  @Problems(400, 401, 404, 409, 412, 422)
  @Put(':id/shipping')
  setShipping(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ShippingRequest,
    @IfMatch() version: number | undefined,
    @AcceptedLanguage() language: Language | undefined,
  ): Promise<SessionResponse> {
    return this.sessions.setShipping(caller, id, body, version, language);
  }

  @ApiOperation({
    summary: 'Change what is different for one store',
    description: 'Its own address, delivery option, settlement, note and gift; or leave it out.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 404, 409, 412, 422)
  @Put(':id/stores/:storeId')
  setStoreCheckout(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: StoreCheckoutRequest,
    @IfMatch() version: number | undefined,
  ): Promise<SessionResponse> {
    return this.sessions.setStore(caller, id, storeId, body, version);
  }

  @ApiOperation({
    summary: 'Give the payment method',
    description:
      'For the stores that take payment in Muse: a saved method, or a one-time token of the payment provider. Also after a payment was refused (`action: choose_payment`): then `place` under a new key asks for the money again. Answers 409 `payment_not_offered` where no store takes payment here.',
  })
  @TakesIfMatch()
  @Problems(400, 401, 404, 409, 412, 422, 429)
  @Put(':id/payment')
  setPayment(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: PaymentRequest,
    @IfMatch() version: number | undefined,
  ): Promise<SessionResponse> {
    return this.sessions.setPayment(caller, id, body, version);
  }

  @ApiOperation({
    summary: 'Place the orders',
    description:
      'One per store, in parallel. `expectedTotal` is the total that the shopper saw: where it is another by now, nothing is bought. A checkout that is placed already answers its status. Of a sealed checkout the answer holds `orderAccess`, the tokens that stand for the buyer of its orders: told this once (again to a retry with the same Idempotency-Key), and kept nowhere.',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 404, 409, 422, 429)
  @HttpCode(202)
  @Post(':id/place')
  placeOrders(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: PlaceRequest,
    @OnceParam() once: Once,
  ): Promise<SessionStatusResponse> {
    return this.placing.place(once, caller, id, body);
  }

  @ApiOperation({
    summary: 'Go on after authenticating',
    description:
      'For the client whose shopper has done what `action` asked for (3-D Secure, or a page of another payment service). Goes on at once; without it, the payment provider tells Muse a little later, to the same end.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Limited({ ...RESUMES, by: 'caller' })
  @HttpCode(200)
  @Post(':id/resume')
  resumeCheckout(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<SessionStatusResponse> {
    return this.sessions.resume(once, caller, id);
  }

  @ApiOperation({
    summary: 'How it goes, store by store',
    description: 'To ask now and then; `…/events` streams the same as it happens.',
  })
  @Problems(400, 401, 404)
  @Get(':id/status')
  getCheckoutStatus(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<SessionStatusResponse> {
    return this.sessions.status(caller, id);
  }

  @ApiOperation({
    summary: 'Stream how it goes',
    description:
      'Server-sent events: `status`, with the whole status as data and its version as id, on connecting and at every step.',
  })
  @EventStream('status', SessionStatusResponse)
  @Problems(400, 401, 404, 429)
  @Sse(':id/events')
  streamCheckout(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<Observable<MessageEvent>> {
    return this.sessions.stream(caller, id);
  }

  @ApiOperation({
    summary: 'What a store asks',
    description:
      'In the middle of a checkout a store may ask what only the shopper can answer: a one-time code, a CAPTCHA, a security question, whether changed terms are agreed to. `action` of the store says so (`challenge`, with `challengeId`), in the checkout and its status. Here is the page, as a picture in which everything that was filled in is covered, and what is to be filled in.',
  })
  @Problems(400, 401, 404)
  @Get(':id/challenges/:challengeId')
  getChallenge(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('challengeId', ParseUUIDPipe) challengeId: string,
  ): Promise<ChallengeResponse> {
    return this.challenges.show(caller, { sessionId: id }, challengeId);
  }

  @ApiOperation({
    summary: 'Answer what a store asks',
    description:
      'Taken once, typed into the page that waits, and destroyed. A store that does not take it asks anew, as another challenge. Answered too late, or by nobody, the shopper finishes on the store’s own site.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @HttpCode(202)
  @Post(':id/challenges/:challengeId/answer')
  answerChallenge(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('challengeId', ParseUUIDPipe) challengeId: string,
    @Body() body: ChallengeAnswerRequest,
    @OnceParam() once: Once,
  ): Promise<ChallengeAnsweredResponse> {
    return this.challenges.answer(once, caller, { sessionId: id }, challengeId, body);
  }

  @ApiOperation({
    summary: 'Give up a checkout',
    description: 'That was not placed, or whose payment waits for the shopper; its stock is set free.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409)
  @HttpCode(200)
  @Post(':id/cancel')
  cancelCheckoutSession(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<SessionResponse> {
    return this.sessions.cancel(once, caller, id);
  }
}
