import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The system tells in a conversation that a side has another key, too: that belongs to no order. */
export class TellOfKeys1700000000490 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE messages DROP CONSTRAINT messages_say_one_thing;
      ALTER TABLE messages ADD CONSTRAINT messages_say_one_thing CHECK (CASE kind
          WHEN 'text' THEN side <> 'system' AND num_nonnulls(body, jwe) = 1 AND num_nonnulls(summary, event) = 0
          WHEN 'system' THEN side = 'system' AND num_nonnulls(body, jwe, summary) = 0 AND event IS NOT NULL
            AND (order_id IS NOT NULL OR event ->> 'type' LIKE 'conversation.%')
          ELSE side = 'buyer' AND num_nonnulls(body, jwe) <= 1 AND summary IS NOT NULL AND event IS NULL AND (order_id IS NOT NULL) = (kind = 'order') END) NOT VALID;
      COMMENT ON TABLE messages IS 'Said by one side, or by the system about an order or the conversation itself';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    // What the program of before cannot show goes; numbers keep the gap.
    await runner.query(`
      DELETE FROM messages WHERE kind = 'system' AND order_id IS NULL;
      ALTER TABLE messages DROP CONSTRAINT messages_say_one_thing;
      ALTER TABLE messages ADD CONSTRAINT messages_say_one_thing CHECK (CASE kind
          WHEN 'text' THEN side <> 'system' AND num_nonnulls(body, jwe) = 1 AND num_nonnulls(summary, event) = 0
          WHEN 'system' THEN side = 'system' AND num_nonnulls(body, jwe, summary) = 0 AND event IS NOT NULL AND order_id IS NOT NULL
          ELSE side = 'buyer' AND num_nonnulls(body, jwe) <= 1 AND summary IS NOT NULL AND event IS NULL AND (order_id IS NOT NULL) = (kind = 'order') END);
      COMMENT ON TABLE messages IS 'Said by one side, or by the system about an order';
    `);
  }
}
