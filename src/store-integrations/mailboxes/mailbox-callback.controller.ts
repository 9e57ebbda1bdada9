import { Controller, Get, Param, Query, Redirect } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Problems, Public } from '../../platform/http';
import { readAnswer } from '../oauth/link-callback.controller';
import { MailboxLinking } from './mailbox-linking';

const ofBrowser = (name: string, description: string, example: string) =>
  ApiQuery({ name, required: false, type: String, description, example });

@ApiTags('Mailboxes')
@Controller('mailboxes/callback')
export class MailboxCallbackController {
  constructor(private readonly linking: MailboxLinking) {}

  @ApiOperation({
    summary: 'Where a mail provider sends the shopper’s browser',
    description:
      'The redirect URI of Muse at this provider. It sends the browser on to the page that began the link, with what the provider said behind a #; the mailbox is linked by POST /mailboxes/oauth/complete, with the shopper’s own token.',
  })
  @ApiParam({ name: 'provider', type: String, description: 'Its key in MAILBOX_PROVIDERS', example: 'acme' })
  @ofBrowser('state', 'Which link', 'mb_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc')
  @ofBrowser('code', 'For the provider’s tokens', 'SplxlOBeZQQYbYS6WxSbIA')
  @ofBrowser('iss', 'Which server answers', 'https://accounts.mail.example')
  @ofBrowser('error', 'Why there is no code', 'access_denied')
  @ApiResponse({
    status: 303,
    description: 'On to the page that began the link',
    headers: { location: { description: 'That page', schema: { type: 'string' } } },
  })
  @Problems(400)
  @Public()
  @Get(':provider')
  @Redirect('/m/linked', 303)
  async returnFromProvider(
    @Param('provider') provider: string,
    @Query() query: Record<string, unknown>,
  ): Promise<{ url: string }> {
    return { url: await this.linking.forward(provider, readAnswer(query)) };
  }
}
