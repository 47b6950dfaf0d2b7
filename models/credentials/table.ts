import type { Model, ModelStatic, Sequelize } from 'sequelize';

/** A row of `credentials`. Times are epoch seconds. */
export interface CredentialRow {
  readonly id: string;
  readonly principal_id: string;
  /** `password` (an Argon2id PHC string) or `app-password` (base64url SHA-256). */
  readonly kind: string;
  readonly hash: string;
  readonly label: string | null;
  /** JSON of a `Scope`. */
  readonly scope: string | null;
  readonly created_utc: number;
  readonly last_used_utc: number | null;
  readonly expires_utc: number | null;
}

/** Gives the model of `credentials`, defined once for each Sequelize. Types are words, so that reading this file does not load Sequelize. */
export function credentialModel(sequelize: Sequelize): ModelStatic<Model<CredentialRow>> {
  if (sequelize.isDefined('credential')) return sequelize.model('credential');
  return sequelize.define<Model<CredentialRow>>(
    'credential',
    {
      id: { type: 'TEXT', primaryKey: true },
      principal_id: { type: 'TEXT', allowNull: false },
      kind: { type: 'TEXT', allowNull: false },
      hash: { type: 'TEXT', allowNull: false },
      label: { type: 'TEXT' },
      scope: { type: 'TEXT' },
      created_utc: { type: 'BIGINT', allowNull: false },
      last_used_utc: { type: 'BIGINT' },
      expires_utc: { type: 'BIGINT' },
    },
    { tableName: 'credentials', timestamps: false },
  );
}
