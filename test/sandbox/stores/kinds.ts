import { acpProtocol } from './acp/acp';
import { marlowProtocol } from './private/marlow';
import type { Protocol, SandboxStore } from './store';
import { ucpProtocol } from './ucp/ucp';

/** The stores that there are, each with what it speaks. */
export const KINDS: Record<string, (store: SandboxStore) => Protocol> = {
  walmart: ucpProtocol,
  target: acpProtocol,
  private: marlowProtocol,
};
