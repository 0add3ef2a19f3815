// Numbers of the governance canister. They are written out because `@icp-sdk/canisters/nns`, against which a test holds
// them, costs 33 MB to load.
// @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/proto/ic_nns_governance/pb/v1/governance.proto

/** TOPIC_IC_OS_VERSION_ELECTION. */
export const ELECTION_TOPIC = 13;

/** ReviseElectedGuestosVersions. */
export const GUESTOS_ELECTION = 38;
/** ReviseElectedHostosVersions. */
export const HOSTOS_ELECTION = 50;

/** BlessReplicaVersion and RetireReplicaVersion: once of the election topic; the canister no longer executes them. */
export const OBSOLETE_ELECTIONS: readonly number[] = [5, 36];
