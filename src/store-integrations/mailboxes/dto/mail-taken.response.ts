import { ApiProperty } from '@nestjs/swagger';

/** A delivery is taken, now or before, whatever came of it. */
export class MailTakenResponse {
  static readonly TAKEN: MailTakenResponse = { received: true };

  /** Need not be posted again */
  @ApiProperty({ enum: [true], example: true })
  received: true;
}
