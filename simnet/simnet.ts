import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArtifacts } from './artifacts/index.ts';
import { createCa, type CertificateAuthority } from './ca.ts';
import { createChat, type Chat } from './chat/index.ts';
import { createIc, type Ic, type Submission } from './ic/index.ts';
import type { Artifacts, BuiltRelease, Host, Scenario, View } from './types.ts';
import { createView } from './view.ts';

export interface SimnetOptions {
  /** Where certificates, repository and caches lie; default: a temporary directory that `close` removes. */
  dataDir?: string;
  /** Size of each published image. */
  imageBytes?: number;
  /** Time of the loopback Internet, milliseconds; it runs on from there. Default: the machine's clock. */
  now?: number;
  /** As `ArtifactsOptions` has them. */
  bytesPerSecond?: number;
  buildSeconds?: number;
  containers?: boolean;
  /** In place of the artifacts of ./artifacts. */
  artifacts?: Artifacts;
}

export type SimnetView = View & {
  /** Environment that a program needs to meet this Internet instead of the real one. */
  env: Record<string, string>;
  /** Submits one proposal more, as that scenario says of it; its faults do not count. */
  elect: (scenario: Scenario) => bigint;
};

export interface Simnet {
  dataDir: string;
  ic: Ic;
  artifacts: Artifacts;
  /** One for all views: what a reader of the channels sees. */
  chat: Chat;
  openView: (scenario: Scenario) => Promise<SimnetView>;
  close: () => Promise<void>;
}

export async function startSimnet(options: SimnetOptions = {}): Promise<Simnet> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'simnet-')));
  await mkdir(dataDir, { recursive: true });
  const offset = options.now === undefined ? 0 : options.now - Date.now();
  const clock = (): number => Date.now() + offset;
  const [ca, artifacts] = await Promise.all([createCa(), options.artifacts ?? makeArtifacts(dataDir, options)]);
  const ic = await createIc({ clock, artifacts });
  const caFile = join(dataDir, 'ca.pem');
  await writeFile(caFile, ca.pem);
  const chat = createChat();
  const hosts = hostTable([...ic.hosts, ...artifacts.hosts, ...strangersMirror(artifacts), ...chat.hosts]);
  const views = new Set<View>();
  return {
    dataDir,
    ic,
    artifacts,
    chat,
    openView: async (scenario) => {
      const view = await open({ ca, hosts, ic, artifacts, caFile, scenario });
      views.add(view);
      const { close } = view;
      view.close = () => {
        views.delete(view);
        return close();
      };
      return view;
    },
    close: async () => {
      await Promise.all([...views].map((view) => view.close()));
      await artifacts.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function makeArtifacts(dataDir: string, options: SimnetOptions): Promise<Artifacts> {
  return createArtifacts({ ...options, dataDir });
}

interface OpenOptions {
  ca: CertificateAuthority;
  hosts: Map<string, Host>;
  ic: Ic;
  artifacts: Artifacts;
  caFile: string;
  scenario: Scenario;
}

async function open({ ca, hosts, ic, artifacts, caFile, scenario }: OpenOptions): Promise<SimnetView> {
  const prepare = (chosen: Scenario): Submission => {
    const release = releaseOf(artifacts, chosen.release);
    const id = chosen.elects === 'none' ? 0n : ic.nextProposalId();
    return { id, release, scenario: fillScenario(chosen, artifacts, release, id) };
  };
  const submission = prepare(scenario);
  const view = await createView({ ca, hosts, ...submission, proposalId: submission.id });
  if (submission.id !== 0n) ic.submit(view, submission);
  const env = {
    HTTPS_PROXY: view.proxyUrl,
    HTTP_PROXY: view.proxyUrl,
    NODE_EXTRA_CA_CERTS: caFile,
    IC_ROOT_KEY: Buffer.from(ic.rootKeyDer).toString('hex'),
    SIGSTORE_TRUSTED_ROOT: artifacts.trustedRootPath,
    ...artifacts.env,
  };
  const elect = (more: Scenario): bigint => {
    const another = prepare(more);
    ic.submit(view, another);
    return another.id;
  };
  const closeProxy = view.close;
  const close = async (): Promise<void> => {
    ic.forget(view);
    await closeProxy();
  };
  return Object.assign(view, { env, elect, close });
}

function releaseOf(artifacts: Artifacts, name: string): BuiltRelease {
  const release = artifacts.releases.get(name);
  if (release === undefined) throw new Error(`no release named ${name}`);
  return release;
}

/** `{id}` is the proposal's id, `{commit}` the commit of the scenario's release, `{commit:NAME}` that of another. */
function fillScenario(scenario: Scenario, artifacts: Artifacts, release: BuiltRelease, id: bigint): Scenario {
  const text = JSON.stringify(scenario).replaceAll('{id}', String(id));
  const filled = text.replace(/\{commit(?::([a-z0-9-]+))?\}/g, (_, name: string | undefined) =>
    name === undefined ? release.commit : releaseOf(artifacts, name).commit,
  );
  return JSON.parse(filled) as Scenario;
}

/** A host that nobody has heard of, with the same files as the known ones. */
function strangersMirror({ hosts }: Artifacts): Host[] {
  const known = hosts.find(({ names }) => names.includes('download.dfinity.systems'));
  return known === undefined ? [] : [{ ...known, names: ['images.example.org'] }];
}

function hostTable(hosts: Host[]): Map<string, Host> {
  return new Map(hosts.flatMap((host) => host.names.map((name) => [name, host])));
}
