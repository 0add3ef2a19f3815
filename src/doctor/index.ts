import { boundaryGroup } from './boundary-nodes.ts';
import { databaseGroup } from './database.ts';
import { diskGroup } from './disk.ts';
import { hostsGroup } from './hosts.ts';
import { isolationGroup } from './isolation.ts';
import type { Group } from './probe.ts';
import { machineGroup, toolsGroup } from './machine.ts';
import { partsGroup } from './parts.ts';
import { notifiersGroup } from './notifiers.ts';
import { proxyGroup } from './proxy.ts';
import { secrecyGroup } from './secrecy.ts';

/** Everything that `doctor` looks at, in the order in which it is told. A new group is a file here and a line here. */
export const GROUPS: readonly Group[] = [
  machineGroup,
  diskGroup,
  partsGroup,
  toolsGroup,
  isolationGroup,
  boundaryGroup,
  hostsGroup,
  proxyGroup,
  databaseGroup,
  notifiersGroup,
  secrecyGroup,
];
