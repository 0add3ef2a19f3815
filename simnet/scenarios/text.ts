import { VERSIONS } from '../ic/registry/records.ts';
import type { Scenario } from '../types.ts';
import { mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';
import { HOSTILE_SUMMARY, HOSTILE_TITLE } from './hostile.ts';

const texts: Scenario[] = [
  guestos(
    'text-differs-from-payload',
    'Title and summary speak of another commit.',
    verified({ findings: ['text-matches-payload/title-names-another-commit'] }),
    {
      title: 'Elect new IC/HostOS revision (commit 0123456)',
      summary:
        'Elect new HostOS binary revision [0123456789012345678901234567890123456789](https://github.com/dfinity/ic/tree/master)',
    },
  ),
  guestos('hostile-text', 'Title and summary try to ping, to inject and to forge a verdict.', verified(), {
    title: HOSTILE_TITLE,
    summary: HOSTILE_SUMMARY,
  }),
  guestos(
    'hostile-text-on-a-swapped-hash',
    'The text claims to be verified, and the hash is another.',
    mismatch('package-hash'),
    { title: HOSTILE_TITLE, summary: HOSTILE_SUMMARY, payload: { sha256: 'c0ffee00'.repeat(8) } },
  ),
];

const retired: Scenario[] = [
  guestos('retires-an-idle-version', 'Nothing: the retired version runs nowhere.', verified(), {
    payload: { retires: [VERSIONS.idle] },
  }),
  guestos(
    'retires-what-subnets-run',
    'Subnets run what the payload retires.',
    verified({ findings: ['retire-list-in-use/in-use'] }),
    {
      payload: { retires: [VERSIONS.nnsSubnet, '{commit:in-use}'] },
    },
  ),
  guestos(
    'retires-what-unassigned-nodes-run',
    'Unassigned nodes run what the payload retires.',
    verified({ findings: ['retire-list-in-use/in-use'] }),
    {
      payload: { retires: [VERSIONS.unassignedNodes] },
    },
  ),
  guestos(
    'retires-what-api-boundary-nodes-run',
    'API boundary nodes run what the payload retires.',
    verified({ findings: ['retire-list-in-use/in-use'] }),
    {
      payload: { retires: [VERSIONS.apiBoundaryNodes] },
    },
  ),
  guestos(
    'retires-what-cloud-engines-run',
    'Cloud Engines, whose own records name no version, run what the payload retires.',
    verified({ findings: ['retire-list-in-use/in-use'] }),
    { payload: { retires: [VERSIONS.cloudEngines] } },
  ),
  guestos(
    'retires-beside-odd-records',
    'Subnets and Cloud Engines run what the payload retires, and other records cannot be read.',
    verified({ findings: ['retire-list-in-use/in-use'], caveats: ['retire-list-in-use/not-read'] }),
    {
      payload: { retires: [VERSIONS.applicationSubnets, VERSIONS.cloudEnginesBefore] },
      faults: [{ at: 'registry', fault: 'odd-records' }],
    },
  ),
  guestos('retires-what-it-elects', 'The payload retires the version that it elects.', verified(), {
    payload: { retires: ['{commit}'] },
  }),
  guestos(
    'malformed-retire-strings',
    'The retire list holds brackets and quotes.',
    verified({ findings: ['payload-lint/retire-not-a-commit'] }),
    {
      payload: { retires: ['[', `"${VERSIONS.idle}",`, ']'] },
    },
  ),
];

export const textScenarios: Scenario[] = [...texts, ...retired];
