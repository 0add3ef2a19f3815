import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IDL } from '@icp-sdk/core/candid';

/** Argument and result types of one method, as the governance canister's candid says. */
export interface MethodTypes {
  decode: (arg: Uint8Array) => unknown[];
  encode: (...results: unknown[]) => Uint8Array;
}

/** Actions that the canister knows and no published client does yet; they appear with a label of their own. */
const NEWER_ACTIONS = {
  UpdateStandardEngineReplicaVersion: IDL.Record({ replica_version_id: IDL.Opt(IDL.Text) }),
  ReviseElectedEngineVersions: IDL.Record({ version_to_elect: IDL.Opt(IDL.Text), sha256: IDL.Opt(IDL.Vec(IDL.Nat8)) }),
};

interface Service {
  _fields: [string, IDL.FuncClass][];
}

/**
 * The full candid of the governance canister, taken from the published declarations (their package does not export
 * them, so they are found beside what it exports). Every reply is encoded with the newer actions in its type table, as
 * a canister that is ahead of its clients does.
 */
export async function governanceMethods(): Promise<Map<string, MethodTypes>> {
  const exported = createRequire(import.meta.url).resolve('@icp-sdk/canisters/nns');
  const declarations = join(dirname(dirname(exported)), 'declarations', 'nns', 'governance.idl.js');
  const { idlFactory } = (await import(/* @vite-ignore */ pathToFileURL(declarations).href)) as {
    idlFactory: (tools: { IDL: typeof IDL }) => Service;
  };
  const { _fields } = idlFactory({ IDL });
  addNewerActions(_fields);
  return new Map(
    _fields.map(([name, { argTypes, retTypes }]) => [
      name,
      {
        decode: (arg) => IDL.decode(argTypes, arg),
        encode: (...results) => new Uint8Array(IDL.encode(retTypes, results)),
      },
    ]),
  );
}

interface Fields {
  _fields: [string, unknown][];
}

/** Proposal is a recursive type that all methods share, so its variant is extended in place. */
function addNewerActions(methods: Service['_fields']): void {
  const result = methods.find(([name]) => name === 'get_proposal_info')![1].retTypes[0] as unknown as Optional<Fields>;
  const proposal = field(result._type, 'proposal') as Optional<{ getType: () => Fields }>;
  const action = field(proposal._type.getType(), 'action') as Optional<Fields>;
  const extended = IDL.Variant({
    ...(Object.fromEntries(action._type._fields) as Record<string, IDL.Type>),
    ...NEWER_ACTIONS,
  });
  action._type._fields = (extended as unknown as Fields)._fields;
}

interface Optional<T> {
  _type: T;
}

function field({ _fields }: Fields, name: string): unknown {
  return _fields.find(([label]) => label === name)![1];
}
