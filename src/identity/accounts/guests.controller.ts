import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Limited, Problems, Public } from '../../platform/http';
import { GuestTokens } from '../access/guest-tokens';
import { GuestResponse } from '../dto/guest.response';

@ApiTags('Accounts')
@Controller('guests')
export class GuestsController {
  constructor(private readonly guests: GuestTokens) {}

  /** A token to shop with before there is an account. */
  @ApiOperation({
    summary: 'Begin as a guest',
    description:
      'Valid for 30 days from the last day it was used. Register or sign in with it to keep cart and orders.',
  })
  @Problems(400, 429)
  @Limited({ name: 'guests', most: 60, perSeconds: 3_600, by: 'address' })
  @Public()
  @Post()
  @HttpCode(201)
  async beginAsGuest(): Promise<GuestResponse> {
    return GuestResponse.of(await this.guests.welcome());
  }
}
