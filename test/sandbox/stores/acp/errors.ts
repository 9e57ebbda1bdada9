import { Refusal } from '../http/call';

export const ACP_VERSION = '2026-04-17';

type ErrorType = 'invalid_request' | 'processing_error' | 'service_unavailable';

/** ACP's flat error: there is no session to show. */
export function acpError(
  status: number,
  code: string,
  message: string,
  more: { type?: ErrorType; param?: string; headers?: Record<string, string>; versions?: boolean } = {},
): Refusal {
  const { type = 'invalid_request', param, headers = {}, versions = false } = more;
  const body = {
    ...{ type, code, message },
    ...(param === undefined ? {} : { param }),
    ...(versions ? { supported_versions: [ACP_VERSION] } : {}),
  };
  return new Refusal({ status, headers, body });
}

/** A message in a session that is there. */
export interface AcpMessage {
  type: 'error' | 'warning' | 'info';
  code?: string;
  resolution?: 'recoverable' | 'requires_buyer_input' | 'requires_buyer_review';
  param?: string;
  content_type: 'plain';
  content: string;
}

export function acpMessage(
  type: AcpMessage['type'],
  code: string,
  content: string,
  more: Pick<AcpMessage, 'param' | 'resolution'> = {},
): AcpMessage {
  return { type, ...(type === 'info' ? {} : { code }), content_type: 'plain', content, ...more };
}
