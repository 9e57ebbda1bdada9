import { ApiProperty } from '@nestjs/swagger';
import { NETWORK_IDS, networkOf, type NetworkId } from '../networks';

export class NetworkParameterResponse {
  /**
   * By this name it is given
   * @example "merchantId"
   */
  name: string;
  /**
   * What it is
   * @example "The advertiser (awinmid)"
   */
  about: string;
  /**
   * What one looks like
   * @example "6220"
   */
  example: string;
}

export class AffiliateNetworkResponse {
  /** By this it is named */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  id: NetworkId;
  /**
   * Its name
   * @example "Awin"
   */
  name: string;
  /** What it asks of a programme */
  @ApiProperty({ type: [NetworkParameterResponse] })
  parameters: NetworkParameterResponse[];
  /**
   * What it calls the click id that Muse gives, in links and reports
   * @example "clickref"
   */
  subId: string;
}

export class AffiliateNetworksResponse {
  /** All of them */
  @ApiProperty({ type: [AffiliateNetworkResponse] })
  data: AffiliateNetworkResponse[];

  static all(): AffiliateNetworksResponse {
    return {
      data: NETWORK_IDS.map((id) => {
        const { name, parameters, subId } = networkOf(id);
        const asked = parameters.map((parameter) => {
          return { name: parameter.name, about: parameter.about, example: parameter.example };
        });
        return { id, name, parameters: asked, subId };
      }),
    };
  }
}

/** How Muse earns by links to a store. */
export class AffiliateProgrammeResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The network */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  network: NetworkId;
  /** What the network asks of a link */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { merchantId: '6220', publisherId: '45628' },
  })
  parameters: Record<string, string>;
  /** A link to the store's home page, to be tried; null where the store has no host */
  @ApiProperty({
    type: String,
    nullable: true,
    example:
      'https://www.awin1.com/cread.php?awinmid=6220&awinaffid=45628&clickref=trial0trial0trial0trial0tria&ued=https%3A%2F%2Foldnavy.example%2F',
  })
  sample: string | null;
  /** The admin who made it */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  madeBy: string | null;
  /** Since when */
  madeAt: Date;
  /** When it ended; null: links go through it */
  @ApiProperty({ type: Date, nullable: true })
  endedAt: Date | null;
}

export class AffiliateProgrammesResponse {
  /** The newest first, a hundred at most; one of them is active at most */
  @ApiProperty({ type: [AffiliateProgrammeResponse] })
  data: AffiliateProgrammeResponse[];
}
