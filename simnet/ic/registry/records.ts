import type { Measurement } from '../../types.ts';
import { concat, fromHex, sha256, toHex, utf8 } from '../bytes.ts';
import { principalToText, selfAuthenticating } from '../principal.ts';
import { bytes, message, text } from './protobuf.ts';

/** One change of the registry; without a value the key is deleted. */
export interface Mutation {
  key: string;
  value: Uint8Array | null;
}

export interface RegistryWorld {
  rootSubnet: Uint8Array;
  /** Commit of the release that runs on a subnet beside the fixed versions. */
  inUse: string;
}

const commitOf = (name: string): string => toHex(sha256(utf8(`version ${name}`))).slice(0, 40);
const principalOf = (name: string): Uint8Array => selfAuthenticating(utf8(name));

/** Versions with a fixed place; `idle` ones are elected and run nowhere. */
export const VERSIONS = {
  nnsSubnet: commitOf('of the root subnet'),
  applicationSubnets: commitOf('of application subnets'),
  unassignedNodes: commitOf('of unassigned nodes'),
  apiBoundaryNodes: commitOf('of API boundary nodes'),
  cloudEngines: commitOf('of Cloud Engines'),
  cloudEnginesBefore: commitOf('of Cloud Engines, before'),
  hostos: commitOf('of HostOS'),
  idle: commitOf('idle'),
  idleHostos: commitOf('idle HostOS'),
};

export const API_BOUNDARY_NODES = ['API boundary node 1', 'API boundary node 2'].map(principalOf);
const SUBNETS = ['subnet 1', 'subnet 2', 'subnet 3'].map(principalOf);
/** A Cloud Engine, which runs what the record for all of them says. */
const ENGINE = principalOf('engine 1');
const NODES = ['host 1', 'host 2', 'host 3'].map(principalOf);

/**
 * The history of the registry, one version an entry. Keys are those of dfinity/ic rs/registry/keys/src/lib.rs, field
 * numbers those of rs/protobuf/def/registry.
 */
export function registryHistory({ rootSubnet, inUse }: RegistryWorld): Mutation[][] {
  const subnetVersions: [Uint8Array, string][] = [
    [rootSubnet, VERSIONS.nnsSubnet],
    [SUBNETS[0]!, inUse],
    [SUBNETS[1]!, VERSIONS.applicationSubnets],
    [SUBNETS[2]!, VERSIONS.applicationSubnets],
  ];
  const guestos = [...new Set([...subnetVersions.map(([, version]) => version), VERSIONS.unassignedNodes])];
  const { apiBoundaryNodes, cloudEngines, cloudEnginesBefore, idle } = VERSIONS;
  const elected = [...guestos, apiBoundaryNodes, cloudEngines, cloudEnginesBefore, idle];
  const retired = commitOf('retired');
  return [
    // Until mid-2026 one record listed the elected versions; it has been deleted since.
    [{ key: 'blessed_replica_versions', value: concat(...elected.map((version) => text(1, version))) }],
    [{ key: `replica_version_${retired}`, value: versionRecord('guest-os', retired) }],
    elected.map((version) => ({ key: `replica_version_${version}`, value: versionRecord('guest-os', version) })),
    [VERSIONS.hostos, VERSIONS.idleHostos].map((id) => ({ key: `hostos_version_${id}`, value: hostosRecord(id) })),
    [
      { key: SUBNET_LIST, value: concat(...[...subnetVersions.map(([id]) => id), ENGINE].map((id) => bytes(2, id))) },
      ...subnetVersions.map(([id, version]) => ({ key: subnetKey(id), value: subnetRecord(version, APPLICATION) })),
      { key: subnetKey(ENGINE), value: subnetRecord('', CLOUD_ENGINE) },
      {
        key: 'standard_engine_replica_version_record',
        value: concat(text(1, cloudEngines), text(2, cloudEnginesBefore)),
      },
    ],
    NODES.map((id) => ({ key: `node_record_${principalToText(id)}`, value: nodeRecord(id) })),
    API_BOUNDARY_NODES.flatMap((id) => [
      { key: `node_record_${principalToText(id)}`, value: nodeRecord(id) },
      { key: `api_boundary_node_${principalToText(id)}`, value: text(1, retired) },
    ]),
    [{ key: 'unassigned_nodes_config', value: concat(text(1, 'ssh-ed25519 AAAA'), text(2, retired)) }],
    API_BOUNDARY_NODES.map((id) => ({
      key: `api_boundary_node_${principalToText(id)}`,
      value: text(1, VERSIONS.apiBoundaryNodes),
    })),
    [{ key: 'unassigned_nodes_config', value: text(2, VERSIONS.unassignedNodes) }],
    [
      { key: `replica_version_${retired}`, value: null },
      { key: 'blessed_replica_versions', value: null },
    ],
  ];
}

