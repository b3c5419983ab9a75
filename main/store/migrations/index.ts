import type { Schemas } from '../migrate.ts';
import { sql as initial } from './0100-initial.ts';

/**
 * Each migration has the number in its file's name. A released one is never changed. Lower numbers belong to versions
 * that were never released.
 */
export const schemas: Schemas = { first: 100, migrations: [initial] };

/** The schema that this version of the program uses. */
export const currentSchema = schemas.first + schemas.migrations.length - 1;
