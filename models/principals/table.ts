import type { Model, ModelStatic, Sequelize } from 'sequelize';

/** A row of `principals`. Times are epoch seconds. */
export interface PrincipalRow {
  readonly id: string;
  readonly kind: string;
  readonly login: string;
  readonly login_folded: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly is_admin: number;
  /** Grows with everything that must end what a credential was good for. */
  readonly version: number;
  readonly created_utc: number;
  readonly disabled_utc: number | null;
  readonly removed_utc: number | null;
  /** Names and address, folded, for searching. */
  readonly search_text: string;
  /** Null: what the server allows to everybody. */
  readonly quota_bytes: number | null;
}

/** Gives the model of `principals`, defined once for each Sequelize. Types are words, so that reading this file does not load Sequelize. */
export function principalModel(sequelize: Sequelize): ModelStatic<Model<PrincipalRow>> {
  if (sequelize.isDefined('principal')) return sequelize.model('principal');
  return sequelize.define<Model<PrincipalRow>>(
    'principal',
    {
      id: { type: 'TEXT', primaryKey: true },
      kind: { type: 'TEXT', allowNull: false },
      login: { type: 'TEXT', allowNull: false },
      login_folded: { type: 'TEXT', allowNull: false },
      display_name: { type: 'TEXT', allowNull: false },
      email: { type: 'TEXT' },
      is_admin: { type: 'INTEGER', allowNull: false },
      version: { type: 'INTEGER', allowNull: false },
      created_utc: { type: 'BIGINT', allowNull: false },
      disabled_utc: { type: 'BIGINT' },
      removed_utc: { type: 'BIGINT' },
      search_text: { type: 'TEXT', allowNull: false },
      quota_bytes: { type: 'BIGINT' },
    },
    { tableName: 'principals', timestamps: false },
  );
}
