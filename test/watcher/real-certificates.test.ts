import { lookupResultToBuffer } from '@icp-sdk/core/agent';
import { lebDecode, PipeArrayBuffer } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { rootKeyOf, verifyCertificate } from '../../src/watcher/certificate.ts';
import certificates from './real-certificates.json' with { type: 'json' };

const OTHER_CANISTER = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
const MAINNET = rootKeyOf(undefined);
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

function verify(certificate: Uint8Array, canister: string, rootKey = MAINNET) {
  return verifyCertificate(certificate, Principal.fromText(canister), rootKey);
}

/** The same bytes with one bit turned over. */
function altered(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ (1 << (index % 8));
  return copy;
}

describe.each(certificates)('a certificate that mainnet signed: $name', (row) => {
  const bytes = bytesOf(row.certificate);

  if (!row.holds) {
    it('does not hold for this canister', async () => {
      await expect(verify(bytes, row.canister)).rejects.toMatchObject({ code: 'certificate-untrusted' });
    });
    return;
  }

  it('holds, at the time it names', async () => {
    const time = lookupResultToBuffer((await verify(bytes, row.canister)).lookup_path(['time']));
    const milliseconds = Number(lebDecode(new PipeArrayBuffer(Uint8Array.from(time ?? []))) / 1_000_000n);
    expect(new Date(milliseconds).toISOString()).toBe(row.time);
  });

  it('does not hold under another root key', async () => {
    const rootKey = altered(MAINNET, MAINNET.length - 1);
    await expect(verify(bytes, row.canister, rootKey)).rejects.toMatchObject({ code: 'certificate-untrusted' });
  });

  it('does not hold with any of 12 bits altered', async () => {
    for (let n = 0; n < 12; n += 1) {
      // The first three bytes are CBOR's mark of itself, which says nothing.
      const index = 3 + Math.floor(((bytes.length - 3) * n) / 12);
      await expect(verify(altered(bytes, index), row.canister), `byte ${index}`).rejects.toMatchObject({
        code: 'certificate-untrusted',
      });
    }
  });

  if (row.delegated) {
    it('does not hold for a canister of another subnet', async () => {
      await expect(verify(bytes, OTHER_CANISTER)).rejects.toMatchObject({ code: 'certificate-untrusted' });
    });
  }
});
