import { Shutdown } from '../../src/platform/http';
import { startApp, type RunningApp } from '../support/app';

describe('health', () => {
  let muse: RunningApp;

  beforeAll(async () => {
    muse = await startApp();
  });

  it('says that the process runs', async () => {
    await muse.http.get('/api/v1/health/live').expect(200, { status: 'ok' });
  });

  it('is ready when the database answers', async () => {
    await muse.http.get('/api/v1/health/ready').expect(200, { status: 'ok' });
  });

  it('echoes the request id it was given, and makes one otherwise', async () => {
    const given = await muse.http.get('/api/v1/health/live').set('x-request-id', 'abc-123');
    expect(given.headers['x-request-id']).toBe('abc-123');
    const made = await muse.http.get('/api/v1/health/live');
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers an unknown route with a problem document', async () => {
    const response = await muse.http.get('/api/v1/nowhere').expect(404);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.body).toMatchObject({ status: 404, code: 'not_found', instance: '/api/v1/nowhere' });
  });

  it('is no longer ready, but still runs, once it is about to stop', async () => {
    muse.app.get(Shutdown, { strict: false }).begin();
    const response = await muse.http.get('/api/v1/health/ready').expect(503);
    expect(response.body).toMatchObject({ code: 'not_ready' });
    await muse.http.get('/api/v1/health/live').expect(200);
  });
});
