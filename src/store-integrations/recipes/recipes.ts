import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Config } from '../../platform/config';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound } from '../../platform/http';
import { isPublicHost } from '../../platform/http-client';
import { StoreDirectory, type Store } from '../../stores';
import { isStoreAddress } from '../connections/store-address';
import type { RecipeResponse, RecipeVersionResponse, RecipeVersionsResponse } from './dto/recipe.response';
import { FLOWS, type FlowName, type Recipe } from './recipe';
import { faultsOf, knowsHow, type RecipeFault } from './recipe-rules';
import { InvalidRecipe } from './recipes.errors';

/** Another recipe serves a store from now on. */
export const RECIPE_ACTIVATED = 'store_recipe.activated';

export type RecipeStatus = 'draft' | 'active' | 'retired';

/** A recipe as a run reads it. */
export interface ServingRecipe {
  version: number;
  recipe: Recipe;
}

/** What the column holds. */
const MOST_VERSIONS = 2 ** 31 - 1;

const COLUMNS = `version, recipe, status, made_by AS "madeBy", made_at AS "madeAt", activated_at AS "activatedAt"`;
const ACTIVE = statement(
  'recipes.active',
  `SELECT version, recipe FROM store_recipes WHERE store_id = $1 AND status = 'active'`,
);
const LIST = statement(
  'recipes.list',
  `SELECT ${COLUMNS} FROM store_recipes WHERE store_id = $1 ORDER BY version DESC LIMIT 100`,
);
const READ = statement('recipes.read', `SELECT ${COLUMNS} FROM store_recipes WHERE store_id = $1 AND version = $2`);
/** Whoever makes one holds the store's row, so that two do not take the same number. */
const MAKE = statement(
  'recipes.make',
  `INSERT INTO store_recipes (store_id, version, recipe, made_by)
   SELECT $1, coalesce(max(version), 0) + 1, $2, $3 FROM store_recipes WHERE store_id = $1
   RETURNING ${COLUMNS}`,
);
const RETIRE = statement(
  'recipes.retire',
  `UPDATE store_recipes SET status = 'retired' WHERE store_id = $1 AND status = 'active' AND version <> $2`,
);
const ACTIVATE = statement(
  'recipes.activate',
  `UPDATE store_recipes SET status = 'active', activated_at = now()
    WHERE store_id = $1 AND version = $2 AND status <> 'active'`,
);

interface RecipeRow {
  version: number;
  recipe: Recipe;
  status: RecipeStatus;
  madeBy: string | null;
  madeAt: Date;
  activatedAt: Date | null;
}

/**
 * The recipes of stores, version by version: what was run stays to be read. Errors: NotFound for what is no partner store
 * and an unknown version; InvalidRecipe.
 */
@Injectable()
export class Recipes {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly events: Events,
    private readonly directory: StoreDirectory,
  ) {}

  /** What a run of now goes by. Null: the store has none in use. One statement. */
  async activeOf(reader: Reader, storeId: string): Promise<ServingRecipe | null> {
    return (await reader.maybeOne<ServingRecipe>(ACTIVE, [storeId])) ?? null;
  }

  /** Any version, for a dry run before it is used. */
  async versionOf(reader: Reader, storeId: string, version: number): Promise<ServingRecipe> {
    const { recipe } = await this.row(reader, storeId, version);
    return { version, recipe };
  }

  async list(caller: Caller, storeId: string): Promise<RecipeVersionsResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    return { data: (await this.database.rows<RecipeRow>(LIST, [storeId])).map(summaryOf) };
  }

  async read(caller: Caller, storeId: string, version: number): Promise<RecipeResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    return shown(await this.row(this.database, storeId, version));
  }

  /** As a draft: it serves nobody before it is activated. */
  make(caller: Caller, storeId: string, recipe: Record<string, unknown>): Promise<RecipeResponse> {
    return this.database.transaction((tx) => this.makeIn(tx, caller, storeId, recipe));
  }

  /** As make(), in a transaction; for the seeder of demo stores too. */
  async makeIn(tx: Tx, caller: Caller, storeId: string, recipe: Record<string, unknown>): Promise<RecipeResponse> {
    const store = await this.partner(tx, caller, storeId);
    this.assertMayRun(store, recipe);
    return shown((await tx.maybeOne<RecipeRow>(MAKE, [storeId, JSON.stringify(recipe), caller.id]))!);
  }

  /** From the next run on; the one before it is retired. Activating the active one changes nothing. */
  activate(caller: Caller, storeId: string, version: number): Promise<RecipeResponse> {
    return this.database.transaction((tx) => this.activateIn(tx, caller, storeId, version));
  }

  async activateIn(tx: Tx, caller: Caller, storeId: string, version: number): Promise<RecipeResponse> {
    const store = await this.partner(tx, caller, storeId);
    const { recipe } = await this.row(tx, storeId, version);
    // The store may have other hosts by now, and the rules may have become stricter.
    this.assertMayRun(store, recipe);
    await tx.run(RETIRE, [storeId, version]);
    if ((await tx.run(ACTIVATE, [storeId, version])) > 0)
      await this.events.publish(tx, {
        ...{ type: RECIPE_ACTIVATED, aggregateId: storeId },
        payload: { storeId, version, by: caller.id },
      });
    return shown(await this.row(tx, storeId, version));
  }

  private async partner(tx: Tx, caller: Caller, storeId: string): Promise<Store> {
    const store = await this.directory.lockOwnedStore(tx, caller, storeId);
    if (store.kind !== 'partner') throw new NotFound('store');
    return store;
  }

  private async row(reader: Reader, storeId: string, version: number): Promise<RecipeRow> {
    const isOne = version > 0 && version <= MOST_VERSIONS;
    const row = isOne ? await reader.maybeOne<RecipeRow>(READ, [storeId, version]) : null;
    if (!row) throw new NotFound('recipe');
    return row;
  }

  private assertMayRun(store: Store, recipe: unknown): void {
    const faults = faultsOf(recipe);
    if (faults.length === 0) faults.push(...this.foreign(store, recipe as Recipe));
    if (faults.length > 0) throw new InvalidRecipe(faults);
  }

  /** A shopper's password is typed on the store's own hosts and nowhere else, and no page reaches into a private network. */
  private *foreign(store: Pick<Store, 'hosts'>, recipe: Recipe): Generator<RecipeFault> {
    const { host, origin } = new URL(recipe.origin);
    if (!store.hosts.includes(host)) yield { pointer: '/origin', detail: "must be on one of the store's hosts" };
    else if (!isStoreAddress(this.config, origin))
      yield { pointer: '/origin', detail: 'must be a public https address' };
    for (const [place, other] of (recipe.hosts ?? []).entries())
      if (!isPublicHost(new URL(`https://${other}`).hostname) && !isStoreAddress(this.config, `http://${other}`))
        yield { pointer: `/hosts/${place}`, detail: 'must be a public host' };
  }
}

function summaryOf({ version, recipe, status, madeBy, madeAt, activatedAt }: RecipeRow): RecipeVersionResponse {
  const flows = (Object.keys(FLOWS) as FlowName[]).filter((flow) => knowsHow(recipe, flow));
  return { version, status, flows, madeBy, madeAt, activatedAt };
}

function shown(row: RecipeRow): RecipeResponse {
  return { ...summaryOf(row), recipe: row.recipe as unknown as Record<string, unknown> };
}
