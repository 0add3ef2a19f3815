import type { View } from '../types.ts';
import { concat, equalBytes, toHex, utf8 } from './bytes.ts';
import { isRejection, type Answer, type Canister } from './canister.ts';
import type { Cbor } from './cbor.ts';
import { certificate, hashOfMap } from './certificate.ts';
import { separator, witness, type Path, type State } from './hash-tree.ts';
import { nodeKey, subnetKey, type SubnetKey } from './keys.ts';
import { alterReply, alterReplyInTree } from './lies.ts';
import { principalToText } from './principal.ts';
import type { ApiRequest, Route } from './request.ts';
import { stateTree, type StateParts } from './state.ts';

export type CallRequest = Extract<ApiRequest, { kind: 'query' | 'call' }>;

/** How the subnet answers one request: honestly, or with one of the lies that a fault asks for. */
export interface Stance {
  view: View;
  /** Milliseconds that the answer gives as the time. */
  now: number;
  otherRoot: boolean;
  altersReply: boolean;
  omitsNewestElection: boolean;
}

const ROOT_KEY_NAME = 'root subnet';
const STATUSES_KEPT = 200;
export const rootSubnetId = (): Uint8Array => subnetKey(ROOT_KEY_NAME).id;

/** The subnet that holds the root key and the canisters of the network nervous system. */
export class RootSubnet {
  readonly canisters: Canister[];
  readonly #key = subnetKey(ROOT_KEY_NAME);
  readonly #otherKey = subnetKey('another root');
  readonly #nodes = ['node 1', 'node 2', 'node 3'].map(nodeKey);
  readonly #finished = new WeakMap<View, Map<string, { id: Uint8Array; answer: Answer }>>();
  #height = 100_000_000n;

  constructor(canisters: Canister[]) {
    this.canisters = canisters;
  }

  get rootKeyDer(): Uint8Array {
    return this.#key.publicKeyDer;
  }

  status(stance: Stance): Cbor {
    return {
      root_key: this.#keyOf(stance).publicKeyDer,
      replica_health_status: 'healthy',
      impl_version: '0.9.0',
      certified_height: this.#height++,
    };
  }

  query(request: CallRequest, stance: Stance): Cbor {
    const answer = this.#execute(request, 'query', stance);
    const content = isRejection(answer)
      ? {
          status: 'rejected',
          reject_code: answer.rejectCode,
          reject_message: answer.message,
          error_code: answer.errorCode,
        }
      : { status: 'replied', reply: { arg: answer.reply } };
    const timestamp = nanoseconds(stance);
    const signed = hashOfMap({ ...content, timestamp, request_id: request.id });
    const node = this.#nodes[Number(this.#height++ % BigInt(this.#nodes.length))]!;
    const signature = node.sign(concat(separator('ic-response'), signed));
    const shown =
      stance.altersReply && !isRejection(answer) ? { ...content, reply: { arg: alterReply(answer.reply) } } : content;
    return { ...shown, signatures: [{ timestamp, signature, identity: node.id }] };
  }

  /** Executes the call and remembers the answer, so that its status can be read. */
  call(request: CallRequest, stance: Stance): void {
    const finished = this.#finished.get(stance.view) ?? new Map<string, { id: Uint8Array; answer: Answer }>();
    this.#finished.set(stance.view, finished);
    finished.set(toHex(request.id), { id: request.id, answer: this.#execute(request, 'update', stance) });
    // A replica forgets statuses too; the oldest key of a Map is its first.
    const [oldest] = finished.keys();
    if (finished.size > STATUSES_KEPT && oldest !== undefined) finished.delete(oldest);
  }

  /** The certificate that shows what lies at `paths`, and always the time. */
  readState({ version, scope }: Route, paths: Path[], stance: Stance): Uint8Array {
    const statuses = [...(this.#finished.get(stance.view)?.values() ?? [])].filter(({ id }) =>
      paths.some((path) => path[1] !== undefined && equalBytes(path[1], id)),
    );
    const state = this.#state(version, statuses, stance);
    const always = ['time', ...(scope === 'canister' ? ['canister_ranges'] : [])].map((label) => [utf8(label)]);
    const tree = witness(state, [...always, ...paths]);
    const reply = statuses.map(({ answer }) => answer).find((answer) => !isRejection(answer));
    const lies = stance.altersReply && reply !== undefined && !isRejection(reply);
    return certificate(tree, this.#keyOf(stance), lies ? alterReplyInTree(tree, reply.reply) : tree);
  }

  #execute(request: CallRequest, mode: 'query' | 'update', stance: Stance): Answer {
    const canister = this.canisters.find(({ id }) => equalBytes(id, request.canister));
    if (canister === undefined) {
      const message = `Canister ${principalToText(request.canister)} not found`;
      return { rejectCode: 3n, message, errorCode: 'IC0301' };
    }
    return canister.call(request.method, request.arg, {
      mode,
      view: stance.view,
      now: stance.now,
      omitNewestElection: stance.omitsNewestElection && mode === 'query',
      dataCertificate: mode === 'update' ? null : (data) => this.#dataCertificate(canister.id, data, stance),
    });
  }

  #dataCertificate(canister: Uint8Array, data: Uint8Array, stance: Stance): Uint8Array {
    const state = this.#state(3, [], stance, { canister, data });
    const path = [utf8('canister'), canister, utf8('certified_data')];
    return certificate(witness(state, [[utf8('time')], path]), this.#keyOf(stance));
  }

  #state(
    version: number,
    statuses: StateParts['statuses'],
    stance: Stance,
    certified?: StateParts['certified'],
  ): State {
    return stateTree({
      version,
      nanoseconds: nanoseconds(stance),
      subnet: this.#key,
      nodes: this.#nodes,
      canisters: this.canisters,
      statuses,
      ...(certified === undefined ? {} : { certified }),
    });
  }

  #keyOf({ otherRoot }: Stance): SubnetKey {
    return otherRoot ? this.#otherKey : this.#key;
  }
}

const nanoseconds = ({ now }: Stance): bigint => BigInt(Math.trunc(now)) * 1_000_000n;
