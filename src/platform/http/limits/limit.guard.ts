import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counters } from './counters';
import { ROUTE_LIMIT, limitHeaders, type RouteLimit } from './limit';
import { networkOf } from './network';

/** Counts what `@Limited` routes are asked. Stands behind the guard that says who calls. */
@Injectable()
export class LimitGuard implements CanActivate {
  private readonly limits = new Map<object, RouteLimit | undefined>();

  constructor(
    private readonly reflector: Reflector,
    private readonly counters: Counters,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const limit = this.limitOf(context.getHandler());
    return limit === undefined ? true : this.count(limit, context);
  }

  private async count(limit: RouteLimit, context: ExecutionContext): Promise<true> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & { user?: { id: string } }>();
    const callerId = limit.by === 'caller' ? request.user?.id : undefined;
    const drainsIn = await this.counters.take(limit, callerId ?? networkOf(request));
    void http.getResponse<FastifyReply>().headers(limitHeaders(this.counters.inForce(limit), drainsIn));
    return true;
  }

  private limitOf(handler: object): RouteLimit | undefined {
    if (!this.limits.has(handler)) {
      this.limits.set(handler, this.reflector.get<RouteLimit | undefined>(ROUTE_LIMIT, handler as never));
    }
    return this.limits.get(handler);
  }
}
