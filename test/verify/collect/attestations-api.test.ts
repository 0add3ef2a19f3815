import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { body, inTurn, status, type Answer } from '../../platform/loopback.ts';
import { CLAIMS } from '../sigstore/minted.ts';
import { AttestationsRig, api, list } from './attestations-kit.ts';

const rig = new AttestationsRig();
const { attestations, look } = rig;

describe('a long list', () => {
  it('is read page by page', async () => {
    const next = { link: `<https://${api}?after=x>; rel="next", <https://${api}>; rel="last"` };
    rig.web.net.answers.set(api, inTurn(withHeaders(list(rig.forged), next), list(rig.good)));
    expect(await attestations()).toMatchObject([{ status: 'untrusted' }, { status: 'signed' }]);
    expect(rig.web.net.requests[1]?.url).toBe(`https://${api}?after=x`);
  });

  it('is not followed to another host', async () => {
    rig.web.net.answers.set(api, withHeaders(list(rig.good), { link: '<https://evil.example.org/x>; rel="next"' }));
    expect(await look('secret')).toMatchObject({ value: { unread: [expect.stringContaining('next-page-elsewhere')] } });
    expect(rig.web.net.requests).toHaveLength(1);
  });

  it('that does not end, or whose rest is out of reach, is told as such beside what was read', async () => {
    const next = { link: `<https://${api}?after=x>; rel="next"` };
    rig.web.net.answers.set(api, withHeaders(list(rig.good), next));
    expect(await look()).toMatchObject({ value: { unread: [expect.stringContaining('too-many-pages')] } });
    expect(rig.web.net.requests).toHaveLength(5);
    rig.web.net.answers.set(api, inTurn(withHeaders(list(rig.good), next), status(404)));
    expect(await look()).toMatchObject({
      value: {
        attestations: [{ status: 'signed' }],
        unread: [expect.stringContaining('attestations-unreadable')],
      },
    });
  });
});

describe('GitHub’s API', () => {
  it('gets the token, and nobody else does', async () => {
    rig.web.net.answers.set(api, status(302, { location: 'https://evil.example.org/x' }));
    rig.web.net.answers.set('evil.example.org/x', list(rig.good));
    expect(await look('secret')).toMatchObject({ kind: 'rejected', code: 'answered-elsewhere' });
    expect(rig.web.net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined]);
  });

  it('is asked as everybody may where it does not know the token any more', async () => {
    rig.web.net.answers.set(api, inTurn(status(401), list(rig.good)));
    expect(await look('ran-out')).toMatchObject({ value: { attestations: [{ status: 'signed' }] } });
    expect(rig.web.net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer ran-out', undefined]);
  });

  it.each([401, 403, 404])(
    'is asked as everybody may where it answers a token with %i, and that is told',
    async (code) => {
      const left = { 'x-ratelimit-remaining': '57' };
      rig.web.net.answers.set(api, inTurn(status(code, left), list(rig.good)));
      expect(await look('refused')).toMatchObject({
        value: { attestations: [{ status: 'signed' }], tokenRefused: code },
      });
      expect(rig.web.net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer refused', undefined]);
    },
  );

  it('that knows no attestation says so to everybody, which is no matter of the token', async () => {
    rig.web.net.answers.set(api, status(404));
    const observation = await look('good');
    expect(observation).toMatchObject({ value: { attestations: [] } });
    expect(observation).not.toMatchObject({ value: { tokenRefused: expect.anything() as unknown } });
  });

  it.each([403, 429])('that says %i is not asked again before it wants to be', async (code) => {
    const reset = String(Math.floor(Date.now() / 1000) + 3600);
    rig.web.net.answers.set(api, status(code, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }));
    expect(await look()).toMatchObject({ kind: 'transport', code: 'rate-limited', retryable: true });
    expect(rig.web.net.requests).toHaveLength(1);
  });

  it('that has trouble of its own, or slows us down for a moment, is asked again, whenever its limit is reset', async () => {
    // GitHub sends these headers with every answer.
    const far = { 'x-ratelimit-remaining': '57', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3600) };
    for (const code of [500, 502, 403, 429]) {
      rig.web.net.answers.set(api, inTurn(status(code, far), status(code, far), list(rig.good)));
      expect(await attestations()).toEqual([{ status: 'signed', claims: CLAIMS }]);
    }
  });

  it('is asked again after a short rest', async () => {
    rig.web.net.answers.set(api, inTurn(status(429, { 'retry-after': '5' }), status(503), list(rig.good)));
    expect(await attestations()).toMatchObject([{ status: 'signed' }]);
    expect(rig.web.deps.clock.slept[0]).toBeGreaterThanOrEqual(5000);
  });

  it('is unavailable when it stays down, refuses the token or talks nonsense', async () => {
    rig.web.net.answers.set(api, status(503));
    expect(await look()).toMatchObject({ kind: 'transport', code: 'http-503' });
    rig.web.net.answers.set(api, status(401));
    expect(await look()).toMatchObject({ kind: 'rejected', code: 'http-401' });
    for (const nonsense of ['<html>', '[]', '{}', 'null', '{"attestations":{}}']) {
      rig.web.net.answers.set(api, body(nonsense));
      expect(await look()).toMatchObject({ kind: 'malformed', code: 'attestations-unreadable' });
    }
  });

  it('cannot make us throw, whatever it lists', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (entries) => {
        rig.web.net.answers.set(api, body(JSON.stringify({ attestations: entries })));
        const observation = await look();
        return (
          observation.status === 'observed' && observation.value.attestations.every((a) => a.status === 'malformed')
        );
      }),
      { numRuns: 20 },
    );
  });
});

function withHeaders(answer: Answer, headers: Record<string, string>): Answer {
  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(request, response);
  };
}
