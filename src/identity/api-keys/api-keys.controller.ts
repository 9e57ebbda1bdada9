import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { CurrentCaller, UsersOnly, type Caller } from '../caller';
import { MakeApiKeyRequest, RotateApiKeyRequest } from '../dto/api-key.request';
import { ApiKeyListResponse, ApiKeyResponse, NewApiKeyResponse } from '../dto/api-key.response';
import { ApiKeys } from './api-keys.service';

@ApiTags('Me')
@ApiBearerAuth()
@UsersOnly()
@Controller('me/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  /** The caller's API keys. */
  @ApiOperation({ summary: 'My API keys', description: 'Newest first; of each its first characters, never the key.' })
  @Problems(400, 401, 403)
  @Get()
  async listApiKeys(
    @CurrentCaller() caller: Caller,
    @Query() { limit, cursor }: PageRequest,
  ): Promise<ApiKeyListResponse> {
    const { rows, nextCursor } = await this.keys.list(caller.id, limit, cursor);
    return { data: rows.map((key) => ApiKeyResponse.of(key)), nextCursor };
  }

  /** Makes an API key. */
  @ApiOperation({
    summary: 'Make an API key',
    description:
      'For a program that acts for you, within its scopes. The key is shown this once. At most 20, and none before the address is proved.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @Post()
  @HttpCode(201)
  makeApiKey(
    @CurrentCaller() caller: Caller,
    @Body() body: MakeApiKeyRequest,
    @OnceParam() once: Once,
  ): Promise<NewApiKeyResponse> {
    return once.run(async (tx) => NewApiKeyResponse.ofNew(await this.keys.make(tx, caller, body)));
  }

  /** A new key in the place of one. */
  @ApiOperation({
    summary: 'Rotate an API key',
    description:
      'The new one is shown this once; the one before works for the time of grace, so that nothing stands still.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post(':id/rotate')
  @HttpCode(200)
  async rotateApiKey(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: RotateApiKeyRequest,
    @OnceParam() once: Once,
  ): Promise<NewApiKeyResponse> {
    const rotated = await once.run(async (tx) =>
      NewApiKeyResponse.ofNew(await this.keys.rotate(tx, caller, id, body.graceSeconds)),
    );
    this.keys.afterRotation(id);
    return rotated;
  }

  /** Ends an API key. */
  @ApiOperation({ summary: 'End an API key', description: 'Within 30 seconds it is taken nowhere any more.' })
  @Problems(400, 401, 403, 404)
  @Delete(':id')
  @HttpCode(204)
  endApiKey(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.keys.end(caller, id);
  }
}
