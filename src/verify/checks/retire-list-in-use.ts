import type { Cell, Check, Judgement, Scope } from '../../domain/check.ts';
import { evidenceKey, type Evidence, type RegistryUse } from '../../domain/evidence.ts';
import { noElection, retiresOf, whole } from '../rules/cells.ts';
import { listing, quote } from '../rules/compare.ts';
import { advice, inconclusive } from '../rules/judgement.ts';

const IDENTITY = { id: 'retire-list-in-use', tier: 'advisory', phase: 'before-build' } as const;
const PLACES: Readonly<Record<RegistryUse['notRead'][number], string>> = {
  subnets: 'subnets',
  'unassigned-nodes': 'unassigned nodes',
  'api-boundary-nodes': 'API boundary nodes',
  'cloud-engines': 'Cloud Engines',
  'hostos-nodes': 'nodes’ HostOS',
};
/** Lists are strangers' and of any length; this many sentences say enough. */
const SHOWN = 10;

/** The registry refuses to retire a version that still runs: such a proposal is adopted and then fails. */
export const retireListInUse: Check = {
  ...IDENTITY,
  title: 'No version to retire is still in use',
  see: 'https://github.com/dfinity/ic/blob/master/rs/registry/canister/src/mutations/do_revise_elected_replica_versions.rs',
  plan: (scope) => {
    const retires = retiresOf(scope);
    if (retires && retires.length > 0) return whole(IDENTITY, { needs: [evidenceKey.registry()] });
    return whole(IDENTITY, retires ? { skip: 'The proposal retires no version.' } : noElection(scope));
  },
  judge,
};

function judge(_cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const look = evidence.get(evidenceKey.registry());
  if (look?.status !== 'observed') {
    const ours = look?.status === 'unavailable' && look.kind === 'host' ? ` ${look.detail}` : '';
    const sentence = `The registry could not be read: it is not known whether a version to retire is still in use.${ours}`;
    return inconclusive(ours === '' ? 'unreachable' : 'host-unfit', sentence, {
      caveats: [{ id: 'retire-list-in-use/unavailable', sentence }],
    });
  }
  const { inUse, notRead, partlyRead = [] } = look.value;
  const findings = [...new Set(retiresOf(scope) ?? [])].flatMap((version) => {
    const places = inUse.filter((use) => use.version === version).map(({ by }) => quote(by));
    if (places.length === 0) return [];
    const where = places.length > 3 ? `${places.length} places` : listing(places);
    const sentence = `The version ${quote(version)} to retire is still in use by ${where}: execution would fail.`;
    return [{ id: 'retire-list-in-use/in-use', severity: 'serious', sentence } as const];
  });
  const unread = notRead
    .filter((place) => (place === 'hostos-nodes') === isHostOs(scope))
    .map((place) => PLACES[place]);
  const parts = partlyRead.filter(({ place }) => (place === 'hostos-nodes') === isHostOs(scope));
  const caveats = [
    ...unread.map((place) => `The versions that the ${place} use were not read from the registry.`),
    ...parts.map(({ but }) => `The version of ${manyOf(but)} was not read from the registry; the others were.`),
  ].map((sentence) => ({ id: 'retire-list-in-use/not-read', sentence }));
  const silence = caveats.length > 0 ? 'No version to retire was seen in use.' : 'No version to retire is in use.';
  return advice(silence, findings.slice(0, SHOWN), caveats);
}

function manyOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(quote);
  return listing(names.length > 3 ? [...shown, `${names.length - 3} more`] : shown);
}

/** GuestOS versions run on subnets, unassigned nodes and API boundary nodes; HostOS versions below them. */
function isHostOs({ subject }: Scope): boolean {
  if (subject.mode !== 'proposal') return false;
  const { action } = subject.proposal;
  return action.kind === 'elect-hostos' || (action.kind === 'retire-only' && action.component === 'hostos');
}
