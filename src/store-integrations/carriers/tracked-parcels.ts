import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs } from '../../platform/jobs';
import type { RemoteParcelStatus } from '../protocols/store-api';
import { carrierOf, type CarrierCode } from './carriers';
import { PARCEL_TOLD } from './carriers.events';
import { CarrierClients } from './clients/carrier-clients';
import { carriersOfNumber, detectCarrier, parcelNumber } from './tracking-numbers';

const FORGET_EVERY_MS = 3_600_000;

/** A carrier's word as it is kept; moments as text, events along the time. */
export interface TrackedAnswer {
  status: RemoteParcelStatus;
  events: { at: string; status: RemoteParcelStatus; detail: string; location: string | null }[];
  estimatedDelivery: { from: string; to: string } | null;
}

/** A parcel for which a carrier is asked. */
export interface TrackedParcel {
  id: string;
  carrier: CarrierCode;
  trackingNumber: string;
  /** Null until the carrier knew it. */
  answer: TrackedAnswer | null;
  /** When the carrier said so. */
  toldAt: Date | null;
}

const COLUMNS = `id, carrier, tracking_number AS "trackingNumber", answer, told_at AS "toldAt"`;
const FOLLOW = statement(
  'tracked_parcels.follow',
  `INSERT INTO tracked_parcels (carrier, tracking_number) VALUES ($1, $2)
   ON CONFLICT (carrier, tracking_number) DO UPDATE SET carrier = excluded.carrier RETURNING id, version`,
);
const SOME = statement('tracked_parcels.some', `SELECT ${COLUMNS} FROM tracked_parcels WHERE id = ANY ($1)`);
const FORGET = sweeping(
  'tracked_parcels.forget',
  'tracked_parcels',
  `next_poll_at IS NULL AND followed_at < now() - interval '90 days'`,
);

/** What carriers say of parcels, asked for once for however many orders a parcel carries. */
@Injectable()
export class TrackedParcels implements OnModuleInit {
  constructor(
    private readonly clients: CarrierClients,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'parcels that have arrived long ago', () => this.database.sweep(FORGET));
  }

  /** Whether any carrier can be asked. */
  get isOn(): boolean {
    return this.clients.carriers.length > 0;
  }

  /**
   * From now on its carrier is asked for this parcel; gives the id under which its word is told. Null where nobody can be
   * asked: an unknown carrier, one without keys, a number that is not of its form. Again: the same; what was told already is
   * told again, to whoever has just begun to listen.
   */
  async follow(tx: Tx, carrierName: string, trackingNumber: string): Promise<string | null> {
    const number = parcelNumber(trackingNumber);
    const carrier = carrierOf(carrierName) ?? detectCarrier(number)?.carrier;
    const asked = carrier && this.clients.of(carrier);
    // DHL's kinds of parcels come by one name.
    const isTheirs = carriersOfNumber(number).some((one) => one.carrier.split('_')[0] === carrier?.split('_')[0]);
    if (!asked || !isTheirs) return null;
    const { id, version } = (await tx.maybeOne<{ id: string; version: number }>(FOLLOW, [carrier, number]))!;
    if (version > 0) await this.tell(tx, id);
    return id;
  }

  some(reader: Reader, ids: readonly string[]): Promise<TrackedParcel[]> {
    return reader.rows<TrackedParcel>(SOME, [ids]);
  }

  /** That a carrier's word has changed. */
  async tell(tx: Tx, id: string): Promise<void> {
    await this.events.publish(tx, { type: PARCEL_TOLD, aggregateId: id, payload: { trackedParcelId: id } });
  }
}
