import { VERSIONS } from '../ic/registry/records.ts';
import type { Scenario } from '../types.ts';
import { inconclusive, mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';
import { CANDID_BOMB, DEEP_CANDID, SECURITY_SUMMARY } from './hostile.ts';

const SYSTEMS = 'https://download.dfinity.systems/ic/{commit}/guest-os/update-img/update-img.tar.zst';
const NETWORK = SYSTEMS.replace('.systems', '.network');
const OTHER_SHA256 = 'c0ffee00'.repeat(8);

const fields: Scenario[] = [
  guestos('upper-case-hash', 'The hash is written in upper case.', verified(), { payload: { sha256UpperCase: true } }),
  guestos('hash-swapped-in-payload', 'The payload names another hash than was published.', mismatch('package-hash'), {
    payload: { sha256: OTHER_SHA256 },
  }),
  guestos(
    'hash-swapped-in-hostos-payload',
    'A HostOS payload names another hash than was published.',
    mismatch('package-hash'),
    { elects: 'hostos', command: ['verify', '-p', '{id}', '--hostos'], payload: { sha256: OTHER_SHA256 } },
  ),
  guestos('empty-url-list', 'The payload elects a version without any URL.', inconclusive('malformed-payload'), {
    payload: { urls: [] },
  }),
  guestos('half-set-without-hash', 'The payload elects a version without a hash.', inconclusive('malformed-payload'), {
    payload: { sha256: null },
  }),
  guestos(
    'half-set-without-version',
    'The payload has a hash and URLs but no version.',
    inconclusive('malformed-payload'),
    { payload: { version: null } },
  ),
  guestos('commit-is-no-hex', 'The version is a word.', inconclusive('malformed-payload'), {
    payload: { version: 'release-2026-09-18' },
  }),
  guestos('commit-is-short', 'The version is an abbreviated commit.', inconclusive('malformed-payload'), {
    payload: { version: 'abcdef01' },
  }),
  guestos('commit-is-an-option', 'The version is an option of git.', inconclusive('malformed-payload'), {
    payload: { version: '--upload-pack=touch /tmp/pwned' },
  }),
  guestos('commit-climbs-directories', 'The version is a path out of the cache.', inconclusive('malformed-payload'), {
    payload: { version: '../../../../../../etc/cron.d/pwned' },
  }),
  guestos('commit-is-a-ref', 'The version is the name of a branch.', inconclusive('malformed-payload'), {
    payload: { version: 'refs/heads/master' },
  }),
  guestos('garbage-payload', 'The payload is no candid.', inconclusive('malformed-payload'), {
    payload: { rawPayload: 'deadbeefdeadbeef' },
  }),
  guestos('empty-payload', 'The payload is empty.', inconclusive('malformed-payload'), { payload: { rawPayload: '' } }),
  guestos(
    'candid-bomb',
    'The payload is 18 bytes that decode to four thousand million values.',
    inconclusive('malformed-payload'),
    { payload: { rawPayload: CANDID_BOMB } },
  ),
  guestos(
    'deeply-nested-candid',
    'The payload is one value in fifty thousand others.',
    inconclusive('malformed-payload'),
    { payload: { rawPayload: DEEP_CANDID } },
  ),
  guestos(
    'unknown-action',
    'The proposal is an election by an action that no client knows.',
    inconclusive('malformed-payload'),
    { elects: 'unknown-action' },
  ),
  guestos('not-an-election', 'The proposal deploys a version.', inconclusive('not-an-election'), {
    elects: 'not-an-election',
  }),
  guestos('retire-only', 'The proposal only retires a version.', inconclusive('nothing-to-build'), {
    elects: 'retire-only',
    payload: { retires: [VERSIONS.idle] },
  }),
  guestos(
    'retire-only-in-use',
    'The proposal only retires versions, and subnets run them.',
    inconclusive('nothing-to-build'),
    { elects: 'retire-only', payload: { retires: [VERSIONS.nnsSubnet, '{commit:in-use}'] } },
  ),
  guestos(
    'security-patch-without-measurements',
    'A security patch without public source and without measurements.',
    inconclusive('source-withheld'),
    {
      release: 'absent',
      title: 'Security patch update',
      summary: SECURITY_SUMMARY,
      payload: { measurements: null },
    },
  ),
];

const urls: Scenario[] = [
  guestos(
    'duplicate-url',
    'The payload names the same URL twice.',
    verified({ findings: ['payload-lint/duplicate-url'] }),
    {
      payload: { urls: [SYSTEMS, SYSTEMS] },
    },
  ),
  guestos('only-one-url', 'The payload names one URL only.', verified({ findings: ['payload-lint/single-url'] }), {
    payload: { urls: [NETWORK] },
  }),
  guestos(
    'unknown-host',
    'A URL of the payload is on a host that nobody knows, with the right bytes.',
    verified({ findings: ['payload-lint/unknown-host'] }),
    {
      payload: { urls: [SYSTEMS, SYSTEMS.replace('download.dfinity.systems', 'images.example.org')] },
    },
  ),
  guestos(
    'second-url-is-loopback',
    'A URL of the payload points into the machine of who verifies.',
    verified({ caveats: ['package-hash/url-unreachable'], findings: ['package-hash/url-refused'] }),
    {
      payload: { urls: [SYSTEMS, 'https://127.0.0.1/ic/{commit}/guest-os/update-img/update-img.tar.zst'] },
    },
  ),
  guestos(
    'second-url-names-a-host-that-is-gone',
    'A URL of the payload is on a host that does not exist.',
    verified({ caveats: ['package-hash/url-unreachable'] }),
    { payload: { urls: [SYSTEMS, 'https://gone.invalid/update-img.tar.zst'] } },
  ),
];

export const payloadScenarios: Scenario[] = [...fields, ...urls];
