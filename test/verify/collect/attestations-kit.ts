import { afterAll, beforeAll, beforeEach } from 'vitest';
import { evidenceKey, type EvidenceKey, type Observation } from '../../../src/domain/evidence.ts';
import { createAttestationsCollector } from '../../../src/verify/collect/attestations.ts';
import { body, type Answer } from '../../platform/loopback.ts';
import { createSigstore, mint, type MintedBundle, type Sigstore } from '../sigstore/minted.ts';
import { contextOf, digest, observed, startWeb, type Web } from './web.ts';

export const sumsUrl = 'https://download.example.org/SHA256SUMS';
export const asked = digest('ab');
export const api = `api.github.com/repos/dfinity/ic/attestations/sha256:${asked}`;
export const sumsOf = (url: string): [EvidenceKey, Observation<unknown>] => [
  evidenceKey.sums(url),
  observed({ sha256: asked, entries: [], otherLines: 0 }),
];
/** What GitHub answers where it has these bundles. */
export const list = (...bundles: unknown[]): Answer =>
  body(JSON.stringify({ attestations: bundles.map((bundle) => ({ bundle, repository_id: 1 })) }));

const failed = ({ message: why }: Error) => ({ status: 'failed' as const, why });

/** GitHub on loopback, a Sigstore of ours and another one, and a bundle of each. */
export class AttestationsRig {
  web!: Web;
  sigstore!: Sigstore;
  other!: Sigstore;
  good!: MintedBundle;
  forged!: MintedBundle;
  /** What is trusted, and then what is trusted once that was refreshed. */
  root: { roots: unknown[]; refreshed: number } = { roots: [], refreshed: 0 };

  constructor() {
    beforeAll(async () => {
      this.web = await startWeb();
      [this.sigstore, this.other] = await Promise.all([createSigstore(), createSigstore()]);
      [this.good, this.forged] = await Promise.all([mint(this.sigstore), mint(this.other)]);
    });
    afterAll(() => this.web.close());
    beforeEach(() => {
      this.web.net.answers.clear();
      this.web.net.requests.length = 0;
      this.web.deps.clock.slept.length = 0;
      this.root = { roots: [this.sigstore.trustedRoot], refreshed: 0 };
    });
  }

  readonly collector = (githubToken: string | null = null) =>
    createAttestationsCollector({
      ...this.web.deps,
      githubToken,
      trustedRoot: {
        current: async () => this.root.roots[0],
        refresh: async () => {
          this.root.refreshed += 1;
          const [, root] = this.root.roots;
          return root === undefined ? null : root instanceof Error ? failed(root) : { status: 'fresh', root };
        },
      },
    });

  readonly look = (token?: string) =>
    this.collector(token ?? null).collect(evidenceKey.attestations(sumsUrl), contextOf([sumsOf(sumsUrl)]));

  readonly attestations = async (): Promise<unknown> => {
    const observation = await this.look();
    return observation.status === 'observed' ? observation.value.attestations : observation;
  };
}
