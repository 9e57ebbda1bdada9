import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../../platform/http';
import { RotateSigningKeyRequest } from './dto/signing-key.request';
import { SigningKeyListResponse, type SigningKeyResponse } from './dto/signing-key.response';
import { SigningKeys } from './signing-keys';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/signing-keys')
export class SigningKeysController {
  constructor(private readonly keys: SigningKeys) {}

  @ApiOperation({
    summary: 'List the keys that Muse signs by',
    description:
      'Those in the profile at `/.well-known/ucp`, the newest first. A key is followed by itself after 90 days: the next one is published a day before it signs, and the one before for a week after.',
  })
  @Problems(401, 403)
  @Get()
  async listSigningKeys(): Promise<SigningKeyListResponse> {
    return { data: await this.keys.list(), nextCursor: null };
  }

  @ApiOperation({
    summary: 'Make the next key that Muse signs by',
    description:
      'Without a body it signs in a day. With `compromised` that key is gone from the profile at once and the new one signs at once: stores fetch the profile again for a key that they do not know.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post()
  @HttpCode(201)
  rotateSigningKey(@Body() body: RotateSigningKeyRequest, @OnceParam() once: Once): Promise<SigningKeyResponse> {
    return once.run((tx) => this.keys.rotate(tx, body.compromised)).finally(() => this.keys.forget());
  }
}
