import { Injectable } from '@nestjs/common';

/**
 * Says that this process is on its way out: readiness fails from then on, and whatever keeps a connection open for long
 * (an event stream) ends it on `signal`, so that the client turns to another process.
 */
@Injectable()
export class Shutdown {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get hasBegun(): boolean {
    return this.signal.aborted;
  }

  begin(): void {
    this.controller.abort();
  }
}
