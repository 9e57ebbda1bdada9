import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Config } from '../config';
import { Metrics, mayRead } from '../metrics';
import { Readiness } from './readiness';

/**
 * What those who run Muse ask a process, on a port of its own (METRICS_PORT): `/metrics`, `/health/live`, `/health/ready`.
 * A worker has no other port. It answers until the very end, so that a process can be watched while it stops.
 */
@Injectable()
export class OperationsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private server?: Server;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly readiness: Readiness,
  ) {}

  /** Where it listens; 0 where it does not. */
  get port(): number {
    return (this.server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_PORT: port, HOST: host } = this.config;
    if (port === undefined) return;
    const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0];
    const say = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      void response.writeHead(status, { 'content-type': type }).end(text);
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'Only GET\n');
    if (path === '/health/live') return say(200, 'ok\n');
    if (path === '/health/ready') return (await this.readiness.holds()) ? say(200, 'ok\n') : say(503, 'not ready\n');
    if (path !== '/metrics') return say(404, 'Not found\n');
    if (!mayRead(request.headers.authorization, this.config.METRICS_TOKEN)) return say(401, 'A token is needed\n');
    return say(200, await this.metrics.text(), this.metrics.contentType);
  }
}
