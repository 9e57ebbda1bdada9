import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterFile } from './cleanup';

/** Of 127.0.0.1 and of nobody else: in the open, it protects nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgebeQO5var2xne5SS
bIfnUXKYUZZlPrBZzRjXSbel7FChRANCAAQTCjS9pEWnFyNleAV+ZvXHTYahB/Qp
vKhwNYlSqVbfJriAIC0EcJPagYx2Ueub7e8p6496Pl+eif9eh1mGTd0O
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUeBsWTg7j9YAhkX5Cbsdbrwn70MIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNjEwNTcwMVoYDzIxMjYxMTAy
MTA1NzAxWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQTCjS9pEWnFyNleAV+ZvXHTYahB/QpvKhwNYlSqVbfJriAIC0EcJPa
gYx2Ueub7e8p6496Pl+eif9eh1mGTd0Oo2QwYjAdBgNVHQ4EFgQUsjb8NZOs9QN/
pr8i5CbZl782KFMwHwYDVR0jBBgwFoAUsjb8NZOs9QN/pr8i5CbZl782KFMwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQDtYvKZMbmb//5tI73JIVwQD78MESNKIouDuK9FQJX1wQIgVcKYZq3om9CCTXz4
50XgH6vPTvEmbr6Nfy2I5wxfQPk=
-----END CERTIFICATE-----`;

/** An https server on loopback that signs for itself, until the test file is through. */
export async function serveTls(listener: RequestListener): Promise<{ origin: string }> {
  const server = createServer({ key: KEY, cert: CERTIFICATE, keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
