import { Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Problems, Public, RawBody, Unlimited, type RequestWithRawBody } from '../../platform/http';
import { Intake } from './intake';

const LIMIT_BYTES = 256 * 1024;

@ApiTags('Webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly intake: Intake) {}

  @ApiOperation({
    summary: 'Take a webhook of Stripe',
    description:
      'For Stripe alone. The signature is checked on the bytes of the body before anything else: 400 `webhook_not_verified`, and nothing is stored. ' +
      'What is verified is stored once for each event id, answered at once, and worked on afterwards.',
    security: [],
  })
  @ApiHeader({ name: 'stripe-signature', required: true, description: 'Timestamp and signature, as Stripe makes them' })
  @ApiBody({
    description: 'An event, as Stripe makes it',
    schema: {
      type: 'object',
      additionalProperties: true,
      example: { id: 'evt_1', object: 'event', type: 'payment_intent.succeeded' },
    },
  })
  @ApiResponse({ status: 200, description: 'Taken, now or before' })
  @Problems(400, 413)
  @Public()
  @Unlimited()
  @RawBody(LIMIT_BYTES)
  @HttpCode(200)
  @Post('stripe')
  takeStripeEvent(@Req() request: RequestWithRawBody, @Headers('stripe-signature') signature?: string): Promise<void> {
    return this.intake.receive('stripe', request.rawBody, signature);
  }
}
