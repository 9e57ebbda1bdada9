import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, type Caller } from '../../identity';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, NotFound } from '../../platform/http';
import { StoreDirectory, type Store } from '../../stores';
import { affiliateLink, parameterFaults, type Programme } from './affiliate-link';
import type { AffiliateProgrammeRequest } from './dto/affiliate.request';
import type { AffiliateProgrammeResponse, AffiliateProgrammesResponse } from './dto/affiliate.response';

/** An admin has made or ended the affiliate programme of a store. */
export const AFFILIATE_PROGRAMME_CHANGED = 'store_affiliate.changed';

const COLUMNS = `p.id, p.network, p.parameters, p.made_by AS "madeBy", p.made_at AS "madeAt", p.ended_at AS "endedAt"`;
const LIST = statement(
  'affiliates.list',
  `SELECT ${COLUMNS} FROM affiliate_programmes p WHERE p.store_id = $1 ORDER BY p.id DESC LIMIT 100`,
);
const ACTIVE = statement(
  'affiliates.active',
  `SELECT ${COLUMNS}, s.hosts FROM affiliate_programmes p JOIN stores s ON s.id = p.store_id WHERE p.store_id = $1 AND p.ended_at IS NULL`,
);
// By the clock: whoever had to wait for the one that it ends began before that was made.
const END = statement(
  'affiliates.end',
  `UPDATE affiliate_programmes SET ended_at = clock_timestamp() WHERE store_id = $1 AND ended_at IS NULL`,
);
const MAKE = statement(
  'affiliates.make',
  `INSERT INTO affiliate_programmes AS p (store_id, network, parameters, made_by) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
);

interface ProgrammeRow extends Programme {
  id: string;
  madeBy: string | null;
  madeAt: Date;
  endedAt: Date | null;
}

const OF_ADMINS = 'which admin it was: part of the record of what Muse earns';
const KEPT = { affiliate_programmes: OF_ADMINS };

/** Stands for a click in links that an admin tries. */
const TRIAL = 'trial0trial0trial0trial0tria';

/**
 * Through which affiliate programme the links to a partner store go, if any: one at a time. Errors: NotFound for what is no
 * partner store, and where none is active; InvalidField.
 */
@Injectable()
export class AffiliateProgrammes implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly directory: StoreDirectory,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.leaveOut('affiliates', KEPT);
    this.erasures.register('affiliates', () => Promise.resolve(), KEPT);
  }

  async list(caller: Caller, storeId: string): Promise<AffiliateProgrammesResponse> {
    const store = await this.directory.ownedStore(this.database, caller, storeId);
    return { data: (await this.database.rows<ProgrammeRow>(LIST, [storeId])).map((row) => shown(row, store)) };
  }

  /** From now on; the one before it is ended. The same again changes nothing. */
  put(caller: Caller, storeId: string, body: AffiliateProgrammeRequest): Promise<AffiliateProgrammeResponse> {
    return this.database.transaction((tx) => this.putIn(tx, caller, storeId, body));
  }

  /** As put(), in a transaction; for the seeder of demo stores too. */
  async putIn(
    tx: Tx,
    caller: Caller,
    storeId: string,
    { network, parameters }: AffiliateProgrammeRequest,
  ): Promise<AffiliateProgrammeResponse> {
    const store = await this.directory.lockOwnedStore(tx, caller, storeId);
    if (store.kind !== 'partner') throw new NotFound('store');
    const [fault] = parameterFaults({ network, parameters });
    if (fault) throw new InvalidField(`/parameters/${fault.name}`, fault.detail);
    const present = await tx.maybeOne<ProgrammeRow>(ACTIVE, [storeId]);
    if (present && isSame(present, { network, parameters })) return shown(present, store);
    await tx.run(END, [storeId]);
    const made = (await tx.maybeOne<ProgrammeRow>(MAKE, [storeId, network, JSON.stringify(parameters), caller.id]))!;
    await this.tell(tx, caller, storeId, network);
    return shown(made, store);
  }

  /** No link goes through it any more, those that were made before neither. */
  async end(caller: Caller, storeId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      if ((await tx.run(END, [storeId])) === 0) throw new NotFound('affiliate programme');
      await this.tell(tx, caller, storeId, null);
    });
  }

  /** The same pages behind the store's affiliate links; undefined where no programme is active, or it takes none of them. */
  async wrap(
    tx: Tx,
    storeId: string,
    clickId: string,
    pages: readonly string[],
  ): Promise<{ programmeId: string; pages: string[] } | undefined> {
    const active = await tx.maybeOne<ProgrammeRow & { hosts: string[] }>(ACTIVE, [storeId]);
    if (!active) return undefined;
    const wrapped = pages.map((page) => affiliateLink(page, active, clickId, active.hosts));
    return wrapped.every((page, at) => page === pages[at]) ? undefined : { programmeId: active.id, pages: wrapped };
  }

  private tell(tx: Tx, caller: Caller, storeId: string, network: string | null): Promise<void> {
    const payload = { storeId, network, by: caller.id };
    return this.events.publish(tx, { type: AFFILIATE_PROGRAMME_CHANGED, aggregateId: storeId, payload });
  }
}

function isSame(one: Programme, other: Programme): boolean {
  const names = Object.keys(other.parameters);
  return (
    one.network === other.network &&
    names.length === Object.keys(one.parameters).length &&
    names.every((name) => one.parameters[name] === other.parameters[name])
  );
}

function shown(row: ProgrammeRow, { hosts }: Pick<Store, 'hosts'>): AffiliateProgrammeResponse {
  const { id, network, parameters, madeBy, madeAt, endedAt } = row;
  const [host] = hosts;
  const sample = host === undefined ? null : affiliateLink(`https://${host}/`, row, TRIAL, hosts);
  return { id, network, parameters, sample, madeBy, madeAt, endedAt };
}
