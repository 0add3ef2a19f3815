import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Names of the four IC-OS images, as the field calls them. */
export type Component = 'guestos' | 'hostos' | 'setupos' | 'recovery';

/** Shape of the build entry point and of its output, by the month in which it appeared upstream. */
export type Layout =
  | '2024-09' // ci/container/build-ic.sh, flat artifacts/icos/guestos/update-img.tar.zst, no recovery, no measurements
  | '2025-05' // artifacts/icos/guestos/update/, hostos/update/, setupos/
  | '2025-08' // + launch-measurements.json (kernel_cmdline only)
  | '2025-10' // + guestos/update-img-recovery/
  | '2026-06'; // + vcpu_type in the measurements; the newest

/** What the commit's own build script does beside building. `good` builds what was published. */
export type BuildBehaviour =
  | 'good'
  | 'fails' // exits 1 before any artifact
  | 'exits-0-without-artifacts'
  | 'exits-1-with-artifacts'
  | 'hangs' // ignores TERM too
  | 'differs' // deterministic, but other bytes than published (GuestOS image)
  | 'differs-once' // the first build on this machine differs, later ones equal the published bytes
  | 'half-right' // the first build has the published image, later ones the published measurements, none both
  | 'random' // every build gives other bytes
  | 'differs-in-measurements' // images equal, launch-measurements.json not
  | 'floods-log' // 200 MB on standard output, right bytes
  | 'leaves-daemon' // setsid daemon and a detached container stay behind, right bytes
  | 'symlinks-output' // the image is a symbolic link to right bytes elsewhere
  | 'hard-links-output' // the image is a hard link to a file outside the workspace
  | 'fifo-output' // the image is a named pipe
  | 'looks-for-secrets' // writes what it found of environments, homes, /proc, data directories to its log; right bytes
  | 'enters-no-container' // its container-run.sh runs the command where it stands, right bytes; quick
  | 'dirties-tree' // changes a tracked file of the checkout, right bytes
  | 'timed'; // takes the wanted seconds; images that cost nothing to make, one line and a hole

/** Where the commit can be reached in the fixture repository of github.com/dfinity/ic. */
export type Reach = 'rc' | 'hotfix' | 'release-tag' | 'master' | 'other-branch' | 'pull-only' | 'fork-only' | 'absent';

/** One commit of the fixture repository with what was published for it. `absent`: a commit id that no server knows. */
export interface Release {
  name: string;
  layout: Layout;
  build: BuildBehaviour;
  reach: Reach;
  /** Whether the CDN carries its files. Default true. */
  published?: boolean;
  /** Committer time, seconds. Decides whether attestations (since 2026-08-31) are expected. Default 2026-09-18. */
  committedAt?: number;
}

/** One entry of launch measurements; `measurement` is 96 lower-case hex digits. */
export interface Measurement {
  measurement: string;
  kernel_cmdline: string;
  vcpu_type?: string;
}

/** What the election payload says where it departs from the published release. Every field is optional. */
export interface PayloadOverrides {
  /** Literal version string in place of the commit (for hostile ones). */
  version?: string | null;
  sha256?: string | null;
  sha256UpperCase?: boolean;
  urls?: string[];
  /** Changes measurements: an index to alter one hex digit of, or a whole list; null = field absent; [] = present, empty. */
  measurements?:
    | null
    | 'shuffled'
    | 'extra'
    | 'missing'
    | 'without-cpu-type'
    | { alter: number; field: 'measurement' | 'kernel_cmdline' | 'vcpu_type' }
    | Measurement[];
  retires?: string[];
  /** Raw bytes (hex) in place of any encoding. */
  rawPayload?: string;
  /** Measurements encoded with a type that the newest candid cannot decode. */
  undecodableMeasurements?: boolean;
}

