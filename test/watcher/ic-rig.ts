import { afterAll, afterEach, beforeAll } from 'vitest';
import type { BoundaryDeps } from '../../src/watcher/boundary.ts';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import type { Scenario } from '../../simnet/types.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { reach } from './kit.ts';

export const GOVERNANCE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

/** The loopback Internet for the tests of one file; what a test opens is closed with it. */
export class IcRig {
  simnet!: Simnet;
  readonly decode = createPayloadDecoder();
  readonly closing: (() => Promise<unknown>)[] = [];

  constructor() {
    beforeAll(async () => {
      this.simnet = await startPlainSimnet();
    });
    afterEach(async () => {
      for (const close of this.closing.splice(0).toReversed()) await close();
    });
    afterAll(async () => {
      await this.simnet.close();
      await this.decode.close();
    });
  }

  async open(scenario: Partial<Scenario> = {}): Promise<SimnetView> {
    const view = await this.simnet.openView(scenarioWith(scenario));
    this.closing.push(() => view.close());
    return view;
  }

  /** What reads at the boundary of a view. */
  reach(view: SimnetView): BoundaryDeps {
    const { deps, close } = reach(view);
    this.closing.push(close);
    return deps;
  }
}
