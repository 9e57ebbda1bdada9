import { Controller, Get, Query, Redirect } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Problems, Public } from '../../platform/http';
import { Linking } from './linking';

const PARAMETERS = { state: 100, code: 2048, iss: 500, error: 100 } as const;

@ApiTags('Linked stores')
@Controller('integrations/callback')
export class LinkCallbackController {
  constructor(private readonly linking: Linking) {}

  @ApiOperation({
    summary: 'Where a store sends the shopper’s browser',
    description:
      'The redirect URI of Muse at every store. It sends the browser on to the page that began the link, with what the store said behind a #; the account is linked by POST /integrations/link/complete, with the shopper’s own token.',
  })
  @ApiQuery({
    name: 'state',
    required: false,
    type: String,
    description: 'Which link',
    example: 'ms_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc',
  })
  @ApiQuery({
    name: 'code',
    required: false,
    type: String,
    description: 'For the store’s tokens',
    example: 'SplxlOBeZQQYbYS6WxSbIA',
  })
  @ApiQuery({
    name: 'iss',
    required: false,
    type: String,
    description: 'Which server answers',
    example: 'https://accounts.shop.example',
  })
  @ApiQuery({
    name: 'error',
    required: false,
    type: String,
    description: 'Why there is no code',
    example: 'access_denied',
  })
  @ApiResponse({
    status: 303,
    description: 'On to the page that began the link',
    headers: { location: { description: 'That page', schema: { type: 'string' } } },
  })
  @Problems(400)
  @Public()
  @Get()
  @Redirect('/m/linked', 303)
  async returnFromStore(@Query() query: Record<string, unknown>): Promise<{ url: string }> {
    return { url: await this.linking.forward(readAnswer(query)) };
  }
}

/** What of it is an answer of a store; whatever else stands there is let go. */
export function readAnswer(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PARAMETERS).flatMap(([name, longest]): [string, string][] => {
      const value = query[name];
      return typeof value === 'string' && value !== '' && value.length <= longest ? [[name, value]] : [];
    }),
  );
}
