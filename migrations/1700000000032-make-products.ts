import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeProducts1700000000032 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE brands (
        id uuid NOT NULL DEFAULT uuidv7(),
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT brands_pkey PRIMARY KEY (id)
      )`);
    await runner.query(
      `COMMENT ON TABLE brands IS 'Brands as first written; one row whatever the case of the letters'`,
    );
    await runner.query(`CREATE UNIQUE INDEX brands_one_per_name ON brands (lower(name))`);
    await runner.query(`COMMENT ON INDEX brands_one_per_name IS 'Nike and NIKE are one brand'`);

    // The contrib module unaccent is neither immutable nor everywhere installed.
    await runner.query(`
      CREATE FUNCTION fold_accents(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN translate(given, 'áàâäãåéèêëíìîïóòôöõúùûüñçÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇ', 'aaaaaaeeeeiiiiooooouuuuncAAAAAAEEEEIIIIOOOOOUUUUNC')`);
    await runner.query(
      `COMMENT ON FUNCTION fold_accents(text) IS 'Search finds pantalón by pantalon and the other way round'`,
    );

    await runner.query(`
      CREATE TABLE products (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        brand_id uuid,
        brand_name text,
        title text NOT NULL,
        gtin text,
        description text NOT NULL DEFAULT '',
        url text,
        image_urls text[] NOT NULL DEFAULT '{}',
        category text,
        status text NOT NULL DEFAULT 'active',
        search tsvector NOT NULL GENERATED ALWAYS AS (
          setweight(to_tsvector('simple', fold_accents(title)) || to_tsvector('english', fold_accents(title)), 'A')
          || setweight(to_tsvector('simple', fold_accents(coalesce(brand_name, '') || ' ' || coalesce(category, ''))), 'B')
          || setweight(to_tsvector('english', fold_accents(coalesce(brand_name, '') || ' ' || coalesce(category, ''))), 'B')
          || setweight(to_tsvector('english', fold_accents(description)), 'C')
        ) STORED,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT products_pkey PRIMARY KEY (id),
        CONSTRAINT products_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT products_of_a_brand FOREIGN KEY (brand_id) REFERENCES brands (id),
        CONSTRAINT products_brand_is_named CHECK ((brand_id IS NULL) = (brand_name IS NULL)),
        CONSTRAINT products_gtin_is_digits CHECK (gtin ~ '^([0-9]{8}|[0-9]{12,14})$'),
        CONSTRAINT products_status_is_known CHECK (status IN ('active', 'archived'))
      )`);
    await runner.query(`COMMENT ON TABLE products IS
      'Goods of one store. brand_name repeats brands.name for search and lists; archived, never deleted: carts and orders name their variants'`);
    await runner.query(
      `COMMENT ON COLUMN products.url IS 'The page at a partner store; null for merchant stores, whose pages are Muse''s'`,
    );
    await runner.query(`CREATE INDEX products_search ON products USING gin (search) WITH (fastupdate = off)`);
    await runner.query(`COMMENT ON INDEX products_search IS
      'GET /products?q=. Without fastupdate: a pending list would slow every reader until the next vacuum'`);
    await runner.query(`CREATE INDEX products_by_gtin ON products (lpad(gtin, 14, '0')) WHERE gtin IS NOT NULL`);
    await runner.query(`COMMENT ON INDEX products_by_gtin IS
      'The same item at other stores. GTIN-8, 12, 13 and 14 are one number with leading zeros left away'`);
    await runner.query(`CREATE INDEX products_by_store ON products (store_id, id)`);
    await runner.query(`COMMENT ON INDEX products_by_store IS 'A store''s goods, newest first, by keyset'`);
    await runner.query(`CREATE INDEX products_by_brand ON products (brand_id, id) WHERE brand_id IS NOT NULL`);
    await runner.query(`COMMENT ON INDEX products_by_brand IS 'GET /products?brand=, by keyset'`);
    await runner.query(
      `CREATE INDEX products_by_category ON products (lower(category), id) WHERE category IS NOT NULL`,
    );
    await runner.query(`COMMENT ON INDEX products_by_category IS 'GET /products?category=, by keyset'`);
    await runner.query(`CREATE INDEX products_active ON products (id) WHERE status = 'active'`);
    await runner.query(
      `COMMENT ON INDEX products_active IS 'The public list without a filter, newest first, by keyset'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE products`);
    await runner.query(`DROP FUNCTION fold_accents(text)`);
    await runner.query(`DROP TABLE brands`);
  }
}
