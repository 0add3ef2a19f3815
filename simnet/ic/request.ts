import { decodeCbor, type Cbor } from './cbor.ts';
import { hashOfMap } from './certificate.ts';
import { principalFromText } from './principal.ts';
import type { Path } from './hash-tree.ts';

export type Endpoint = 'query' | 'call' | 'read_state';

export interface Route {
  version: number;
  scope: 'canister' | 'subnet';
  /** Effective canister or subnet id. */
  id: Uint8Array;
  endpoint: Endpoint;
}

export type ApiRequest = { id: Uint8Array; expiry: bigint } & (
  | { kind: 'query' | 'call'; canister: Uint8Array; method: string; arg: Uint8Array }
  | { kind: 'read_state'; paths: Path[] }
);

// The versions of each endpoint that a boundary node serves.
// @see https://internetcomputer.org/docs/references/ic-interface-spec#http-interface
const SERVED: Record<string, number[]> = {
  'canister/query': [2, 3],
  'canister/read_state': [2, 3],
  'canister/call': [2, 3, 4],
  'subnet/read_state': [2, 3],
};

export function parseRoute(url: string): Route | undefined {
  const match = /^\/api\/v(\d)\/(canister|subnet)\/([a-z0-9-]+)\/(query|call|read_state)$/.exec(url);
  if (match === null) return undefined;
  const [, version, scope, text, endpoint] = match as unknown as [string, string, Route['scope'], string, Endpoint];
  const id = principalFromText(text);
  if (id === undefined || SERVED[`${scope}/${endpoint}`]?.includes(Number(version)) !== true) return undefined;
  return { version: Number(version), scope, id, endpoint };
}

/** Reads the envelope; throws with the reason where a replica would answer 400. */
export function parseRequest(body: Uint8Array, endpoint: Endpoint): ApiRequest {
  const content = field(decodeCbor(body), 'content');
  if (content === null || typeof content !== 'object' || Array.isArray(content) || content instanceof Uint8Array)
    throw new Error('content is not a map');
  const expiry = field(content, 'ingress_expiry');
  if (typeof expiry !== 'bigint') throw new Error('ingress_expiry is not a number');
  bytes(field(content, 'sender'));
  if (field(content, 'request_type') !== endpoint) throw new Error(`request_type is not ${endpoint}`);
  const common = { id: hashOfMap(content), expiry };
  if (endpoint === 'read_state') return { ...common, kind: 'read_state', paths: paths(field(content, 'paths')) };
  const method = field(content, 'method_name');
  if (typeof method !== 'string') throw new Error('method_name is not text');
  const canister = bytes(field(content, 'canister_id'));
  return { ...common, kind: endpoint, canister, method, arg: bytes(field(content, 'arg')) };
}

function field(value: Cbor, name: string): Cbor {
  const found = value !== null && typeof value === 'object' ? (value as Record<string, Cbor>)[name] : undefined;
  if (found === undefined) throw new Error(`field ${name} is missing`);
  return found;
}

function bytes(value: Cbor): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error('expected bytes');
  return value;
}

function paths(value: Cbor): Path[] {
  if (!Array.isArray(value)) throw new Error('paths is not an array');
  return value.map((path) => {
    if (!Array.isArray(path)) throw new Error('a path is not an array');
    return path.map(bytes);
  });
}
