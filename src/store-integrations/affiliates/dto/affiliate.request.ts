import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsObject } from 'class-validator';
import { NETWORK_IDS, type NetworkId } from '../networks';

export class AffiliateProgrammeRequest {
  /** The network: GET /admin/affiliate-networks lists them */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  @IsIn(NETWORK_IDS)
  network: NetworkId;

  /** What the network asks of a link, by name; ids of the network, no secrets */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { merchantId: '6220', publisherId: '45628' },
  })
  @IsObject()
  parameters: Record<string, string>;
}
