import { VERSIONS } from '../ic/registry/records.ts';
import type { Fault, Scenario } from '../types.ts';
import { inconclusive, verified } from './expectations.ts';
import { guestos } from './guestos.ts';
import { measurementScenarios } from './measurements.ts';
import { payloadScenarios } from './payload.ts';
import { textScenarios } from './text.ts';

type IcFault = Extract<Fault, { at: 'ic' }>['fault'];
const oneNode = (fault: IcFault): Fault[] => [{ at: 'ic', hosts: ['icp-api.io'], fault }];
const allNodes = (fault: IcFault): Fault[] => [{ at: 'ic', hosts: 'all', fault }];

const boundaryNodes: Scenario[] = [
  guestos('one-boundary-node-down', 'The first boundary node resets connections.', verified(), {
    faults: oneNode('down'),
  }),
  guestos('one-boundary-node-stalls', 'The first boundary node never answers.', verified({ withinSeconds: 50 }), {
    faults: oneNode('stall'),
    env: { STALL_TIMEOUT: '60s' },
  }),
  guestos('one-boundary-node-lies', 'The first boundary node changes a digit of the hash in its reply.', verified(), {
    faults: oneNode('altered-reply'),
  }),
  guestos('one-boundary-node-stale', 'The first boundary node gives certificates of an hour ago.', verified(), {
    faults: oneNode('stale-certificate'),
  }),
  guestos('one-boundary-node-of-another-root', 'The first boundary node signs with another root key.', verified(), {
    faults: oneNode('other-root'),
  }),
  guestos('boundary-node-fails-twice', 'The first two requests to boundary nodes answer 500.', verified(), {
    faults: [{ at: 'ic', hosts: 'all', fault: 'http-500', times: 2 }],
  }),
  guestos('boundary-node-is-busy-once', 'The first request to a boundary node answers 429.', verified(), {
    faults: [{ at: 'ic', hosts: 'all', fault: 'http-429', times: 1 }],
  }),
  guestos(
    'all-boundary-nodes-stale',
    'Every boundary node gives certificates of an hour ago.',
    inconclusive('untrusted-input'),
    { faults: allNodes('stale-certificate') },
  ),
  guestos(
    'all-boundary-nodes-of-another-root',
    'Every boundary node signs with another root key.',
    inconclusive('untrusted-input'),
    { faults: allNodes('other-root') },
  ),
  guestos(
    'all-boundary-nodes-lie',
    'Every boundary node changes a digit of the hash in its reply.',
    inconclusive('untrusted-input'),
    { faults: allNodes('altered-reply') },
  ),
  guestos(
    'clock-half-an-hour-behind',
    'Every boundary node refuses the expiry of requests: this clock is wrong.',
    { ...inconclusive('unreachable'), headline: 'This machine’s clock is 30 min behind that of every boundary node.' },
    { faults: allNodes('half-an-hour-ahead') },
  ),
  guestos('all-boundary-nodes-down', 'Every boundary node resets connections.', inconclusive('unreachable'), {
    faults: allNodes('down'),
  }),
  guestos('all-boundary-nodes-stall', 'No boundary node ever answers.', inconclusive('unreachable'), {
    faults: allNodes('stall'),
  }),
  guestos('all-boundary-nodes-fail', 'Every boundary node answers 500.', inconclusive('unreachable'), {
    faults: allNodes('http-500'),
  }),
  guestos('all-boundary-nodes-busy', 'Every boundary node answers 429.', inconclusive('unreachable'), {
    faults: allNodes('http-429'),
  }),
];

const advisers: Scenario[] = [
  guestos('dashboard-down', 'The dashboard answers 503.', verified(), { faults: [{ at: 'dashboard', fault: 'down' }] }),
  guestos('dashboard-without-the-proposal', 'The dashboard does not know the proposal.', verified(), {
    faults: [{ at: 'dashboard', fault: 'not-found' }],
  }),
  guestos(
    'dashboard-disagrees',
    'The dashboard shows another hash.',
    verified({ findings: ['dashboard-agrees/differs'] }),
    {
      faults: [{ at: 'dashboard', fault: 'other-hash' }],
    },
  ),
  guestos('registry-down', 'The registry is stopped, so that nobody can tell what runs where.', verified(), {
    payload: { retires: [VERSIONS.idle] },
    faults: [{ at: 'registry', fault: 'down' }],
  }),
];

const installation: Scenario[] = [
  guestos(
    'installation-without-decoder',
    'The part of the program that decodes payloads is not there.',
    inconclusive('host-unfit'),
    { lacks: ['dist/bundle/decode-worker.js'] },
  ),
  guestos(
    'installation-without-candid',
    'The library that the payload is decoded with is half installed.',
    { outcome: null, reason: null, exit: 3 },
    { lacks: ['node_modules/@icp-sdk/core/lib/esm/candid'] },
  ),
  guestos(
    'installation-without-sqlite',
    'The native part of the database is not there.',
    { outcome: null, reason: null, exit: 3 },
    { lacks: ['node_modules/better-sqlite3/prebuilds'] },
  ),
];

/** What can be wrong with what the Internet Computer says. */
export const icScenarios: Scenario[] = [
  ...boundaryNodes,
  ...advisers,
  ...installation,
  ...payloadScenarios,
  ...measurementScenarios,
  ...textScenarios,
];
