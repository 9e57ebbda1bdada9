import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { CurrentCaller, UsersOnly, type Caller } from '../caller';
import { SaveAddressRequest } from '../dto/address.request';
import { AddressListResponse, SavedAddressResponse } from '../dto/address.response';
import { AddressBook } from './address-book';

@ApiTags('Me')
@ApiBearerAuth()
@UsersOnly()
@Controller('me/addresses')
export class AddressesController {
  constructor(private readonly book: AddressBook) {}

  /** The caller's addresses. */
  @ApiOperation({ summary: 'My addresses', description: 'Oldest first; one of them is the default.' })
  @Problems(400, 401, 403)
  @Get()
  async listAddresses(
    @CurrentCaller() caller: Caller,
    @Query() { limit, cursor }: PageRequest,
  ): Promise<AddressListResponse> {
    const { rows, nextCursor } = await this.book.list(caller.id, limit, cursor);
    return { data: rows.map((saved) => SavedAddressResponse.ofSaved(saved)), nextCursor };
  }

  /** Adds an address. */
  @ApiOperation({ summary: 'Add an address', description: 'At most 50; the first becomes the default.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @Post()
  @HttpCode(201)
  addAddress(
    @CurrentCaller() caller: Caller,
    @Body() body: SaveAddressRequest,
    @OnceParam() once: Once,
  ): Promise<SavedAddressResponse> {
    return once.run(async (tx) => SavedAddressResponse.ofSaved(await this.book.add(tx, caller, body)));
  }

  /** Replaces an address. */
  @ApiOperation({ summary: 'Replace an address', description: 'Open checkouts keep the address that they were given.' })
  @Problems(400, 401, 403, 404)
  @Put(':id')
  async replaceAddress(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: SaveAddressRequest,
  ): Promise<SavedAddressResponse> {
    return SavedAddressResponse.ofSaved(await this.book.replace(caller, id, body));
  }

  /** Removes an address. */
  @ApiOperation({ summary: 'Remove an address', description: 'The newest of the others takes over as the default.' })
  @Problems(400, 401, 403, 404)
  @Delete(':id')
  @HttpCode(204)
  removeAddress(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.book.remove(caller, id);
  }
}
