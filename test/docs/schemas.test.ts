import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { verdictDocument, type VerdictDocument } from '../../src/domain/verdict-document.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { publishedSchemas, type Published } from '../../src/status/api/json-schemas.ts';
import { noticeBodies } from '../../src/notify/notice-body.ts';
import { COMMIT, PROPOSAL_ID, proposal } from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { faultsOf } from '../support/schemas.ts';

function document(): VerdictDocument {
  const world = new World();
  return verdictDocument({
    network: 'mainnet',
    proposal: proposal(),
    commit: COMMIT,
    verdict: world.verdict(),
    revision: 1,
    evidence: world.evidence(),
    startedAt: 0,
    decidedAt: 1000,
    seconds: { total: 1 },
    toolVersion: '0.1.0',
  });
}

const NOTICE: Notice = {
  key: `proposal ${PROPOSAL_ID} verdict 1`,
  type: 'verdict',
  at: 1,
  network: 'mainnet',
  sentence: 'Verified.',
  pings: true,
  proposal: null,
  standing: null,
  verdict: document(),
};

const FILES: readonly Published[] = ['verdict', 'notice'];

describe('the published JSON Schemas', () => {
  it.each(FILES)('are made from the schema that the program holds its answers against: %s', async (name) => {
    const text = await format(JSON.stringify(publishedSchemas()[name]), { parser: 'json', printWidth: 120 });
    await expect(text).toMatchFileSnapshot(`../../docs/schema/${name}-1.schema.json`);
  });

  it('accept what the program writes', () => {
    expect(faultsOf('verdict', document())).toEqual([]);
    expect(faultsOf('verdict', { ...document(), verdict: null, checks: [] })).toEqual([]);
    for (const body of [...noticeBodies(NOTICE), ...noticeBodies({ ...NOTICE, type: 'test', verdict: null })]) {
      expect(faultsOf('notice', JSON.parse(body()))).toEqual([]);
    }
  });

  it.each([
    ['a missing part', ({ checks: _, ...rest }: VerdictDocument) => rest],
    ['an unknown part', (whole: VerdictDocument) => ({ ...whole, more: 1 })],
    ['another schema', (whole: VerdictDocument) => ({ ...whole, schema: 'nns-watch/verdict@2' })],
    ['an id as a number', (whole: VerdictDocument) => ({ ...whole, proposal: { ...whole.proposal, id: 143816 } })],
    [
      'verified with a reason',
      (whole: VerdictDocument) => ({ ...whole, verdict: { ...whole.verdict, reason: 'unreachable' } }),
    ],
    [
      'inconclusive without a reason',
      (whole: VerdictDocument) => ({ ...whole, verdict: { ...whole.verdict, outcome: 'inconclusive' } }),
    ],
    [
      'an unknown reason',
      (whole: VerdictDocument) => ({
        ...whole,
        verdict: { ...whole.verdict, outcome: 'inconclusive', reason: 'tired' },
      }),
    ],
    [
      'evidence that is both there and not',
      (whole: VerdictDocument) => ({
        ...whole,
        evidence: [
          {
            kind: 'image',
            source: 'x',
            observedAt: '2026-09-22T03:00:00Z',
            value: {},
            unavailable: { kind: 'bug', code: 'x' },
          },
        ],
      }),
    ],
    [
      'a time with a fraction',
      (whole: VerdictDocument) => ({ ...whole, timing: { ...whole.timing, startedAt: '2026-09-22T03:00:00.000Z' } }),
    ],
  ])('refuse %s', (_what, change) => {
    expect(faultsOf('verdict', change(document()))).not.toEqual([]);
  });
});
