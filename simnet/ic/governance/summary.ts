/** The summary that release automation writes, with its verification section. @see dfinity/dre release-controller */
export function electionSummary(os: 'GuestOS' | 'HostOS', commit: string): string {
  const tag = 'release-2026-09-18_03-30-base';
  const notes = os === 'GuestOS' ? 'replica-releases' : 'hostos-releases';
  return `Release Notes for [${tag}](https://github.com/dfinity/ic/tree/${tag}) (\`${commit}\`)
This release is based on changes since [release-2026-09-11_03-55-base](https://dashboard.internetcomputer.org/release/59c42492aa11cc22dd33ee44ff55667788990011) (\`59c42492aa11cc22dd33ee44ff55667788990011\`).

## Features:
* [\`d54472dd1\`](https://github.com/dfinity/ic/commit/d54472dd1) Core Protocol: faster state sync

Full list of changes (including the ones that are not relevant to ${os}) can be found on [GitHub](https://github.com/dfinity/dre/blob/main/${notes}/${commit}.md).

# IC-OS Verification

To build and verify the IC-OS ${os} disk image, after installing curl if necessary (\`sudo apt install curl\`), run:

\`\`\`
# From https://github.com/dfinity/ic#verifying-releases
curl -fsSL https://raw.githubusercontent.com/dfinity/ic/${commit}/ci/scripts/repro-check | python3 - -c ${commit} --${os.toLowerCase()}
\`\`\`

The two SHA256 sums printed above from a) the downloaded CDN image and b) the locally built image, must be identical, and must match the SHA256 from the payload of the NNS proposal.
`;
}
