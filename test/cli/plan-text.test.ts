import { expect, it } from 'vitest';
import { planText } from '../../src/cli/plan-text.ts';
import { estimatePlan, NO_PAST } from '../../src/domain/plan-estimate.ts';
import { planText as planned } from '../../src/verify/plan-text.ts';
import { proposal } from '../support/evidence.ts';
import { World } from '../support/world.ts';

const { scope, plan } = new World({ flags: ['guestos'] });
const text = planned(scope, plan);
const around = { network: 'mainnet', proposal: proposal(), blocker: null, plan: text };
const fit = { problems: [], warnings: [], description: 'fit' };

it('says sizes and time with where they come from, and that the machine lacks nothing', () => {
  const past = { imageBytes: new Map([['guestos', 3 * 1024 * 1024] as const]), runSeconds: [5400] };
  const shown = planText({ ...around, host: fit, estimate: estimatePlan(text.images, true, past) });
  expect(shown).toContain(
    '\nDownloads: about 6.0 MiB in 2 images\n  GuestOS: 2 × 3.0 MiB (as the last one here)\n' +
      'Time: about 1 h 30 min, the downloads beside the build (as the latest runs took here)\n' +
      '\n✔ This machine lacks nothing that the build needs.\n\nNothing was fetched, built or verified.\n',
  );
});

it('says that they are typical where nothing was recorded, and what stands in the way here', () => {
  const problems = [{ code: 'no-git', sentence: 'git is missing\u001b[2J.' }];
  const warnings = [{ code: 'no-kvm', sentence: 'No /dev/kvm.' }];
  const host = { ...fit, problems, warnings };
  const shown = planText({ ...around, host, estimate: estimatePlan(text.images, true, NO_PAST) });
  expect(shown).toContain('  GuestOS: 2 × 396.7 MiB (typical size: none was seen here yet)\n');
  expect(shown).toContain('Time: about 2 h, the downloads beside the build (a guess: no run has been timed here)\n');
  expect(shown).toContain('\nThis machine cannot build it:\n✖ git is missing.\n⚠ No /dev/kvm.\n');
});
