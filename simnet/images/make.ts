/**
 * Makes the small GuestOS images of the loopback Internet anew: `node simnet/images/make.ts SEV_SNP_MEASURE`, with the path of
 * sev-snp-measure.py of https://github.com/virtee/sev-snp-measure, so that no measurement comes from the program under test.
 */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../artifacts/run.ts';
import { bootArgsText, makeImage, type Recipe } from './make-image.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/images');
const tool = process.argv[2] ?? 'sev-snp-measure.py';

const good: Recipe = {
  kernel: 'kernel of the loopback Internet\n',
  initrd: 'initrd of the loopback Internet\n',
  firmware: readFileSync(join(FIXTURES, 'OVMF_SEV.fd')),
  root: {
    'opt/ic/bin/replica': 'replica of the loopback Internet\n',
    'opt/ic/bin/orchestrator': 'orchestrator of the loopback Internet\n',
    'opt/ic/share/version.txt': 'loopback\n',
    'etc/hostname': 'guest\n',
  },
  bootArgs: bootArgsText(),
};

function flip(image: string): void {
  const bytes = readFileSync(image);
  const at = bytes.indexOf('orchestrator of');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(image, bytes);
}

const variants: Record<string, Partial<Recipe>> = {
  good: {},
  differs: { root: { ...good.root, 'opt/ic/bin/replica': 'replica with something beside its source\n' } },
  'boot-args-altered': { bootArgs: bootArgsText().replaceAll('enforcing=1', 'enforcing=0') },
  'root-altered': { tamper: flip },
  'no-firmware': { firmware: null },
};

async function measure(directory: string, append: string, vcpuType: string): Promise<string> {
  const boot = (name: string): string => join(directory, 'boot', name);
  const files = [
    '--ovmf',
    boot('OVMF_SEV.fd'),
    '--kernel',
    boot('vmlinuz-6.14.0-ic'),
    '--initrd',
    boot('initrd.img-6.14.0-ic'),
  ];
  const flags = ['--mode', 'snp', '--vcpus', '64', '--vcpu-type', vcpuType, ...files, '--append', append];
  return (await run('python3', [tool, ...flags])).trim();
}

async function measurements(directory: string, names: string[], vcpuTypes: string[]): Promise<unknown[]> {
  const text = readFileSync(join(directory, 'boot/boot_args'), 'utf8');
  const entries: unknown[] = [];
  for (const vcpu_type of vcpuTypes) {
    for (const name of names) {
      const kernel_cmdline = new RegExp(`^BOOT_ARGS_${name}="(.*)"$`, 'm').exec(text)?.[1] ?? '';
      entries.push({ measurement: await measure(directory, kernel_cmdline, vcpu_type), kernel_cmdline, vcpu_type });
    }
  }
  return entries;
}

const measured: Record<string, unknown[]> = {};
for (const [name, changes] of Object.entries(variants)) {
  const directory = mkdtempSync(join(tmpdir(), 'simnet-image-'));
  await makeImage(directory, { ...good, ...changes });
  copyFileSync(join(directory, 'update-img.tar.zst'), join(FIXTURES, `${name}.tar.zst`));
  if (name !== 'good') continue;
  measured['plain'] = await measurements(directory, ['A', 'B'], ['EPYC-v4']);
  measured['tee'] = await measurements(directory, ['TEE_A', 'TEE_B'], ['EPYC-v4', 'EPYC-Turin']);
  // The same words over another kernel: what an image gives that was never published.
  writeFileSync(join(directory, 'boot/vmlinuz-6.14.0-ic'), 'another kernel\n');
  measured['elsewhere'] = await measurements(directory, ['TEE_A', 'TEE_B'], ['EPYC-v4', 'EPYC-Turin']);
}
writeFileSync(join(FIXTURES, 'measurements.json'), `${JSON.stringify(measured, null, 2)}\n`);
