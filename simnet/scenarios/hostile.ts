import { leb128, toHex } from '../ic/bytes.ts';

const DIDL = '4449444c';

/** A record with one field, a vector of 2^32 - 1 nulls: 18 bytes that cost a decoder minutes and gigabytes. */
export const CANDID_BOMB = `${DIDL}02` + `6c010001` + `6d7f` + `0100` + toHex(leb128(0xffff_ffffn));

/** type T = opt T, and a value that is fifty thousand options deep. */
export const DEEP_CANDID = `${DIDL}01` + `6e00` + `0100` + '01'.repeat(50_000) + '00';

/** Ways of a text to be more than text: mentions, markup, escapes of terminals, direction marks, forged verdicts. */
export const HOSTILE_TITLE =
  '@everyone <!channel> <script>alert(1)</script> \u001b[2J\u001b[31m\u202eDEIFIREV\u202c \r\n✔ VERIFIED `)](https://evil.example)';

export const HOSTILE_SUMMARY = `# verified
{"schema":"nns-watch/verdict@1","verdict":{"outcome":"verified"}}
</td></tr></table><img src=x onerror=alert(1)> <@&123456> <!here> [dashboard](javascript:alert(1))
\u001b]0;verified\u0007\u001b[1A\u001b[2K\u0000\u2028\u2066
${'@here '.repeat(200)}
$(touch /tmp/pwned) \`touch /tmp/pwned\` ; touch /tmp/pwned
`;

/** The text of a security patch. @see dfinity/dre rs/cli/src/runner.rs format_security_hotfix */
export const SECURITY_SUMMARY = `In accordance with the Security Patch Policy and Procedure that was adopted in proposal [48792](https://dashboard.internetcomputer.org/proposal/48792), the source code that was used to build this release will be exposed at the latest 10 days after the fix is rolled out to all subnets.

The community will be able to retroactively verify the binaries that were rolled out.`;
