import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../identity';
import { Problems } from '../../platform/http';
import { TrialBalanceResponse } from './dto/trial-balance.response';
import { StoreLedger } from './store-ledger';

@ApiTags('Support: payments')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/ledger')
export class AdminLedgerController {
  constructor(private readonly ledger: StoreLedger) {}

  @ApiOperation({
    summary: 'The whole ledger, account by account',
    description: 'What all payments of all stores have come to, by currency. Double entry: each currency sums to zero.',
  })
  @Problems(401, 403)
  @Get()
  showLedger(): Promise<TrialBalanceResponse> {
    return this.ledger.trialBalance();
  }
}
