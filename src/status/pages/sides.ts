import type { CheckId, CheckResult, Comparison } from '../../domain/check.ts';
import { componentFacts, type Component } from '../../domain/component.ts';
import type { ElectedVersion } from '../../domain/proposal.ts';
import { markup, type Html, type Part } from '../html.ts';
import { hashLink } from '../parts.ts';
import { samenessOf } from './evidence.ts';

/** The hash that the proposal names, beside what its URLs give and what was built here. */
export function hashSides(version: ElectedVersion, results: readonly CheckResult[]): Html {
  const { component, packageSha256 } = version;
  const { label } = componentFacts(component);
  return markup`<section class="panel sides" aria-label="The ${label} image, three times">
<div><p class="dim small">Proposal names</p><p>${hashLink(packageSha256.toLowerCase())}</p></div>
${seen('Published', 'not downloaded yet', comparisonsOf(results, 'package-hash', component))}
${seen('Built here', 'not built yet', comparisonsOf(results, 'build-reproduces', component))}
</section>`;
}

function comparisonsOf(results: readonly CheckResult[], check: CheckId, component: Component): readonly Comparison[] {
  return results
    .filter((result) => result.check === check && result.component === component)
    .flatMap((result) => (result.outcome === 'skipped' ? [] : result.comparisons));
}

function seen(title: string, nothing: string, comparisons: readonly Comparison[]): Html {
  const observed = comparisons.filter(({ actual }) => actual.value !== null);
  const values = [...new Set(observed.map(({ actual }) => actual.value ?? ''))];
  const same = observed.length > 0 && observed.every((comparison) => samenessOf(comparison) === 'equal');
  const sign: Part =
    observed.length === 0
      ? markup`<span class="sign open">?</span>`
      : same
        ? markup`<span class="sign good">= same</span>`
        : markup`<span class="sign bad">≠ differs</span>`;
  const shown =
    values.length === 0
      ? markup`<p class="dim">${nothing}</p>`
      : values.map((value) => markup`<p>${hashLink(value)}</p>`);
  return markup`<div>${sign}<p class="dim small">${title}</p>${shown}</div>`;
}
