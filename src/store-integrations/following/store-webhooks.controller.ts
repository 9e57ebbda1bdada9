import { Controller, HttpCode, Param, ParseUUIDPipe, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Problems, Public, RawBody, Unlimited, type RequestWithRawBody } from '../../platform/http';
import { UcpTakenResponse } from './dto/ucp-taken.response';
import { AcpTakenResponse } from './dto/acp-taken.response';
import { StoreWebhooks } from './store-webhooks';

const LIMIT_BYTES = 512 * 1024;
const TOLD = 'What is verified is stored once for each event id, answered at once, and worked on afterwards.';

@ApiTags('Webhooks')
@Controller('webhooks')
export class StoreWebhooksController {
  constructor(private readonly webhooks: StoreWebhooks) {}

  @ApiOperation({
    summary: 'Take a webhook of a store that speaks UCP',
    description:
      'An order as it stands at the store. Its signature (RFC 9421, by a key of the store’s profile) is checked on the bytes of the body before anything else, ' +
      `and it must be the store whose order it is: 400 \`webhook_not_verified\`, and nothing is stored. ${TOLD}`,
    security: [],
  })
  @ApiHeader({ name: 'signature', required: true, description: 'RFC 9421' })
  @ApiHeader({ name: 'signature-input', required: true, description: 'RFC 9421: what is signed, and by which key' })
  @ApiBody({
    description: 'An order, as UCP has it',
    schema: {
      type: 'object',
      additionalProperties: true,
      example: { id: 'order_1', checkout_id: 'checkout_1', fulfillment: {}, line_items: [], totals: [] },
    },
  })
  @ApiResponse({ status: 200, description: 'Taken, now or before', type: UcpTakenResponse })
  @Problems(400, 413)
  @Public()
  @Unlimited()
  @RawBody(LIMIT_BYTES)
  @HttpCode(200)
  @Post('ucp')
  async takeUcpWebhook(@Req() request: RequestWithRawBody): Promise<UcpTakenResponse> {
    await this.webhooks.receive('ucp', incoming(request, null));
    return UcpTakenResponse.TAKEN;
  }

  @ApiOperation({
    summary: 'Take a webhook of a store that speaks ACP',
    description:
      'An order of this store. `Merchant-Signature` is checked with the store’s secret on the bytes of the body before anything else, and is good for five minutes: ' +
      `400 \`webhook_not_verified\`, and nothing is stored. ${TOLD}`,
    security: [],
  })
  @ApiHeader({ name: 'merchant-signature', required: true, description: '`t=…,v1=…`, as ACP has it' })
  @ApiBody({
    description: 'An event, as ACP has it',
    schema: {
      type: 'object',
      additionalProperties: true,
      example: { type: 'order_update', data: { type: 'order', checkout_session_id: 'checkout_1', status: 'shipped' } },
    },
  })
  @ApiResponse({ status: 200, description: 'Taken, now or before', type: AcpTakenResponse })
  @Problems(400, 413)
  @Public()
  @Unlimited()
  @RawBody(LIMIT_BYTES)
  @HttpCode(200)
  @Post('acp/:storeId')
  async takeAcpWebhook(
    @Req() request: RequestWithRawBody,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<AcpTakenResponse> {
    await this.webhooks.receive('acp', incoming(request, storeId));
    return AcpTakenResponse.of(request.headers['request-id']);
  }
}

function incoming({ method, url: path, headers, rawBody }: RequestWithRawBody, storeId: string | null) {
  return { method, path, headers, rawBody, storeId };
}