/** The same, and then one record of each list is what nobody can read; the others are as they were. */
export function oddHistory(world: RegistryWorld): Mutation[][] {
  const garbage = Uint8Array.of(0xff, 0xff, 0xff);
  const ids = [world.rootSubnet, ...SUBNETS, ENGINE, new Uint8Array(40), new Uint8Array()];
  return [
    ...registryHistory(world),
    [
      { key: SUBNET_LIST, value: concat(...ids.map((id) => bytes(2, id))) },
      { key: subnetKey(SUBNETS[1]!), value: garbage },
      { key: `api_boundary_node_${principalToText(API_BOUNDARY_NODES[0]!)}`, value: text(2, 'no version') },
    ],
  ];
}

const SUBNET_LIST = 'subnet_list';
const subnetKey = (id: Uint8Array): string => `subnet_record_${principalToText(id)}`;
const APPLICATION = 1;
const CLOUD_ENGINE = 5;

/** SubnetRecord: membership = 3, replica_version_id = 9, subnet_type = 15. */
function subnetRecord(version: string, type: number): Uint8Array {
  return concat(...NODES.map((id) => bytes(3, id)), text(9, version), Uint8Array.of((15 << 3) | 0, type));
}

/** ReplicaVersionRecord: release_package_sha256_hex = 6, release_package_urls = 7. */
function versionRecord(directory: string, version: string): Uint8Array {
  const path = `ic/${version}/${directory}/update-img/update-img.tar.zst`;
  const urls = ['systems', 'network'].map((domain) => text(7, `https://download.dfinity.${domain}/${path}`));
  return concat(text(6, toHex(sha256(utf8(path)))), ...urls);
}

/** What an election puts into the registry. */
export interface ElectedRecord {
  hostos: boolean;
  version: string;
  sha256: string;
  urls: string[];
  measurements: Measurement[] | null;
}

/**
 * The record that the execution of an election makes. GuestLaunchMeasurements: entries = 1 {measurement 1, metadata 2
 * {kernel_cmdline 1, vcpu_type 2}}; version_id = 10.
 */
export function electedRecord({ hostos, version, sha256: hash, urls, measurements }: ElectedRecord): Mutation {
  if (hostos) {
    const value = concat(...urls.map((url) => text(1, url)), text(2, hash), text(3, version));
    return { key: `hostos_version_${version}`, value };
  }
  const entries = (measurements ?? []).map(({ measurement, kernel_cmdline, vcpu_type = '' }) =>
    message(1, bytes(1, fromHex(measurement)), message(2, text(1, kernel_cmdline), text(2, vcpu_type))),
  );
  const measured = measurements === null ? new Uint8Array() : message(9, ...entries);
  const value = concat(text(6, hash), ...urls.map((url) => text(7, url)), measured, text(10, version));
  return { key: `replica_version_${version}`, value };
}

/** HostosVersionRecord: release_package_urls = 1, release_package_sha256_hex = 2, hostos_version_id = 3. */
function hostosRecord(id: string): Uint8Array {
  const path = `ic/${id}/host-os/update-img/update-img.tar.zst`;
  return concat(text(1, `https://download.dfinity.systems/${path}`), text(2, toHex(sha256(utf8(path)))), text(3, id));
}

/** NodeRecord: node_operator_id = 15, hostos_version_id = 17. */
function nodeRecord(id: Uint8Array): Uint8Array {
  return concat(bytes(15, id), text(17, VERSIONS.hostos));
}
