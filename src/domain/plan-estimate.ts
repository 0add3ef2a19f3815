import { COMPONENTS, componentFacts, type Component } from './component.ts';
import { estimate } from './reminders.ts';

/** What earlier runs cost on this installation. */
export interface PastCosts {
  /** Bytes of the newest image of a component that was downloaded here. */
  readonly imageBytes: ReadonlyMap<Component, number>;
  /** Seconds until the build was over, newest first. */
  readonly runSeconds: readonly number[];
}

export const NO_PAST: PastCosts = { imageBytes: new Map(), runSeconds: [] };

/** Downloads of one component. */
export interface PlannedDownload {
  readonly component: Component;
  /** Distinct URLs, each of which is fetched. */
  readonly images: number;
  /** Of one image. */
  readonly bytes: number;
  /** `recorded`: as the newest that was seen here. `typical`: as upstream notes them. */
  readonly basis: 'recorded' | 'typical';
}

/** What a run would cost, by what earlier ones did. Nothing is asked of any server for it. */
export interface PlanEstimate {
  readonly downloads: readonly PlannedDownload[];
  readonly bytes: number;
  /** Until the build is over, downloads beside it; null: nothing is built. */
  readonly time: { readonly seconds: number; readonly basis: 'recorded' | 'typical' } | null;
}

export interface PlannedImage {
  readonly url: string;
  /** null: of none that is known. */
  readonly component: Component | null;
}

export function estimatePlan(images: readonly PlannedImage[], builds: boolean, past: PastCosts): PlanEstimate {
  const downloads = COMPONENTS.flatMap(({ component }): PlannedDownload[] => {
    const count = images.filter((image) => image.component === component).length;
    return count === 0 ? [] : [{ component, images: count, ...sizeOf(component, past) }];
  });
  const { seconds, guessed } = estimate(past.runSeconds);
  return {
    downloads,
    bytes: downloads.reduce((sum, { images: count, bytes }) => sum + count * bytes, 0),
    time: builds ? { seconds, basis: guessed ? 'typical' : 'recorded' } : null,
  };
}

function sizeOf(component: Component, { imageBytes }: PastCosts): Pick<PlannedDownload, 'bytes' | 'basis'> {
  const recorded = imageBytes.get(component);
  return recorded === undefined
    ? { bytes: componentFacts(component).typicalBytes, basis: 'typical' }
    : { bytes: recorded, basis: 'recorded' };
}
