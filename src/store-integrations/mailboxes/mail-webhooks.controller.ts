import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Problems, Public, RawBody, Unlimited, type RequestWithRawBody } from '../../platform/http';
import { MailTakenResponse } from './dto/mail-taken.response';
import { MailWebhooks } from './mail-webhooks';

/** A mail of two and a half megabytes and more, in base64: what is longer tells of no order. */
const LIMIT_BYTES = 4 * 1024 * 1024;

@ApiTags('Webhooks')
@Controller('webhooks')
export class MailWebhooksController {
  constructor(private readonly webhooks: MailWebhooks) {}

  @ApiOperation({
    summary: 'Take a mail that was forwarded to Muse',
    description:
      'Posted by the mail provider of MAIL_IN_DOMAIN: `raw` is the mail as it came, in base64, `authentication` what the provider found out of its sender (`method`: dkim, spf or dmarc; `domain`: which domain it is about). ' +
      'The signature is checked on the bytes of the body before anything else, and is good for five minutes: 400 `webhook_not_verified`. A mail whose sender’s own domain is not proved changes nothing, and the answer does not say whether the address is anybody’s. The mail is not kept.',
    security: [],
  })
  @ApiHeader({
    name: 'muse-mail-signature',
    required: true,
    description: '`t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>" by MAIL_IN_SECRET, hex>`',
  })
  @ApiBody({
    description: 'One delivery',
    schema: {
      type: 'object',
      additionalProperties: true,
      required: ['id', 'to', 'raw', 'authentication'],
      properties: {
        id: { type: 'string' },
        to: { type: 'array', items: { type: 'string' } },
        raw: { type: 'string' },
        authentication: { type: 'array', items: { type: 'object', additionalProperties: true } },
      },
      example: {
        id: 'delivery_1',
        to: ['u-4k7w2m9x0c5v8b1n3q6z@in.muse.example'],
        raw: 'RnJvbTogb3JkZXJzQHNob3AuZXhhbXBsZQ0KDQpIaQ==',
        authentication: [{ method: 'dkim', result: 'pass', domain: 'shop.example' }],
      },
    },
  })
  @Problems(400, 413)
  @Public()
  @Unlimited()
  @RawBody(LIMIT_BYTES)
  @HttpCode(200)
  @Post('mail')
  async takeMail(@Req() request: RequestWithRawBody): Promise<MailTakenResponse> {
    const signature = request.headers['muse-mail-signature'];
    await this.webhooks.receive(typeof signature === 'string' ? signature : undefined, request.rawBody);
    return MailTakenResponse.TAKEN;
  }
}
