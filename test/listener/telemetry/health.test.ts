import { describe, expect, it, onTestFinished } from 'vitest';
import { type HealthAnswer, serveHealth } from '../../../listener/telemetry/health.ts';

async function createEndpoint() {
  const present: { alive: HealthAnswer; ready: HealthAnswer } = {
    alive: { ok: true, facts: { a: 1 } },
    ready: { ok: true, facts: { state: 'live' } },
  };
  const source = { liveness: () => present.alive, readiness: () => present.ready };
  const endpoint = await serveHealth(source, 0);
  onTestFinished(() => endpoint.close());
  const get = async (path: string) => {
    const response = await fetch(`${endpoint.url}${path}`);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.json(),
    };
  };
  return { present, endpoint, source, get };
}

describe('the health endpoint', () => {
  it('answers both questions, each at the moment it is asked', async () => {
    const { present, get } = await createEndpoint();
    expect(await get('/healthz')).toEqual({
      status: 200,
      type: 'application/json',
      body: { ok: true, a: 1 },
    });
    expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: { ok: true, state: 'live' } });
    present.alive = { ok: false, facts: {} };
    present.ready = { ok: false, facts: { trouble: 'x' } };
    expect(await get('/healthz')).toMatchObject({ status: 503, body: { ok: false } });
    expect(await get('/readyz')).toMatchObject({ status: 503, body: { ok: false, trouble: 'x' } });
  });

  it('answers nothing else', async () => {
    const { get } = await createEndpoint();
    for (const path of ['/', '/healthz/', '/metrics', '//readyz'])
      expect(await get(path)).toMatchObject({ status: 404 });
  });

  it('that finds its port taken says what to do', async () => {
    const { endpoint, source } = await createEndpoint();
    const port = Number(new URL(endpoint.url).port);
    await expect(serveHealth(source, port)).rejects.toMatchObject({
      code: 'HealthEndpointUnavailable',
      message: `the health endpoint can't listen on port ${port}: it is in use; set HEALTH_PORT to another one, or to 0 for any`,
    });
  });

  it('that finds its port taken takes another when nobody asked for that one', async () => {
    const { endpoint, source } = await createEndpoint();
    const other = await serveHealth(source, Number(new URL(endpoint.url).port), true);
    expect(other.url).not.toBe(endpoint.url);
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
    await other.close();
  });

  it('closes at once, though a client keeps its connection', async () => {
    const { endpoint, get } = await createEndpoint();
    await get('/healthz');
    await endpoint.close();
    await expect(fetch(`${endpoint.url}/healthz`)).rejects.toThrow();
  });
});
