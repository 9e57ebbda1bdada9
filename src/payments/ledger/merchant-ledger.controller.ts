import { Controller, Get, Header, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { BalancesResponse } from './dto/balance.response';
import { StatementRequest } from './dto/statement.request';
import { StoreLedger } from './store-ledger';

@ApiTags('Merchant: money')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId')
export class MerchantLedgerController {
  constructor(private readonly ledger: StoreLedger) {}

  @ApiOperation({
    summary: 'What my store has',
    description: 'By currency: what is sold and not sent yet, in the payment account, paid out, and owed by the store.',
  })
  @Problems(400, 401, 403, 404)
  @Get('balance')
  getStoreBalance(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<BalancesResponse> {
    return this.ledger.balances(caller, storeId);
  }

  @ApiOperation({
    summary: 'The movements of some days, as CSV',
    description:
      'The oldest first: sales and fees, transfers, refunds, reversals, debts, lost disputes. What the store gets is positive. `account` is `balance` (what it is owed) or `debt` (what it owes). Cells are safe to open in a spreadsheet.',
  })
  @ApiResponse({
    status: 200,
    description: 'A line for each movement',
    content: {
      'text/csv': {
        schema: { type: 'string' },
        example:
          'time,type,account,order,payment,amount,currency\r\n2026-11-26T10:00:00.000Z,sale,balance,018f4e4e-…,018f4e4d-…,20.00,USD\r\n',
      },
    },
  })
  @Problems(400, 401, 403, 404, 422)
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="statement.csv"')
  @Get('statements')
  getStoreStatement(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: StatementRequest,
  ): Promise<string> {
    return this.ledger.statement(caller, storeId, query);
  }
}
