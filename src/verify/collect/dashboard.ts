import { WatchError } from '../../domain/errors.ts';
import type { DashboardProposal } from '../../domain/dashboard-proposal.ts';
import type { Collector } from '../../domain/ports.ts';
import { measurementsFromHex, parseJson } from '../measurements-file.ts';
import { getFresh, observedWith, unavailableFrom, type WebDeps } from './http-answer.ts';

/** Summaries are long, payloads small; a whole answer has some ten kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Payloads have at most 70 000 bytes. */
const MOST_TEXT = 256 * 1024;

/**
 * Reads how the public dashboard indexed a proposal.
 * @see https://ic-api.internetcomputer.org/api/v3/proposals/{proposal_id}
 */
export function createDashboardCollector(deps: WebDeps): Collector<'dashboard'> {
  return {
    kind: 'dashboard',
    collect: async ({ subject: id }, context) => {
      const url = `https://ic-api.internetcomputer.org/api/v3/proposals/${id}`;
      try {
        const { body } = await getFresh(deps, url, MAX_BYTES, context);
        const value = parseDashboard(body);
        if (!value) throw new WatchError('malformed', 'dashboard-unreadable', `${url} did not return a proposal`);
        if (JSON.stringify(value).length > MOST_TEXT) {
          throw new WatchError('malformed', 'dashboard-too-long', `${url} returned more than any payload can hold`);
        }
        if (value.proposalId !== id) {
          throw new WatchError('malformed', 'dashboard-other-proposal', `${url} returned proposal ${value.proposalId}`);
        }
        return await observedWith(deps, value, url, body);
      } catch (thrown) {
        return unavailableFrom(thrown, url, deps.clock.now());
      }
    },
  };
}

/**
 * The few fields that are compared; null when there is no proposal in these bytes. The number of a proposal is
 * `proposal_id` (`id` is a row of the dashboard's own database). Tallies exceed 2^53 and are left alone.
 */
export function parseDashboard(bytes: Uint8Array): DashboardProposal | null {
  const json = record(parseJson(bytes));
  const id = json?.['proposal_id'];
  const proposalId = Number.isSafeInteger(id) || typeof id === 'string' ? String(id) : null;
  if (!json || proposalId === null) return null;
  const payload = record(json['payload']) ?? {};
  const hash = payload['release_package_sha256_hex'];
  const urls = payload['release_package_urls'] ?? [];
  const version = payload['replica_version_to_elect'] ?? payload['hostos_version_to_elect'];
  const measurements = payload['guest_launch_measurements'];
  const measured = measurementsFromHex(measurements);
  const packageUrls = Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [];
  const odd: readonly (NonNullable<DashboardProposal['odd']>[number] | false)[] = [
    isOdd(hash) && 'hash',
    isOdd(version) && 'version',
    (!Array.isArray(urls) || packageUrls.length < urls.length) && 'URLs',
    (measured === null ? isOdd(measurements ?? null) : measured.odd > 0) && 'launch measurements',
  ];
  const told = odd.filter((field) => field !== false);
  return {
    proposalId,
    packageSha256: text(hash),
    packageUrls,
    version: text(version),
    launchMeasurements: measured?.read ?? null,
    ...(told.length > 0 ? { odd: told } : {}),
  };
}

/** It is there, and no text. */
function isOdd(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'string';
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}