/** Where one fault strikes. `times`: how often, then healthy again; default: always. */
export type Fault =
  | {
      at: 'ic';
      hosts: string[] | 'all';
      fault:
        | 'down' // connection reset
        | 'stall' // accepts, never answers
        | 'half-an-hour-ahead' // by the node's clock, so that it refuses our requests as expired
        | 'http-500'
        | 'http-429' // with Retry-After: 1
        | 'stale-certificate' // certificate time one hour ago
        | 'other-root' // certificate signed by another key
        | 'altered-reply' // one digit of the hash in the reply changed, certificate of the true reply
        | 'omits-proposal'; // query lists leave the newest election out
      times?: number;
    }
  | {
      at: 'cdn';
      /** Host names; default both download hosts. */
      hosts?: string[];
      /** Path below /ic/<commit>/, e.g. `guest-os/update-img/update-img.tar.zst`. */
      file: string;
      fault:
        | 'flip-byte'
        | 'not-found'
        | 'gone'
        | 'http-500'
        | 'http-429'
        | 'html' // 200 with an HTML page
        | 'truncate' // Content-Length right, half of the body, then close
        | 'cut-at-90' // cut at 90 %, resume by Range works
        | 'over-long' // right bytes, then one MiB more, Content-Length honest
        | 'stall' // half of the body, then silence
        | 'slow' // a trickle of bytes
        | 'crawl' // a trickle that takes half an hour
        | 'same-tag' // other bytes of the same length under the same entity tag
        | 'endless' // bytes without end, and no word of where it might be
        | 'empty'
        | { redirect: string } // 302 to that URL
        | { text: string }; // this body instead
      times?: number;
      /** So many requests find it healthy first. */
      after?: number;
    }
  | { at: 'git'; fault: 'down' | 'http-500' | 'stall' | 'odd-refs' | 'odd-refs-turned'; times?: number }
  | {
      at: 'attestations';
      /** Component directory whose SHA256SUMS is meant; default all. */
      component?: Component;
      fault:
        | 'absent' // 404
        | 'empty' // 200 with an empty list
        | 'down' // 503
        | 'rate-limited' // 403 with x-ratelimit-remaining: 0
        | 'wrong-workflow'
        | 'wrong-pipeline' // build config URI of another pipeline
        | 'wrong-repository'
        | 'wrong-subject'
        | 'wrong-digest' // source digest is another commit
        | 'wrong-ref' // a ref that policy does not accept
        | 'split-pins' // two attestations, each satisfying only half
        | 'one-of-three-good' // two bad ones and a good one, on two pages
        | 'other-root' // signed by another Sigstore
        | 'garbage' // bundles that cannot be parsed
        | 'one-unreadable' // a good one among entries that are none
        | 'bundle-url' // bundle null, bundle_url with a snappy-compressed bundle: still good
        | 'bundle-url-ran-out' // the same, and the store refuses those addresses
        | 'token-401' // whoever asks with a token is refused, though not for too many questions
        | 'token-403'
        | 'token-404';
      times?: number;
    }
  | { at: 'dashboard'; fault: 'down' | 'other-hash' | 'not-found'; times?: number }
  | {
      at: 'registry';
      fault: 'down' | 'odd-records'; // a subnet, an id and an API boundary node that cannot be read
    };

/** A scenario is data: what is wrong, and what an honest verifier must say. */
export interface Scenario {
  /** Unique, kebab-case. */
  name: string;
  /** One plain sentence. */
  wrong: string;
  /** Name of a Release. */
  release: string;
  /** What the proposal elects; `none` for commit mode. */
  elects: 'guestos' | 'hostos' | 'retire-only' | 'unknown-action' | 'not-an-election' | 'none';
  title?: string;
  summary?: string;
  payload?: PayloadOverrides;
  faults?: Fault[];
  /** Arguments after `nns-watch`; `{id}` and `{commit}` are filled in. */
  command: string[];
  /** Extra environment of the program. */
  env?: Record<string, string>;
  /** Runs these arguments first, in the same view and cache (for second runs). */
  before?: string[];
  /** Files or folders, below the program's own folder, that its installation lacks. */
  lacks?: string[];
  expect: {
    outcome: 'verified' | 'mismatch' | 'inconclusive' | null;
    reason: string | null;
    exit: number;
    confirmed?: boolean | null;
    /** Ids of findings and caveats that must be there, and of checks that must say mismatch. */
    findings?: string[];
    caveats?: string[];
    mismatches?: string[];
    /** Ids of checks that must say verified. */
    verifies?: string[];
    /** The whole command takes less, on a machine with as much to do as a gate gives it. */
    withinSeconds?: number;
    headline?: string; // part of it
  };
}

/** A commit of the fixture repository after it was made, with the bytes that were published for it. */
export interface BuiltRelease extends Release {
  /** 40 lower-case hex digits. */
  commit: string;
}

/** One TLS request as a service of the loopback Internet sees it. */
export type Handler = (request: IncomingMessage, response: ServerResponse, view: View) => void | Promise<void>;

/** One host of the loopback Internet. */
export interface Host {
  names: string[];
  handle: Handler;
  /** A request to speak another protocol (WebSocket) on the connection; without it such a connection is closed. */
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer, view: View) => void;
}

/**
 * A view is the Internet as one run sees it: a proxy port of its own, the proposal of its scenario, its faults.
 * Many views share one world (keys, repository, published files), so that opening one costs milliseconds.
 */
export interface View {
  scenario: Scenario;
  release: BuiltRelease;
  /** Proposal id of the scenario, unique in the world; 0n where it elects nothing. */
  proposalId: bigint;
  proxyUrl: string;
  /** Every request that reached a known host: `GET https://host/path` and the status it got. */
  requests: { method: string; url: string; status: number }[];
  /** Hosts (or host:port) that were asked for and are not of this Internet. */
  unknownHosts: string[];
  /**
   * The faults of the scenario that match and are not used up; counts one use. A handler asks once a request.
   */
  take: <A extends Fault['at']>(
    at: A,
    matches: (fault: Extract<Fault, { at: A }>) => boolean,
  ) => Extract<Fault, { at: A }> | undefined;
  close: () => Promise<void>;
}

/** What was published for the releases, and the hosts that serve it: `createArtifacts` of ./artifacts/index.ts. */
export interface Artifacts {
  hosts: Host[];
  releases: Map<string, BuiltRelease>;
  publishedSha256: (release: BuiltRelease, component: Component) => string;
  measurements: (release: BuiltRelease) => Measurement[];
  trustedRootPath: string;
  env: Record<string, string>;
  close: () => Promise<void>;
}
