import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Problems } from '../../platform/http';
import { CurrentCaller, UsersOnly, type Caller } from '../caller';
import { PublicKeyResponse, PublicKeysResponse } from './dto/public-key.response';
import { PublishKeyRequest } from './dto/publish-key.request';
import { UserKeys } from './user-keys';

@ApiTags('Me')
@ApiBearerAuth()
@UsersOnly()
@Problems(400, 401, 403)
@Controller('me/keys')
export class MyKeysController {
  constructor(private readonly keys: UserKeys) {}

  @ApiOperation({
    summary: 'The keys that I have published',
    description: 'What is sealed for me is sealed for the active one.',
  })
  @Get()
  listMyKeys(@CurrentCaller() caller: Caller): Promise<PublicKeysResponse> {
    return this.keys.list(caller);
  }

  @ApiOperation({
    summary: 'Publish a key',
    description:
      'The public part only; one that holds more is refused. It takes the place of the present one, which is retired and stays listed. The same key again changes nothing.',
  })
  @Problems(409)
  @Put()
  publishMyKey(@CurrentCaller() caller: Caller, @Body() body: PublishKeyRequest): Promise<PublicKeyResponse> {
    return this.keys.publish(caller, body);
  }

  @ApiOperation({ summary: 'Retire my key', description: 'Nothing is sealed for me from now on; again: the same.' })
  @HttpCode(204)
  @Delete()
  retireMyKey(@CurrentCaller() caller: Caller): Promise<void> {
    return this.keys.retire(caller);
  }
}
