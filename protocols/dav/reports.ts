import { EXPAND_PROPERTY } from './expand-property.ts';
import {
  ACL_PRINCIPAL_PROP_SET,
  PRINCIPAL_MATCH,
  PRINCIPAL_PROPERTY_SEARCH,
  PRINCIPAL_SEARCH_PROPERTY_SET,
} from './principal-reports.ts';
import type { Report } from './rows.ts';
import { SYNC_COLLECTION } from './sync.ts';

/** The reports of WebDAV itself (RFC 3253, 3744, 6578). */
export const DAV_REPORTS: readonly Report[] = [
  SYNC_COLLECTION,
  EXPAND_PROPERTY,
  PRINCIPAL_PROPERTY_SEARCH,
  PRINCIPAL_SEARCH_PROPERTY_SET,
  PRINCIPAL_MATCH,
  ACL_PRINCIPAL_PROP_SET,
];
