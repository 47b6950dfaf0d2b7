/** Texts of Connect, the set-up page and approvals. */
export const CONNECT_EN = {} as const satisfies Readonly<Record<string, string>>;
