import type { RoutedNotifier } from '../domain/route.ts';

/**
 * The channels that are told now. Both lists stay the same while their contents change, so that whoever holds one sees
 * the channels of this moment.
 */
export class ChannelSet {
  readonly notifiers: RoutedNotifier[] = [];
  readonly ids: string[] = [];

  constructor(notifiers: readonly RoutedNotifier[]) {
    this.replace(notifiers);
  }

  /** Gives the ids of those that are new, and of those that are told nothing any more. */
  replace(next: readonly RoutedNotifier[]): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const [before, after] = [[...this.ids], next.map(({ id }) => id)];
    this.notifiers.splice(0, Infinity, ...next);
    this.ids.splice(0, Infinity, ...after);
    return {
      added: after.filter((id) => !before.includes(id)),
      removed: before.filter((id) => !after.includes(id)),
    };
  }
}
