import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StrategyCreatedStatic } from 'passport';
import { Database } from '../../platform/database';
import { PUBLIC, RequestLimits, UNLIMITED } from '../../platform/http';
import { Accounts } from '../accounts/accounts.service';
import { ROLES_KEY, USERS_ONLY, type Caller, type RequestWithCaller, type Role } from '../caller';
import { ApiKeyStrategy } from '../api-keys/api-key.strategy';
import { ApiKeyTokens } from '../api-keys/api-key-tokens';
import { SCOPE, type Scope } from '../api-keys/scopes';
import { Forbidden, ScopeMissing, Unauthenticated } from '../identity.errors';
import { GuestTokens } from './guest-tokens';
import { GuestStrategy } from './guest.strategy';
import { LinkTokens, TOKEN_OF_KEY, type TokenHolder } from './link-tokens';
import { UserStrategy } from './user.strategy';

type StrategyActions = Pick<StrategyCreatedStatic, 'success' | 'fail' | 'pass' | 'redirect' | 'error'>;
interface Runnable {
  authenticate(request: FastifyRequest): void;
}

/** How often a stream is asked whether what opened it still stands. */
const STREAM_CHECK_EVERY_MS = 15_000;

interface Rule {
  isPublic: boolean;
  isStream: boolean;
  isUnlimited: boolean;
  usersOnly: boolean;
  roles?: Role[];
  /** Of which tokens the holders may use it too. */
  takesTokenOf?: string;
  scope?: Scope;
}

/**
 * Every request passes here. A valid token makes its owner the caller on public routes too (signing in with a guest's
 * token claims that guest); a token that is not valid counts as none there, and answers 401 everywhere else. An API key
 * opens only the routes of its scopes, public ones too; a route that names no scope is closed to every key. Who has a role
 * is looked up where a route asks for one. A stream ends at the latest 15 s after the token or key that opened it is none any
 * more, which in another process than the one that ended it shows after 30 s.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly rules = new WeakMap<object, Map<object, Rule>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly users: UserStrategy,
    private readonly guests: GuestStrategy,
    private readonly links: LinkTokens,
    private readonly keys: ApiKeyStrategy,
    private readonly limits: RequestLimits,
    private readonly accounts: Accounts,
    private readonly database: Database,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & RequestWithCaller>();
    const rule = this.ruleOf(context);
    const header = request.headers.authorization;
    const caller = header === undefined ? undefined : await this.callerOf(request, header, rule);
    if (caller === undefined) {
      if (!rule.isUnlimited) this.limits.admitAddress(request);
      if (rule.isPublic) return true;
      throw new Unauthenticated(header !== undefined);
    }
    if (caller.kind === 'token') {
      this.limits.admitCaller(caller.id);
      request.user = caller;
      if (rule.isStream) this.endWithToken(context, header!, rule, caller);
      return true;
    }
    // A key by itself, and with all others of its user: twenty of them are no twenty users.
    if (caller.key !== undefined) this.limits.admitCaller(caller.key.id);
    this.limits.admitCaller(caller.id);
    if (caller.key !== undefined && !(rule.scope !== undefined && caller.key.scopes.includes(rule.scope)))
      throw new ScopeMissing(rule.scope);
    if (rule.usersOnly && caller.kind === 'guest') throw new Forbidden();
    if (rule.roles !== undefined) await this.assertHasRole(caller, rule.roles);
    request.user = caller;
    if (rule.isStream) this.endWithToken(context, header!, rule, caller);
    return true;
  }

  /** Ends a stream once what it was opened with is none any more: run out, revoked, claimed by another. */
  private endWithToken(context: ExecutionContext, header: string, rule: Rule, caller: Caller | TokenHolder): void {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const timer = setInterval(() => void look(), STREAM_CHECK_EVERY_MS);
    const look = async (): Promise<void> => {
      try {
        const now = await this.callerOf(request, header, rule);
        if (now?.id !== caller.id) request.raw.socket.destroy();
      } catch {
        // Whether it stands cannot be known at this moment.
      }
    };
    context
      .switchToHttp()
      .getResponse<FastifyReply>()
      .raw.once('close', () => clearInterval(timer));
  }

  /** What staff may do is of weight and asked for seldom: it does not rest on a token ten minutes old. */
  private async assertHasRole(caller: Caller, roles: Role[]): Promise<void> {
    const mayHave = (one: Pick<Caller, 'roles'>) => roles.some((role) => one.roles.includes(role));
    if (!mayHave(caller) || !mayHave(await this.accounts.present(this.database, caller))) throw new Forbidden();
  }

  private callerOf(
    request: FastifyRequest,
    header: string,
    rule: Rule,
  ): Promise<Caller | TokenHolder | undefined> | undefined {
    if (!/^bearer /i.test(header)) return undefined;
    const token = header.slice(7).trim();
    const link = this.links.kindOf(token);
    if (link) {
      if (link.name !== rule.takesTokenOf) return undefined;
      return link.find(token, () => this.limits.assertMayLookUp(request));
    }
    if (GuestTokens.looksLike(token)) return attempt(this.guests, request);
    return attempt(ApiKeyTokens.looksLike(token) ? this.keys : this.users, request);
  }

  private ruleOf(context: ExecutionContext): Rule {
    const handler = context.getHandler();
    const controller = context.getClass();
    let ofController = this.rules.get(controller);
    if (!ofController) this.rules.set(controller, (ofController = new Map<object, Rule>()));
    let rule = ofController.get(handler);
    if (!rule) {
      const places = [handler, controller];
      rule = {
        isPublic: this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, places) ?? false,
        isStream: this.reflector.get<boolean | undefined>(SSE_METADATA, handler) ?? false,
        isUnlimited: this.reflector.getAllAndOverride<boolean | undefined>(UNLIMITED, places) ?? false,
        usersOnly: this.reflector.getAllAndOverride<boolean | undefined>(USERS_ONLY, places) ?? false,
        scope: this.reflector.getAllAndOverride<Scope | undefined>(SCOPE, places),
        roles: this.reflector.getAllAndOverride<Role[] | undefined>(ROLES_KEY, places),
        takesTokenOf: this.reflector.getAllAndOverride<string | undefined>(TOKEN_OF_KEY, places),
      };
      ofController.set(handler, rule);
    }
    return rule;
  }
}

/**
 * Runs one strategy on one request, as passport.authenticate does inside. Passport's own registry is global to the
 * process, where two applications would take each other's strategies, and costs several times as much.
 */
function attempt(
  strategy: UserStrategy | GuestStrategy | ApiKeyStrategy,
  request: FastifyRequest,
): Promise<Caller | undefined> {
  return new Promise((resolve, reject) => {
    const actions: StrategyActions = {
      success: (caller) => resolve(caller as Caller),
      fail: () => resolve(undefined),
      pass: () => resolve(undefined),
      redirect: () => resolve(undefined),
      error: reject,
    };
    (Object.assign(Object.create(strategy), actions) as Runnable).authenticate(request);
  });
}
