import { Injectable } from '@nestjs/common';

/** The process's idea of now. What decides between two writers asks the database's clock instead (`now()` in SQL). */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
