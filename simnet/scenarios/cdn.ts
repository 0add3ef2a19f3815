import type { Fault, Scenario } from '../types.ts';
import { inconclusive, mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';

type CdnFault = Extract<Fault, { at: 'cdn' }>;

const DIRECTORY = 'guest-os/update-img';
const IMAGE = `${DIRECTORY}/update-img.tar.zst`;
const SUMS = `${DIRECTORY}/SHA256SUMS`;
const MEASUREMENTS = `${DIRECTORY}/launch-measurements.json`;
const NETWORK = ['download.dfinity.network'];
const SYSTEMS = ['download.dfinity.systems'];
const URL = `https://download.dfinity.systems/ic/{commit}/${IMAGE}`;
const LOOPBACK = { redirect: `https://127.0.0.1/ic/{commit}/${IMAGE}` };
const OTHER_LINE = { text: `${'0'.repeat(64)} another-img.tar.zst\n` };
const NOT_FETCHED = verified({ caveats: ['package-hash/url-unreachable'] });
const QUICK_STALL = { STALL_TIMEOUT: '1s' };
const OTHER_IMAGES = {
  hostos: 'host-os/update-img/update-img.tar.zst',
  setupos: 'setup-os/disk-img/disk-img.tar.zst',
  recovery: 'guest-os/update-img-recovery/update-img.tar.zst',
};

const everywhere = (fault: CdnFault['fault'], file = IMAGE): { faults: Fault[] } => ({
  faults: [{ at: 'cdn', file, fault }],
});
const on = (hosts: string[], fault: CdnFault['fault'], file = IMAGE): { faults: Fault[] } => ({
  faults: [{ at: 'cdn', file, hosts, fault }],
});
const atFirst = (times: number, fault: CdnFault['fault'], file = IMAGE): { faults: Fault[] } => ({
  faults: [{ at: 'cdn', file, fault, times }],
});

const bytes: Scenario[] = [
  guestos(
    'byte-changed-on-both-mirrors',
    'One byte of the image differs on both mirrors.',
    mismatch('package-hash'),
    everywhere('flip-byte'),
  ),
  guestos(
    'byte-changed-on-one-mirror',
    'One byte of the image differs on one mirror.',
    mismatch('package-hash'),
    on(NETWORK, 'flip-byte'),
  ),
  guestos(
    'byte-changed-in-one-transfer',
    'One byte of the image differs the first time only.',
    verified(),
    atFirst(1, 'flip-byte'),
  ),
  guestos(
    'image-is-html',
    'Both mirrors answer with a page of status 200.',
    mismatch('package-hash'),
    everywhere('html'),
  ),
  guestos(
    'image-is-over-long',
    'Both mirrors append a MiB to the image.',
    mismatch('package-hash'),
    everywhere('over-long'),
  ),
  guestos(
    'image-is-empty',
    'Both mirrors answer with a complete empty body.',
    mismatch('package-hash'),
    everywhere('empty'),
  ),
  guestos(
    'second-url-on-the-same-host',
    'The second URL is on the host of the first and gives other bytes.',
    mismatch('package-hash'),
    { payload: { urls: [URL, URL.replace(DIRECTORY, `${DIRECTORY}-dev`)] } },
  ),
  guestos(
    'hostos-image-changed-beside-guestos',
    'GuestOS is elected and right, but the HostOS image of the same release has a byte changed.',
    mismatch('sums-list-artifact'),
    { command: ['verify', '-p', '{id}'], ...everywhere('flip-byte', OTHER_IMAGES.hostos) },
  ),
];

const lists: Scenario[] = [
  guestos(
    'sums-with-another-hash',
    'The sums of both mirrors list another hash for the image.',
    mismatch('sums-list-artifact'),
    everywhere('flip-byte', SUMS),
  ),
  guestos(
    'mirrors-list-different-hashes',
    'The sums of one mirror list another hash for the image.',
    mismatch('mirrors-agree'),
    on(NETWORK, 'flip-byte', SUMS),
  ),
  guestos(
    'sums-without-the-image',
    'The sums of both mirrors have no line for the image.',
    inconclusive('unlisted'),
    everywhere(OTHER_LINE, SUMS),
  ),
  guestos('sums-empty', 'The sums of both mirrors are empty.', inconclusive('unlisted'), everywhere('empty', SUMS)),
  guestos(
    'sums-not-published',
    'Neither mirror has the sums.',
    inconclusive('not-published'),
    everywhere('not-found', SUMS),
  ),
  guestos(
    'sums-unreachable',
    'Both mirrors fail for the sums.',
    inconclusive('unreachable'),
    everywhere('http-500', SUMS),
  ),
  guestos(
    'sums-of-one-mirror-unreachable',
    'One mirror fails for the sums.',
    verified(),
    on(NETWORK, 'http-500', SUMS),
  ),
  guestos(
    'sums-fail-twice',
    'The first two requests for the sums answer 500.',
    verified(),
    atFirst(2, 'http-500', SUMS),
  ),
  guestos(
    'measurements-changed-on-both-mirrors',
    'One digit of a published measurement differs on both mirrors.',
    mismatch('measurements-match'),
    everywhere('flip-byte', MEASUREMENTS),
  ),
  guestos(
    'measurements-changed-on-one-mirror',
    'One digit of a published measurement differs on one mirror.',
    mismatch('measurements-match'),
    on(NETWORK, 'flip-byte', MEASUREMENTS),
  ),
  guestos(
    'measurements-not-published',
    'The source builds measurements, but neither mirror has them.',
    inconclusive('not-published'),
    everywhere('not-found', MEASUREMENTS),
  ),
];

const outages: Scenario[] = [
  guestos('image-fails-twice', 'The first two requests for the image answer 500.', verified(), atFirst(2, 'http-500')),
  guestos('image-is-busy-once', 'The first request for the image answers 429.', verified(), atFirst(1, 'http-429')),
  guestos('one-url-unreachable', 'One of the two URLs fails for good.', verified(), on(NETWORK, 'http-500')),
  guestos('one-url-not-found', 'One of the two URLs does not exist.', verified(), on(SYSTEMS, 'not-found')),
  guestos('all-urls-unreachable', 'Both URLs fail for good.', inconclusive('unreachable'), everywhere('http-500')),
  guestos('all-urls-not-found', 'Neither URL exists.', inconclusive('not-published'), everywhere('not-found')),
  guestos('all-urls-gone', 'Both URLs are gone.', inconclusive('not-published'), everywhere('gone')),
  guestos(
    'release-not-published',
    'The commit is in the repository, but nothing of it was published.',
    inconclusive('not-published'),
    { release: 'not-published' },
  ),
  guestos(
    'image-truncated-everywhere',
    'Both mirrors break off at the half, each time.',
    inconclusive('unreachable'),
    everywhere('truncate'),
  ),
  guestos('image-truncated-on-one-mirror', 'One mirror breaks off at the half.', verified(), on(SYSTEMS, 'truncate')),
  guestos(
    'image-cut-and-resumed',
    'Both mirrors break off at 90 % and can resume.',
    verified(),
    everywhere('cut-at-90'),
  ),
  guestos('image-stalls-everywhere', 'Both mirrors fall silent at the half.', inconclusive('unreachable'), {
    ...everywhere('stall'),
    env: QUICK_STALL,
  }),
  guestos('image-stalls-on-one-mirror', 'One mirror falls silent at the half.', verified(), {
    ...on(SYSTEMS, 'stall'),
    env: QUICK_STALL,
  }),
  guestos('image-is-slow', 'Both mirrors give a trickle of bytes that never pauses.', verified(), {
    ...everywhere('slow'),
    env: { STALL_TIMEOUT: '2s' },
  }),
  guestos('one-url-crawls', 'One mirror would take half an hour over the image, a few bytes at a time.', NOT_FETCHED, {
    ...on(SYSTEMS, 'crawl'),
    env: QUICK_STALL,
  }),
  guestos('one-url-never-ends', 'One mirror sends bytes without end.', NOT_FETCHED, on(SYSTEMS, 'endless')),
];

const redirects: Scenario[] = [
  guestos(
    'redirect-to-loopback',
    'Both mirrors redirect into the machine of who verifies.',
    inconclusive('unreachable'),
    everywhere(LOOPBACK),
  ),
  guestos('one-mirror-redirects-to-loopback', 'One mirror redirects to loopback.', verified(), on(SYSTEMS, LOOPBACK)),
  guestos(
    'redirect-to-plain-http',
    'Both mirrors redirect to an address without TLS.',
    inconclusive('unreachable'),
    everywhere({ redirect: `http://download.dfinity.network/ic/{commit}/${IMAGE}` }),
  ),
  guestos(
    'redirect-to-itself',
    'Both mirrors redirect in a circle.',
    inconclusive('unreachable'),
    everywhere({ redirect: URL }),
  ),
  guestos(
    'redirect-to-the-other-mirror',
    'One mirror redirects to the other, which has the right bytes.',
    verified(),
    on(SYSTEMS, { redirect: URL.replace('.systems', '.network') }),
  ),
];

const missing: Scenario[] = Object.entries(OTHER_IMAGES).map(([component, file]) =>
  guestos(
    `all-four-though-${component}-is-unreachable`,
    `GuestOS is elected; the mirrors fail for the ${component} image, which nobody asked for.`,
    verified(),
    { command: ['verify', '-p', '{id}'], ...everywhere('http-500', file) },
  ),
);

/** What can be wrong with what the download hosts serve. */
export const cdnScenarios: Scenario[] = [...bytes, ...lists, ...outages, ...redirects, ...missing];
